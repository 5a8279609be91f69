"""RRULE, RDATE, EXDATE and EXRULE lines in combination, as calendars write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.rfc5545.recurrence import InvalidRecurrence, expand, validate
from tests.calendars.series import Series

START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday; 10:00 in Berlin


def series(*lines: str, all_day: bool = False, zone: str = "Europe/Berlin") -> Series:
    if all_day:
        first = START.replace(hour=0)
        return Series(first, first + timedelta(days=1), True, "UTC", lines)
    return Series(START, START + timedelta(hours=1), False, zone, lines)


def days_of(event: Series, days: int = 60) -> list[int]:
    """Return the starts as days after the first."""
    first = event.start_at
    instances = expand(event, after=first, before=first + timedelta(days=days))
    return [(instance.start_at - first).days for instance in instances]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], [0]),
        (["RRULE:FREQ=WEEKLY;COUNT=3"], [0, 7, 14]),
        (["rrule:freq=weekly;count=3"], [0, 7, 14]),
        ([" RRULE:FREQ=WEEKLY;COUNT=3; "], [0, 7, 14]),
        (["RRULE:FREQ=WEEKLY;COUNT=3;X-NAME=1;RSCALE=GREGORIAN;SKIP=OMIT"], [0, 7, 14]),
        # DTSTART is an instance, and isn't counted if it doesn't match the rule.
        (["RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2"], [0, 2, 9]),
        (["RRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ=DAILY;INTERVAL=5;COUNT=3"], [0, 5, 7, 10]),
        # COUNT includes instances that EXDATE excludes.
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20260106T100000"], [0, 2]),
        (["EXDATE:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=3"], [1, 2]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260106T100000"], [0, 2]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=America/New_York:20260106T040000"], [0, 2]),
        (
            ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=W. Europe Standard Time:20260106T100000"],
            [0, 2],
        ),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260106"], [0, 2]),
        (["RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20260106T090000Z,20260107T090000Z"], [0, 3]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260106T090001Z"], [0, 1, 2]),
        (["RRULE:FREQ=DAILY;COUNT=8", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=3"], [1, 3, 5, 6, 7]),
        # Only RDATE, in each of its forms; duplicates count once.
        (["RDATE:20260110T090000Z,20260107T090000Z"], [0, 2, 5]),
        (["RDATE;TZID=Europe/Berlin:20260107T100000"], [0, 2]),
        (["RDATE;TZID=Asia/Tokyo:20260107T180000"], [0, 2]),
        (["RDATE;VALUE=DATE:20260107"], [0, 2]),
        (["RDATE:20260105T090000Z", "RDATE:20260107T090000Z"], [0, 2]),
        (["RDATE:20260107T090000Z", "EXDATE:20260107T090000Z"], [0]),
        # UNTIL includes its moment; a date includes its whole day.
        (["RRULE:FREQ=DAILY;UNTIL=20260107T090000Z"], [0, 1, 2]),
        (["RRULE:FREQ=DAILY;UNTIL=20260107T085959Z"], [0, 1]),
        (["RRULE:FREQ=DAILY;UNTIL=20260107T100000"], [0, 1, 2]),
        (["RRULE:FREQ=DAILY;UNTIL=20260107T095959"], [0, 1]),
        (["RRULE:FREQ=DAILY;UNTIL=20260107"], [0, 1, 2]),
        (["RRULE:FREQ=DAILY;UNTIL=20250101"], [0]),
        (["RRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z;INTERVAL=5"], [0, 35]),
        (["RRULE:FREQ=DAILY;COUNT=9;UNTIL=20260107"], [0, 1, 2]),
        # A series that was split at 14 January, and the series that follows it.
        (["RRULE:FREQ=WEEKLY;UNTIL=20260113T225959Z"], [0, 7]),
    ],
)
def test_the_lines_together_give_the_days(lines: list[str], expected: list[int]) -> None:
    assert days_of(series(*lines)) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260106"], [0, 2]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20260106T000000"], [0, 2]),
        (["RDATE;VALUE=DATE:20260107,20260110"], [0, 2, 5]),
        (["RRULE:FREQ=MONTHLY;UNTIL=20260205"], [0, 31]),
    ],
)
def test_the_lines_of_an_all_day_event_are_dates(lines: list[str], expected: list[int]) -> None:
    assert days_of(series(*lines, all_day=True)) == expected


@pytest.mark.parametrize(
    ("period", "minutes"),
    [
        ("20260107T090000Z/20260107T113000Z", 150),
        ("20260107T090000Z/PT30M", 30),
        ("20260107T090000Z/P1DT1H", 1500),
    ],
)
def test_a_period_has_its_own_length(period: str, minutes: int) -> None:
    event = series(f"RDATE;VALUE=PERIOD:{period}")

    instances = expand(event, after=START, before=START + timedelta(days=10))

    lengths = [(instance.end_at - instance.start_at).total_seconds() / 60 for instance in instances]
    assert lengths == [60, minutes]


def test_an_instance_is_named_by_its_original_start() -> None:
    instances = expand(
        series("RRULE:FREQ=WEEKLY"),
        after=START + timedelta(days=6),
        before=START + timedelta(days=8),
    )

    start = START + timedelta(days=7)
    assert instances == [(start, start, start + timedelta(hours=1))]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("line_unreadable", "every Monday"),
        ("line_unreadable", "FREQ=DAILY"),
        ("unknown_line", "DTSTART:20260105T090000Z"),
        ("frequency_missing", "RRULE:COUNT=3"),
        ("frequency_missing", "RRULE:"),
        ("frequency_unknown", "RRULE:FREQ=FORTNIGHTLY"),
        ("part_unreadable", "RRULE:FREQ"),
        ("part_unreadable", "RRULE:FREQ=DAILY;COUNT="),
        ("part_repeated", "RRULE:FREQ=DAILY;COUNT=1;COUNT=2"),
        ("unknown_part", "RRULE:FREQ=DAILY;BYMOOD=HAPPY"),
        ("out_of_range", "RRULE:FREQ=DAILY;INTERVAL=0"),
        ("out_of_range", "RRULE:FREQ=DAILY;COUNT=0"),
        ("out_of_range", "RRULE:FREQ=DAILY;COUNT=1.5"),
        ("out_of_range", "RRULE:FREQ=DAILY;COUNT=99999999999999999999"),
        ("out_of_range", "RRULE:FREQ=YEARLY;BYMONTH=13"),
        ("out_of_range", "RRULE:FREQ=MONTHLY;BYMONTHDAY=0"),
        ("out_of_range", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-32"),
        ("out_of_range", "RRULE:FREQ=MONTHLY;BYDAY=0MO"),
        ("out_of_range", "RRULE:FREQ=YEARLY;BYDAY=54MO"),
        ("out_of_range", "RRULE:FREQ=DAILY;BYHOUR=24"),
        ("rule_too_long", "RRULE:FREQ=DAILY;BYHOUR=" + "9," * 10_000 + "9"),
        ("weekday_unreadable", "RRULE:FREQ=WEEKLY;BYDAY=MONDAY"),
        ("weekday_unreadable", "RRULE:FREQ=WEEKLY;WKST=1"),
        ("date_unreadable", "RRULE:FREQ=DAILY;UNTIL=tomorrow"),
        ("date_unreadable", "RRULE:FREQ=DAILY;UNTIL=20260230"),
        ("combination", "RRULE:FREQ=MONTHLY;BYWEEKNO=20"),
        ("combination", "RRULE:FREQ=DAILY;BYYEARDAY=20"),
        ("combination", "RRULE:FREQ=WEEKLY;BYMONTHDAY=20"),
        ("calendar_unsupported", "RRULE:FREQ=YEARLY;RSCALE=CHINESE"),
        ("calendar_unsupported", "RRULE:FREQ=MONTHLY;SKIP=FORWARD"),
        ("date_unreadable", "EXDATE:2026-01-06"),
        ("date_unreadable", "RDATE:20261301"),
        ("out_of_range", "RDATE:99991231T235959Z"),
        ("period_unreadable", "RDATE;VALUE=PERIOD:20260107T090000Z/PX"),
        ("period_unreadable", "RDATE;VALUE=PERIOD:20260107T090000Z/-PT1H"),
        ("time_zone_unknown", "EXDATE;TZID=Mars/Olympus:20260106T100000"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_name(code: str, line: str) -> None:
    for refuse in (validate, days_of):
        with pytest.raises(InvalidRecurrence) as refused:
            refuse(series(line))
        assert refused.value.code == code
        assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("time_zone_unknown", series(zone="Mars/Olympus")),
        ("time_zone_unknown", series(zone="../../etc/passwd")),
        ("end_before_start", Series(START, START - timedelta(1), False, "UTC", ())),
        ("time_zone_missing", Series(START.replace(tzinfo=None), START, False, "UTC", ())),
        ("out_of_range", Series(START.replace(year=1), START, False, "UTC", ())),
        ("out_of_range", Series(START, START.replace(year=9999), False, "UTC", ())),
    ],
)
def test_an_event_that_cannot_be_is_refused_by_name(code: str, event: Series) -> None:
    with pytest.raises(InvalidRecurrence) as refused:
        validate(event)
    assert refused.value.code == code


WORDS = """RRULE RDATE EXDATE EXRULE : ; = , / P T Z FREQ DAILY YEARLY SECONDLY COUNT UNTIL BYDAY
MO -1FR BYSETPOS INTERVAL TZID Europe/Berlin VALUE DATE 20260105 20260105T090000 99991231 0 -5 53"""
words = st.sampled_from(WORDS.split())


@given(st.lists(st.lists(words, max_size=12).map("".join) | st.text(max_size=40), max_size=4))
def test_no_line_ends_in_another_error(lines: list[str]) -> None:
    event = series(*lines)
    try:
        validate(event)
    except InvalidRecurrence:
        return
    found = expand(event, after=START, before=START + timedelta(days=400), limit=50)
    assert len(found) <= 50
