"""A local time without a TZID is in the zone of its event; without any zone, in the user's."""

from __future__ import annotations

import pytest

from calendars.rfc5545.ics import read_calendar
from tests.calendars.happenings import happenings
from tests.calendars.ics_files import calendar, event, starts

BERLIN = "DTSTART;TZID=Europe/Berlin:20240304T090000"
END = "DTEND;TZID=Europe/Berlin:20240304T100000"
DAILY = "RRULE:FREQ=DAILY;COUNT=3"
ALL = ["0304T0800", "0305T0800", "0306T0800"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([DAILY, "EXDATE:20240305T090000"], [ALL[0], ALL[2]]),
        ([DAILY, "EXDATE:20240305T090000,20240306T090000"], ALL[:1]),
        ([DAILY, "EXDATE:20240305T080000Z,20240306T090000"], ALL[:1]),
        ([DAILY, "EXDATE;TZID=Europe/Berlin:20240305T080000Z"], [ALL[0], ALL[2]]),
        ([DAILY, "EXDATE;TZID=America/New_York:20240305T030000"], [ALL[0], ALL[2]]),
        ([DAILY, "EXDATE;VALUE=DATE:20240305"], [ALL[0], ALL[2]]),
        ([DAILY, "EXDATE:20240305"], [ALL[0], ALL[2]]),
        ([DAILY, "EXDATE:20240305,20240306T090000"], ALL[:1]),
        (["RRULE:FREQ=DAILY;UNTIL=20240306T090000"], ALL),
        (["RRULE:FREQ=DAILY;UNTIL=20240306T085959"], ALL[:2]),
        (["RRULE:FREQ=DAILY;UNTIL=20240306"], ALL),
        (["RRULE:FREQ=DAILY;UNTIL=20240306T080000Z"], ALL),
        (["RDATE:20240310T090000"], [ALL[0], "0310T0800"]),
        (["RDATE;VALUE=PERIOD:20240310T090000/20240310T110000"], [ALL[0], "0310T0800"]),
    ],
)
def test_lists_and_ends_of_a_series(lines: list[str], expected: list[str]) -> None:
    assert starts(event(BERLIN, END, *lines)) == expected


@pytest.mark.parametrize(
    ("zone", "end", "written"),
    [
        ("", "20240304T100000", "20240304T080000Z/20240304T090000Z"),
        ("", "20240304T090000Z", "20240304T080000Z/20240304T090000Z"),
        (";TZID=Europe/London", "20240304T090000", "20240304T080000Z/20240304T090000Z"),
    ],
)
def test_the_end_of_an_event(zone: str, end: str, written: str) -> None:
    data = calendar(event(BERLIN, f"DTEND{zone}:{end}"))

    assert happenings(read_calendar(data, default_time_zone="Asia/Tokyo").events) == [written]


@pytest.mark.parametrize(
    "identity",
    [
        "RECURRENCE-ID:20240305T090000",
        "RECURRENCE-ID:20240305T080000Z",
        "RECURRENCE-ID;VALUE=DATE:20240305",
        "RECURRENCE-ID;TZID=Asia/Tokyo:20240305T170000",
        "RECURRENCE-ID;TZID=Mars/Olympus:20240305T090000",
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_instance_that_is_replaced(identity: str, order: int) -> None:
    later = event(identity, "DTSTART;TZID=Europe/Berlin:20240305T140000")

    found = starts(*[event(BERLIN, END, DAILY), later][::order])

    assert found == [ALL[0], "0305T1300", ALL[2]]


DAYS = ("DTSTART;VALUE=DATE:20240304", "RRULE:FREQ=DAILY;COUNT=3")


@pytest.mark.parametrize(
    "value", ["20240305", "20240305T000000", "20240304T230000Z", "20240305T000000Z"]
)
def test_dates_of_an_all_day_series(value: str) -> None:
    """Some exporters name a date by its midnight, also in UTC; the calendar's zone decides."""
    zone = "X-WR-TIMEZONE:Europe/Berlin"
    moved = event(f"RECURRENCE-ID:{value}", "DTSTART;VALUE=DATE:20240320")

    assert starts(zone, event(*DAYS, f"EXDATE:{value}")) == ["0304", "0306"]
    assert starts(zone, event(*DAYS), moved) == ["0304", "0306", "0320"]


@pytest.mark.parametrize(
    ("head", "zone", "start"),
    [
        ((), "Pacific/Auckland", "20241006T020000Z"),
        (("X-WR-TIMEZONE:America/New_York",), "Pacific/Auckland", "20241006T190000Z"),
        (("X-WR-TIMEZONE:Eastern Standard Time",), "Pacific/Auckland", "20241006T190000Z"),
        (("X-WR-TIMEZONE:Nowhere",), "Pacific/Auckland", "20241006T020000Z"),
    ],
)
def test_floating_time_is_the_calendars_and_else_the_persons(
    head: tuple[str, ...], zone: str, start: str
) -> None:
    data = calendar(*head, event("DTSTART:20241006T150000"))

    found = read_calendar(data, default_time_zone=zone)

    assert happenings(found.events) == [f"{start}/{start}"]
