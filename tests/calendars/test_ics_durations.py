"""Days and weeks of a DURATION are nominal; hours and shorter units are exact (RFC 5545 section
3.3.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calendars.happenings import happenings
from tests.calendars.ics_files import event, read, read_one

SPRING = "DTSTART;TZID=Europe/Berlin:20240330T120000"  # clocks go forward that night
AUTUMN = "DTSTART;TZID=Europe/Berlin:20241026T120000"  # clocks go back


@pytest.mark.parametrize(
    ("duration", "spring_hours", "autumn_hours"),
    [
        ("P1D", 23, 25),
        ("P1W", 167, 169),
        ("P1W1D", 191, 193),
        ("+P1D", 23, 25),
        ("PT24H", 24, 24),
        ("P1DT2H", 25, 27),
        ("P0DT24H0M0S", 24, 24),
        ("PT0S", 0, 0),
        ("P0D", 0, 0),
        ("-P1D", 0, 0),
        ("-PT1H", 0, 0),
    ],
)
def test_the_end_of_one_event(duration: str, spring_hours: int, autumn_hours: int) -> None:
    for start, hours in ((SPRING, spring_hours), (AUTUMN, autumn_hours)):
        found = read_one(start, f"DURATION:{duration}")
        assert found.end_at - found.start_at == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("DURATION:P1D", [24, 23, 24]),
        ("DURATION:P1DT1H", [25, 24, 25]),
        ("DURATION:PT24H", [24, 24, 24]),
        # With a DTEND the exact length counts.
        ("DTEND;TZID=Europe/Berlin:20240324T120000", [24, 24, 24]),
    ],
)
def test_each_instance_of_a_series(line: str, hours: list[int]) -> None:
    start = "DTSTART;TZID=Europe/Berlin:20240323T120000"

    found = happenings(read(event(start, line, "RRULE:FREQ=WEEKLY;COUNT=3")).events)

    spans = [[datetime.strptime(at, "%Y%m%dT%H%M%S%z") for at in one.split("/")] for one in found]
    assert [(end - begin) // timedelta(hours=1) for begin, end in spans] == hours


def test_a_period_of_days() -> None:
    found = read(event(SPRING, "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20241026T120000/P1D"))

    assert happenings(found.events)[1] == "20241026T100000Z/20241027T110000Z"


def test_all_day_events() -> None:
    for duration, days in (("P3D", 3), ("P1W", 7), ("PT24H", 1), ("PT36H", 2), ("PT0S", 1)):
        found = read_one("DTSTART;VALUE=DATE:20240330", f"DURATION:{duration}")
        assert (found.end_at - found.start_at).days == days


@pytest.mark.parametrize(
    ("start", "trigger", "minutes"),
    [
        ("20240331T120000", "-P1D", 23 * 60),
        ("20241027T120000", "-P1D", 25 * 60),
        ("20240331T120000", "-PT24H", 24 * 60),
        ("20240402T120000", "-P1W", 167 * 60),
        ("20240331T120000", "-P1DT1H", 24 * 60),
        ("20240331T120000", "PT0S", 0),
    ],
)
def test_alarms(start: str, trigger: str, minutes: int) -> None:
    alarm = ("BEGIN:VALARM", f"TRIGGER:{trigger}", "END:VALARM")

    found = read_one(f"DTSTART;TZID=Europe/Berlin:{start}", *alarm)

    assert found.alarm_minutes == (minutes,)


@settings(deadline=None)
@given(
    day=st.integers(0, 700),
    hour=st.integers(4, 22),
    days=st.integers(0, 40),
    minutes=st.integers(0, 2000),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_days_by_the_calendar_and_then_the_rest_by_the_clock(
    day: int, hour: int, days: int, minutes: int, zone: str
) -> None:
    local = datetime(2024, 1, 1, hour) + timedelta(days=day)  # noqa: DTZ001
    text = f"DURATION:P{days}DT{minutes}M"

    found = read_one(f"DTSTART;TZID={zone}:{local:%Y%m%dT%H%M%S}", text)

    later = (local + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone))
    assert found.end_at == later.astimezone(found.end_at.tzinfo) + timedelta(minutes=minutes)
