"""Events into an iCalendar file (RFC 5545), piece by piece: no file needs to fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Component, Event, Timezone, vCalAddress

from calendars.ics.events import IcsEvent, IcsPerson

PRODUCT = "-//Daybook//Calendar//EN"
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
    written = Event()
    written.add("uid", event.uid)
    written.add("dtstamp", event.start_at.astimezone(UTC))
    _add_times(written, event)
    _add_texts(written, event)
    for line in event.recurrence:
        _add_line(written, line)
    for person in event.attendees:
        written.add("attendee", _attendee(person))
    if event.organizer:
        written.add("organizer", _address(event.organizer))
    for minutes in event.alarm_minutes:
        written.add_component(_alarm(event, minutes))
    content: bytes = written.to_ical()
    return content


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


def _add_times(written: Event, event: IcsEvent) -> None:
    written.add("dtstart", _moment(event, event.start_at))
    written.add("dtend", _moment(event, event.end_at))
    if event.recurrence_id is not None:
        written.add("recurrence-id", _moment(event, event.recurrence_id))


def _moment(event: IcsEvent, at: datetime) -> date | datetime:
    if event.all_day:
        return at.astimezone(UTC).date()
    is_utc = event.time_zone in _UTC_NAMES
    return at.astimezone(UTC if is_utc else ZoneInfo(event.time_zone))


def _add_texts(written: Event, event: IcsEvent) -> None:
    values = {
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "url": event.url,
        "status": event.status.upper(),
        "transp": event.transparency.upper(),
        "class": _CLASSES.get(event.visibility, ""),
        "sequence": event.sequence,
    }
    for name, value in values.items():
        if value:
            written.add(name, value)
    if event.categories:
        written.add("categories", list(event.categories))


def _add_line(written: Event, line: str) -> None:
    """A line as Google and our own reader keep it, `EXDATE;TZID=Europe/Oslo:20260101T090000`."""
    read = Component.from_ical(f"BEGIN:VEVENT\r\n{line}\r\nEND:VEVENT\r\n")
    for name, value in read.property_items(recursive=False):
        if name not in ("BEGIN", "END"):
            written.add(name, value, encode=False)


def _address(person: IcsPerson) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    if person.name:
        address.params["CN"] = person.name
    return address


def _attendee(person: IcsPerson) -> vCalAddress:
    address = _address(person)
    address.params["PARTSTAT"] = _RESPONSES.get(person.response, "NEEDS-ACTION")
    address.params["ROLE"] = "OPT-PARTICIPANT" if person.optional else "REQ-PARTICIPANT"
    return address


def _alarm(event: IcsEvent, minutes: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", event.summary or "Reminder")
    alarm.add("trigger", timedelta(minutes=-minutes))
    return alarm
