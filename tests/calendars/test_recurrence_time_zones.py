"""A rule runs in the local time of the event's zone, also across clock changes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calendars.rfc5545.recurrence import expand
from tests.calendars.series import Series


def starts_of(
    zone: str, start: str, *lines: str, days: int = 10, length: timedelta = timedelta(hours=1)
) -> list[str]:
    """Return the starts in local time, with the offset."""
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    series = Series(begin, begin + length, False, zone, lines)
    instances = expand(series, after=begin, before=begin + timedelta(days=days))
    assert all(instance.end_at - instance.start_at == length for instance in instances)
    assert all(instance.start_at.utcoffset() == timedelta(0) for instance in instances)
    return [
        f"{instance.start_at.astimezone(ZoneInfo(zone)):%m-%d %H:%M %z}" for instance in instances
    ]


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        # Spring: 2:30 doesn't exist on 29 March and is read as an hour later; then as before.
        (
            "Europe/Berlin",
            "2026-03-28T02:30",
            ["03-28 02:30 +0100", "03-29 03:30 +0200", "03-30 02:30 +0200"],
        ),
        # Autumn: 2:30 occurs twice on 25 October; the first one counts.
        (
            "Europe/Berlin",
            "2026-10-24T02:30",
            ["10-24 02:30 +0200", "10-25 02:30 +0200", "10-26 02:30 +0100"],
        ),
        (
            "America/New_York",
            "2026-03-07T02:30",
            ["03-07 02:30 -0500", "03-08 03:30 -0400", "03-09 02:30 -0400"],
        ),
        (
            "America/New_York",
            "2026-10-31T09:00",
            ["10-31 09:00 -0400", "11-01 09:00 -0500", "11-02 09:00 -0500"],
        ),
        # Lord Howe moves by half an hour.
        (
            "Australia/Lord_Howe",
            "2026-10-03T02:15",
            ["10-03 02:15 +1030", "10-04 02:45 +1100", "10-05 02:15 +1100"],
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-04T01:45",
            ["04-04 01:45 +1100", "04-05 01:45 +1100", "04-06 01:45 +1030"],
        ),
        # Apia had no 30 December 2011: that day's instance coincides with that of the 31st.
        (
            "Pacific/Apia",
            "2011-12-29T10:00",
            ["12-29 10:00 -1000", "12-31 10:00 +1400", "01-01 10:00 +1400"],
        ),
    ],
)
def test_a_daily_event_keeps_its_wall_clock(zone: str, start: str, expected: list[str]) -> None:
    assert starts_of(zone, start, "RRULE:FREQ=DAILY")[:3] == expected


def test_an_event_that_begins_in_the_second_of_two_equal_hours_begins_there() -> None:
    begin = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 2:30 in Berlin, the second occurrence
    series = Series(begin, begin + timedelta(hours=1), False, "Europe/Berlin", ["RRULE:FREQ=DAILY"])

    instances = expand(series, after=begin, before=begin + timedelta(days=2))

    assert [instance.start_at for instance in instances] == [begin, begin + timedelta(days=1)]


def test_hours_that_the_clock_leaves_out_do_not_double_an_instance() -> None:
    found = starts_of("Europe/Berlin", "2026-03-29T00:00", "RRULE:FREQ=HOURLY;COUNT=5")

    assert found == [
        "03-29 00:00 +0100",
        "03-29 01:00 +0100",
        "03-29 03:00 +0200",
        "03-29 04:00 +0200",
    ]


def test_a_rule_runs_in_the_events_zone_and_not_in_utc() -> None:
    """Monday at 0:30 in Berlin is Sunday in UTC."""
    found = starts_of("Europe/Berlin", "2026-01-05T00:30", "RRULE:FREQ=WEEKLY;BYDAY=MO", days=8)

    assert found == ["01-05 00:30 +0100", "01-12 00:30 +0100"]


def dates_of(start: str, days: int, lines: Sequence[str], after: datetime) -> list[date]:
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    series = Series(first, first + timedelta(days=days), True, "UTC", lines)
    instances = expand(series, after=after, before=after + timedelta(days=4))
    assert all(
        instance.end_at - instance.start_at == timedelta(days=days) for instance in instances
    )
    return [instance.start_at.date() for instance in instances]


@pytest.mark.parametrize("offset_hours", [14, -12])
def test_an_all_day_event_falls_on_its_dates_in_any_window(
    offset_hours: int,
) -> None:
    midnight = datetime(2026, 3, 28, tzinfo=UTC) - timedelta(hours=offset_hours)

    found = dates_of("2026-03-01", 1, ["RRULE:FREQ=DAILY"], midnight)

    days = [date(2026, 3, 27) + timedelta(days=number) for number in range(6)]
    assert found == (days[:5] if offset_hours == 14 else days[1:6])


def test_an_all_day_event_of_days_is_found_until_its_exclusive_end() -> None:
    lines = ["RRULE:FREQ=MONTHLY"]

    assert dates_of("2026-01-10", 3, lines, datetime(2026, 2, 12, 23, 59, tzinfo=UTC)) == [
        date(2026, 2, 10)
    ]
    assert dates_of("2026-01-10", 3, lines, datetime(2026, 2, 13, tzinfo=UTC)) == []


def test_an_all_day_series_counts_dates_and_ends_on_the_date_of_until() -> None:
    after = datetime(2026, 3, 27, tzinfo=UTC)
    for until in ("20260328", "20260328T000000Z", "20260328T225959Z", "20260328T120000"):
        lines = [f"RRULE:FREQ=DAILY;UNTIL={until}"]
        assert dates_of("2026-03-01", 1, lines, after) == [date(2026, 3, 27), date(2026, 3, 28)]
