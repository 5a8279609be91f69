"""A malformed line affects only itself, and no line before it."""

from __future__ import annotations

import codecs
import time

import pytest

from calendars.rfc5545.content_lines import physical_lines
from calendars.rfc5545.ics import read_calendar
from tests.calendars.ics_files import calendar, event, read, read_one

START = "DTSTART:20240304T090000Z"


@pytest.mark.parametrize(
    "line",
    [
        'ATTENDEE;CN=Ann;SCHEDULE-STATUS="3.7;odd";ODD CALENDAR USER":mailto:ann@example.org',
        'ATTENDEE;CN="Ann:mailto:ann@example.org',
        "ATTENDEE;CN=Ann;RSVP:mailto:ann@example.org",
        'ORGANIZER;CN=Ann "the boss:mailto:ann@example.org',
        r"X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Main\; 4041 Town;X-R=1:geo:48.3,14.2",
        'X-ODD;A="b:c',
        "no property at all",
        "=====",
        "ATTENDEE",
        "X-NOTHING",
    ],
)
@pytest.mark.parametrize("place", range(4))
def test_its_neighbours_stay_as_they_are(line: str, place: int) -> None:
    lines = ["UID:u", START, "DTEND:20240304T100000Z", "RRULE:FREQ=DAILY;COUNT=2"]
    lines.insert(place, line)

    (found,) = read("\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])).events

    assert (found.uid, found.recurrence) == ("u", ("RRULE:FREQ=DAILY;COUNT=2",))
    assert (found.end_at - found.start_at).seconds == 3600


def test_what_can_be_read_of_a_faulty_line_is() -> None:
    found = read_one(
        START,
        'ATTENDEE;CN=Ann;SCHEDULE-STATUS="3.7;odd";ODD CALENDAR USER":mailto:ann@example.org',
        'SUMMARY;LANGUAGE="en:Talk: part one',
    )

    assert [(one.email, one.name) for one in found.attendees] == [("ann@example.org", "Ann")]
    assert found.summary == "Talk: part one"
    quoted = read_one('DTSTART;TZID="Europe/Berlin:20240304T090000')
    assert (quoted.time_zone, quoted.start_at.hour) == ("Europe/Berlin", 8)


@pytest.mark.parametrize(
    "text",
    [
        "second line",
        "Agenda: all of it",
        "https://example.org/a?b=c",
        "Location: the hall",
        "Zoom; later",
        "- one: two",
        "Begin: now",
        "End: VEVENT",
    ],
)
def test_a_text_whose_breaks_are_not_folded_goes_on(text: str) -> None:
    found = read_one(START, "DESCRIPTION:First", text, "LOCATION:Hall")

    assert (found.description, found.location) == (f"First\n{text}", "Hall")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("fold", [" ", "\t"])
def test_every_end_of_line_mark_and_fold(end: str, mark: bytes, fold: str) -> None:
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", START, f"SUMMARY:Long{end}{fold}er", "END:VEVENT"]
    data = mark + end.join([*lines, "END:VCALENDAR", ""]).encode()

    for content in (data, data + data, data.replace(b"START", b"START\x00")):
        events = read_calendar(content).events
        assert {one.summary for one in events} == {"Longer"}


def test_mixed_ends_of_lines_and_letters_of_old() -> None:
    data = calendar(event(START, "SUMMARY:Café"))
    mixed = data.replace(b"\n", b"\r\n", 2).replace("é".encode(), b"\xe9")

    assert [one.summary for one in read_calendar(mixed).events] == ["Café"]


def test_a_very_long_line() -> None:
    text = "x" * 2_000_000

    assert read_one(START, f"DESCRIPTION:{text}").description == text


def test_a_zone_with_a_colon_that_is_not_quoted() -> None:
    found = read_one("DTSTART;TZID=GMT+02:00:20240304T090000")

    assert (found.time_zone, found.start_at.hour) == ("Etc/GMT-2", 7)


def test_the_lines_of_many_faults_are_found_in_one_pass() -> None:
    """Searching all of them for each line of the file took minutes for 80,000 faults."""
    data = b"X:a\r\n folded\r\n" * 80_000

    began = time.process_time()
    lines = physical_lines(data, range(1, 80_001))

    assert (lines[1], lines[2], lines[80_000]) == (1, 3, 159_999)
    assert time.process_time() - began < 5
