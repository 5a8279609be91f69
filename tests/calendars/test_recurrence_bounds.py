"""The cost of a rule is bounded by the window, not by its start or by whether it ever happens."""

import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from calendars.rfc5545.recurrence import InvalidRecurrence, expand, starts
from tests.calendars.series import Series

LONG_AGO = datetime(1970, 6, 2, 7, 0, tzinfo=UTC)
AFTER, BEFORE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def starts_of(
    line: str, start: datetime = LONG_AGO, length: timedelta = timedelta(), limit: int = 10_000
) -> list[datetime]:
    series = Series(start, start + length, False, "UTC", [line])
    instances = expand(series, after=AFTER, before=BEFORE, limit=limit)
    return [instance.start_at for instance in instances]


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "RRULE:FREQ=HOURLY;INTERVAL=2;BYHOUR=8",
        "RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO",
        "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=20",
    ],
)
def test_a_rule_that_never_happens_comes_to_an_end(line: str) -> None:
    assert starts_of(line) == []


def test_a_rule_of_seconds_is_sought_near_the_window() -> None:
    assert starts_of("RRULE:FREQ=SECONDLY", limit=3) == [
        AFTER + timedelta(seconds=number) for number in range(3)
    ]


@pytest.mark.parametrize(
    ("line", "first", "step"),
    [
        ("FREQ=YEARLY;BYDAY={DAYS}", "2026-01-01T00:00:00", timedelta(seconds=1)),
        ("FREQ=YEARLY;BYDAY={DAYS};BYSETPOS=-1", "2026-12-31T23:59:59", timedelta(days=365)),
        ("FREQ=MONTHLY;BYDAY={DAYS};BYSETPOS=1", "2026-01-01T00:00:00", timedelta(days=31)),
        ("FREQ=WEEKLY;BYDAY={DAYS};BYSETPOS=1,-1", "2026-01-04T23:59:59", timedelta(seconds=1)),
    ],
)
def test_the_seconds_of_a_long_period_are_not_held_at_once(
    line: str, first: str, step: timedelta
) -> None:
    """A year has 31 million: as a list they took two gigabytes and half a minute."""
    rule = line.format(DAYS="MO,TU,WE,TH,FR,SA,SU") + every_second()
    tracemalloc.start()
    try:
        found = starts_of(f"RRULE:{rule}", limit=2)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found[0] == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert found[1] - found[0] == step
    assert peak < 64 * 1024 * 1024


def test_the_days_before_the_window_are_not_gone_through_by_the_second() -> None:
    """The window starts in December."""
    start, after = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC)
    series = Series(start, start, False, "UTC", [f"RRULE:FREQ=YEARLY;BYDAY=TH,WE{every_second()}"])

    began = time.process_time()
    found = expand(series, after=after, before=after + timedelta(days=2), limit=3)

    assert [each.start_at - after for each in found] == [timedelta(seconds=n) for n in range(3)]
    assert time.process_time() - began < 3  # second by second it takes 10


def every_second() -> str:
    sixty = ",".join(map(str, range(60)))
    hours = ",".join(map(str, range(24)))
    return f";BYHOUR={hours};BYMINUTE={sixty};BYSECOND={sixty}"


def test_a_rule_of_minutes_keeps_its_step_over_decades() -> None:
    found = starts_of("RRULE:FREQ=MINUTELY;INTERVAL=7", limit=100)

    assert len(found) == 100
    assert all((start - LONG_AGO) % timedelta(minutes=7) == timedelta() for start in found)
    assert found[0] - AFTER < timedelta(minutes=7)


def test_an_endless_rule_gives_the_first_of_its_instances_in_the_window() -> None:
    found = starts_of("RRULE:FREQ=DAILY", limit=300)

    assert found == [AFTER + timedelta(days=number, hours=7) for number in range(300)]


def test_more_instances_than_a_page_of_googles_holds() -> None:
    assert len(starts_of("RRULE:FREQ=DAILY")) == 730
    assert len(starts_of("RRULE:FREQ=DAILY;COUNT=500", start=AFTER)) == 500


def test_the_limit_is_one_over_all_rules() -> None:
    series = Series(AFTER, AFTER, False, "UTC", ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY;BYHOUR=12"])

    found = [each.start_at for each in expand(series, after=AFTER, before=BEFORE, limit=3)]

    assert found == [AFTER, AFTER + timedelta(hours=12), AFTER + timedelta(days=1)]


def test_what_began_before_the_window_and_lasts_into_it_is_found() -> None:
    found = starts_of(
        "RRULE:FREQ=YEARLY", start=datetime(2000, 12, 31, tzinfo=UTC), length=timedelta(3)
    )

    assert found == [datetime(year, 12, 31, tzinfo=UTC) for year in (2025, 2026, 2027)]


def test_what_ends_as_the_window_begins_is_not_found() -> None:
    start = AFTER - timedelta(days=1)

    assert starts_of("RRULE:FREQ=DAILY;COUNT=1", start=start, length=timedelta(days=1)) == []


def test_a_count_too_far_to_count_is_refused() -> None:
    with pytest.raises(InvalidRecurrence) as refused:
        starts_of("RRULE:FREQ=SECONDLY;COUNT=999999999")
    assert refused.value.code == "count_too_far"
    assert starts_of(f"RRULE:FREQ=SECONDLY;COUNT={starts.MAX_COUNTED}") == []


def test_an_exrule_that_leaves_out_too_many_is_refused() -> None:
    series = Series(LONG_AGO, LONG_AGO, False, "UTC", ["RRULE:FREQ=DAILY", "EXRULE:FREQ=SECONDLY"])

    with pytest.raises(InvalidRecurrence) as refused:
        expand(series, after=AFTER, before=BEFORE)
    assert refused.value.code == "too_many_excluded"


def test_windows_at_the_ends_of_time_hold() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    length = timedelta(days=365 * 2000)
    series = Series(LONG_AGO, LONG_AGO + length, False, "Pacific/Apia", ["RRULE:FREQ=YEARLY"])

    found = expand(series, after=first, before=last, limit=2)

    assert [instance.start_at.year for instance in found] == [1970, 1971]


@pytest.mark.parametrize("length", [timedelta(0), timedelta(hours=1)])
def test_an_empty_window_holds_nothing_where_an_instance_begins(length: timedelta) -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    series = Series(start, start + length, False, "UTC", ["RRULE:FREQ=DAILY"])
    second = start + timedelta(days=1)

    assert expand(series, after=second, before=second) == []
