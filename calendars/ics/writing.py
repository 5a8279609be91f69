"""Events into an iCalendar file (RFC 5545), piece by piece: no file needs to fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone

from calendars.ics.events import IcsEvent, IcsPerson
from calendars.ics.lines import escaped, parameter, raw_line, text_line

PRODUCT = "-//Daybook//Calendar//EN"
_MOMENT = "%Y%m%dT%H%M%S"
_END = b"END:VCALENDAR\r\n"
_UTC_NAMES = ("UTC", "Etc/UTC", "GMT")
_CLASSES = {"public": "PUBLIC", "private": "PRIVATE", "confidential": "CONFIDENTIAL"}
_RESPONSES = {
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
    "needsAction": "NEEDS-ACTION",
}


def write_calendar(
    *, name: str, time_zone: str, zones: Iterable[str], events: Iterable[IcsEvent]
) -> Iterator[bytes]:
    """The file in pieces. `zones` are the IANA names that the events use, known beforehand."""
    yield _head(name, time_zone)
    for zone in sorted({*zones, time_zone} - set(_UTC_NAMES)):
        yield _time_zone(zone)
    for event in events:
        yield write_event(event)
    yield _END


def write_event(event: IcsEvent) -> bytes:
    """One VEVENT."""
    return b"".join([b"BEGIN:VEVENT\r\n", *_event_lines(event), b"END:VEVENT\r\n"])


def _event_lines(event: IcsEvent) -> Iterator[bytes]:
    yield text_line("UID", event.uid)
    yield raw_line("DTSTAMP", f"{event.start_at.astimezone(UTC):{_MOMENT}}Z")
    yield _moment("DTSTART", event, event.start_at)
    yield _moment("DTEND", event, event.end_at)
    if event.recurrence_id is not None:
        yield _moment("RECURRENCE-ID", event, event.recurrence_id)
    yield from _texts(event)
    yield from map(_recurrence_line, event.recurrence)
    for person in event.attendees:
        yield _attendee(person)
    if event.organizer:
        yield raw_line(f"ORGANIZER{_common_name(event.organizer)}", _address(event.organizer))
    for minutes in event.alarm_minutes:
        yield from _alarm(event, minutes)


def _head(name: str, time_zone: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", time_zone)
    content: bytes = calendar.to_ical()
    return content.removesuffix(_END)


@lru_cache(maxsize=64)
def _time_zone(name: str) -> bytes:
    content: bytes = Timezone.from_tzid(name).to_ical()
    return content


def _moment(name: str, event: IcsEvent, at: datetime) -> bytes:
    if event.all_day:
        return raw_line(f"{name};VALUE=DATE", f"{at.astimezone(UTC):%Y%m%d}")
    if event.time_zone in _UTC_NAMES:
        return raw_line(name, f"{at.astimezone(UTC):{_MOMENT}}Z")
    local = at.astimezone(ZoneInfo(event.time_zone))
    return raw_line(name + parameter("TZID", event.time_zone), f"{local:{_MOMENT}}")


def _texts(event: IcsEvent) -> Iterator[bytes]:
    texts = {
        "SUMMARY": event.summary,
        "DESCRIPTION": event.description,
        "LOCATION": event.location,
        "STATUS": event.status.upper(),
        "TRANSP": event.transparency.upper(),
        "CLASS": _CLASSES.get(event.visibility, ""),
    }
    yield from (text_line(name, value) for name, value in texts.items() if value)
    if event.url:
        yield raw_line("URL", event.url)
    if event.sequence:
        yield raw_line("SEQUENCE", str(event.sequence))
    if event.categories:
        yield raw_line("CATEGORIES", ",".join(map(escaped, event.categories)))


def _recurrence_line(line: str) -> bytes:
    """A line as Google and our own reader keep it, `EXDATE;TZID=Europe/Oslo:20260101T090000`."""
    name, _, value = line.partition(":")
    return raw_line(name, value)


def _address(person: IcsPerson) -> str:
    return f"mailto:{person.email}"


def _common_name(person: IcsPerson) -> str:
    return parameter("CN", person.name) if person.name else ""


def _attendee(person: IcsPerson) -> bytes:
    response = _RESPONSES.get(person.response, "NEEDS-ACTION")
    role = "OPT-PARTICIPANT" if person.optional else "REQ-PARTICIPANT"
    name = f"ATTENDEE{_common_name(person)};PARTSTAT={response};ROLE={role}"
    return raw_line(name, _address(person))


def _alarm(event: IcsEvent, minutes: int) -> Iterator[bytes]:
    yield b"BEGIN:VALARM\r\nACTION:DISPLAY\r\n"
    yield text_line("DESCRIPTION", event.summary or "Reminder")
    yield raw_line("TRIGGER", f"-PT{minutes}M" if minutes >= 0 else f"PT{-minutes}M")
    yield b"END:VALARM\r\n"
