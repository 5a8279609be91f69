"""The repetitions that a form can express: read from rules, written back, nothing lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.events.given_times import Times
from calendars.rfc5545.recurrence import expand
from calendars.timeline.recurrence_choice import RecurrenceChoice, choice_of, lines_of

BERLIN = ZoneInfo("Europe/Berlin")
# Tuesday, the second of its month.
START = datetime(2026, 12, 8, 9, 15, tzinfo=BERLIN)
DAY = timedelta(days=1)


def times(
    *lines: str, start: datetime = START, zone: str = "Europe/Berlin", all_day: bool = False
) -> Times:
    at = start.astimezone(UTC)
    return Times(at, at + DAY, all_day, zone, "", list(lines))


@pytest.mark.parametrize(
    ("rule", "choice"),
    [
        ("FREQ=DAILY;INTERVAL=3", RecurrenceChoice("daily", 3)),
        ("FREQ=WEEKLY", RecurrenceChoice("weekly", weekdays=(1,))),
        (
            "FREQ=WEEKLY;BYDAY=FR,MO;WKST=SU",
            RecurrenceChoice("weekly", weekdays=(0, 4), week_start=6),
        ),
        ("FREQ=MONTHLY;COUNT=5", RecurrenceChoice("monthly", count=5)),
        ("FREQ=MONTHLY;BYMONTHDAY=8", RecurrenceChoice("monthly")),
        ("FREQ=MONTHLY;BYDAY=2TU", RecurrenceChoice("monthly", monthly="weekday")),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", RecurrenceChoice("monthly", monthly="weekday")),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=8", RecurrenceChoice("yearly")),
        # The end of a day in Berlin, and a time before that of the start.
        ("FREQ=DAILY;UNTIL=20261224T225959Z", RecurrenceChoice("daily", until=date(2026, 12, 24))),
        ("FREQ=DAILY;UNTIL=20261224T070000Z", RecurrenceChoice("daily", until=date(2026, 12, 23))),
    ],
)
def test_a_rule_is_read(rule: str, choice: RecurrenceChoice) -> None:
    assert choice_of(times(f"RRULE:{rule}")) == choice


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("RDATE:20261210T081500Z",),
        ("RRULE:FREQ=HOURLY",),
        ("RRULE:FREQ=DAILY;BYDAY=MO,TU",),
        ("RRULE:FREQ=DAILY;BYHOUR=9,15",),
        ("RRULE:FREQ=WEEKLY;BYMONTH=12",),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=1,8",),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=15",),
        ("RRULE:FREQ=MONTHLY;BYDAY=TU",),
        ("RRULE:FREQ=MONTHLY;BYDAY=3TU",),
        ("RRULE:FREQ=MONTHLY;BYDAY=-1TU",),
        ("RRULE:FREQ=MONTHLY;BYDAY=2WE",),
        ("RRULE:FREQ=YEARLY;BYMONTHDAY=8",),
        ("RRULE:FREQ=YEARLY;BYMONTH=6,12",),
        ("RRULE:FREQ=YEARLY;BYWEEKNO=50",),
        ("RRULE:FREQ=WEEKLY", "RRULE:FREQ=MONTHLY"),
        ("RRULE:FREQ=WEEKLY", "RDATE:20261210T081500Z"),
        ("RRULE:FREQ=WEEKLY", "EXRULE:FREQ=MONTHLY"),
        ("RRULE:FREQ=SOMETIMES",),
    ],
)
def test_what_a_form_cannot_express_has_no_choice(lines: tuple[str, ...]) -> None:
    assert choice_of(times(*lines)) is None


def test_the_last_weekday_of_a_month() -> None:
    last = datetime(2026, 12, 29, 9, 15, tzinfo=BERLIN)
    series = times("RRULE:FREQ=MONTHLY;BYDAY=-1TU", start=last)
    assert choice_of(series) == RecurrenceChoice("monthly", monthly="last")


def test_what_a_series_leaves_out_is_kept() -> None:
    lines = ["EXDATE;TZID=Europe/Berlin:20261215T091500", "rrule:FREQ=WEEKLY"]
    choice = RecurrenceChoice("daily", until=date(2026, 12, 31))
    assert lines_of(choice, start=START, zone=BERLIN, former=lines) == [
        "RRULE:FREQ=DAILY;UNTIL=20261231T225959Z",
        "EXDATE;TZID=Europe/Berlin:20261215T091500",
    ]


starts = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)
choices = st.builds(
    RecurrenceChoice,
    frequency=st.sampled_from(["daily", "weekly", "monthly", "yearly"]),
    interval=st.integers(1, 12),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    monthly=st.sampled_from(["date", "weekday"]),
    until=st.one_of(st.none(), st.dates(date(2031, 1, 1), date(2040, 1, 1))),
    count=st.one_of(st.none(), st.integers(1, 50)),
)
zones = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])


@settings(max_examples=150, deadline=None)
@given(starts, choices, zones, st.booleans())
def test_what_is_written_is_read_again(
    start: datetime, choice: RecurrenceChoice, zone: str, all_day: bool
) -> None:
    """And happens first at the start, whatever the choice, except on other weekdays."""
    own = ZoneInfo("UTC" if all_day else zone)
    local = start.replace(hour=0, minute=0) if all_day else start
    lines = lines_of(choice, start=local, zone=None if all_day else own)
    series = times(*lines, start=local.replace(tzinfo=own), zone=own.key, all_day=all_day)
    read = choice_of(series)
    assert read is not None
    assert read.frequency == choice.frequency
    assert read.interval == choice.interval
    assert read.until == choice.until
    assert read.count == (None if choice.until else choice.count)
    if choice.frequency == "weekly":
        assert read.weekdays == choice.weekdays
    if choice.frequency == "monthly":
        assert read.monthly == choice.monthly
    first = expand(series, after=series.start_at, before=series.start_at + 400 * DAY, limit=3)
    assert first[0].start_at == series.start_at
