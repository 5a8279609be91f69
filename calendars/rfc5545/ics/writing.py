"""Write events into an iCalendar file (RFC 5545) as a stream, so that it needn't fit in memory.

Times are written so that other readers interpret them correctly: UNTIL in UTC, RDATE and EXDATE
with the type and zone of DTSTART, and the second of two equal hours, which has no local notation,
in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar

from calendars.rfc5545.ics.events import IcsEvent
from calendars.rfc5545.ics.written_lines import (
    Clock,
    escaped,
    parameter,
    raw_line,
    recurrence_lines,
    text_line,
)
from calendars.rfc5545.people import PARTSTAT, Person
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.rfc5545.time_zones.writing import defined_component, zone_component

PRODUCT = "-//Daybook//Calendar//EN"
_MOMENT = "%Y%m%dT%H%M%S"
_END = b"END:VCALENDAR\r\n"
_UTC_NAMES = ("UTC", "Etc/UTC", "GMT")
_CLASSES = {"public": "PUBLIC", "private": "PRIVATE", "confidential": "CONFIDENTIAL"}
_UTC = ZoneInfo("UTC")
ZoneKey = tuple[str, str]  # name and definition, as in events


class UsedZone(NamedTuple):
    """A zone that events use, and the first year in which they use it."""

    name: str
    definition: str = ""
    first_year: int = 2020


def write_calendar(
    *, name: str, time_zone: str, zones: Iterable[UsedZone], events: Iterable[IcsEvent]
) -> Iterator[bytes]:
    """Yield the file in pieces. `zones` are the zones that the events use."""
    yield _head(name, time_zone)
    used = _by_key([UsedZone(time_zone), *zones])
    tzids = _tzids(used)
    for key, zone in sorted(used.items()):
        if tzids[key]:
            yield _time_zone(tzids[key], zone)
    for event in events:
        yield write_event(event, tzids)
    yield _END


def write_event(event: IcsEvent, tzids: Mapping[ZoneKey, str] | None = None) -> bytes:
    """Return one VEVENT; `tzids` maps zones to the names in the file, otherwise they keep their
    own."""
    lines = _event_lines(event, tzids or {})
    return b"".join([b"BEGIN:VEVENT\r\n", *lines, b"END:VEVENT\r\n"])


def _by_key(zones: Iterable[UsedZone]) -> dict[ZoneKey, UsedZone]:
    found: dict[ZoneKey, UsedZone] = {}
    for zone in zones:
        key = zone.name, zone.definition
        first = min(zone.first_year, found.get(key, zone).first_year)
        found[key] = zone._replace(first_year=first)
    return found


def _tzids(zones: Iterable[ZoneKey]) -> dict[ZoneKey, str]:
    """Return a TZID for each zone, "" for UTC. Different definitions with one name get a number."""
    named: dict[ZoneKey, str] = {}
    for name, definition in sorted(zones, key=lambda key: (bool(key[1]), key)):
        tzid, number = name, 1
        while definition and (tzid in named.values() or tzid in _UTC_NAMES):
            number += 1
            tzid = f"{name} ({number})"
        named[name, definition] = tzid if definition or name not in _UTC_NAMES else ""
    return named


def _event_lines(event: IcsEvent, tzids: Mapping[ZoneKey, str]) -> Iterator[bytes]:
    clock = _clock(event.all_day, (event.time_zone, event.zone_definition), tzids)
    lines = recurrence_lines(event, clock)
    yield text_line("UID", event.uid)
    yield raw_line("DTSTAMP", f"{(event.stamp or event.start_at).astimezone(UTC):{_MOMENT}}Z")
    yield raw_line(*clock.written("DTSTART", event.start_at, in_series=bool(lines)))
    if length := next((line for line in event.recurrence if line.startswith("DURATION")), ""):
        yield raw_line(*length.split(":", 1))
    else:
        yield raw_line(*clock.written("DTEND", _end(event, clock, in_series=bool(lines))))
    if event.recurrence_id is not None:
        zone = event.series_zone or (event.time_zone, event.zone_definition)
        series = _clock(event.of_dates, zone, tzids)
        yield raw_line(*series.written("RECURRENCE-ID", event.recurrence_id))
    yield from _texts(event)
    yield from (raw_line(*line) for line in lines)
    yield from _people(event)
    for minutes in event.alarm_minutes:
        yield from _alarm(event, minutes)


def _end(event: IcsEvent, clock: Clock, *, in_series: bool) -> datetime:
    """Return the end at the original distance from the written start, which in a series may be an
    hour before the instant."""
    if not in_series or not clock.tzid:
        return event.end_at
    return event.end_at - (event.start_at - clock.first_of(event.start_at))


def _clock(all_day: bool, key: ZoneKey, tzids: Mapping[ZoneKey, str]) -> Clock:
    name, definition = key
    tzid = tzids.get(key, name if definition or name not in _UTC_NAMES else "")
    if all_day or not tzid:
        return Clock(all_day, _UTC, "")
    try:
        return Clock(False, event_zone(name, definition), parameter("TZID", tzid))
    except InvalidRecurrence:
        return Clock(False, _UTC, "")  # from a newer tz database: keep the instants


def _head(name: str, time_zone: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", time_zone)
    content: bytes = calendar.to_ical()
    return content.removesuffix(_END)


def _time_zone(tzid: str, zone: UsedZone) -> bytes:
    if zone.definition:
        return defined_component(tzid, zone.definition)
    try:
        return zone_component(tzid, event_zone(zone.name, "").key, zone.first_year)
    except InvalidRecurrence:
        return b""


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
    if event.conference_url:
        yield raw_line("CONFERENCE;VALUE=URI;FEATURE=VIDEO", event.conference_url)
    if event.sequence:
        yield raw_line("SEQUENCE", str(event.sequence))
    if event.categories:
        yield raw_line("CATEGORIES", ",".join(map(escaped, event.categories)))


def _people(event: IcsEvent) -> Iterator[bytes]:
    """Yield the people with an email address, which identifies people in a file."""
    for person in event.attendees:
        if person.email:
            yield raw_line(f"ATTENDEE{_attendee(person)}", f"mailto:{person.email}")
    if event.organizer and event.organizer.email:
        name = parameter("CN", event.organizer.name)
        yield raw_line(f"ORGANIZER{name}", f"mailto:{event.organizer.email}")


def _attendee(person: Person) -> str:
    """Write an attendee. The last three parameters are as in Google's exports."""
    parts = [
        parameter("CN", person.name),
        f";PARTSTAT={PARTSTAT[person.response]}",
        f";ROLE={'OPT-PARTICIPANT' if person.optional else 'REQ-PARTICIPANT'}",
        ";CUTYPE=RESOURCE" if person.is_resource else "",
        f";X-NUM-GUESTS={person.guests}" if person.guests else "",
        parameter("X-RESPONSE-COMMENT", person.comment),
    ]
    return "".join(parts)


def _alarm(event: IcsEvent, minutes: int) -> Iterator[bytes]:
    yield b"BEGIN:VALARM\r\nACTION:DISPLAY\r\n"
    yield text_line("DESCRIPTION", event.summary or "Reminder")
    yield raw_line("TRIGGER", f"-PT{minutes}M" if minutes >= 0 else f"PT{-minutes}M")
    yield b"END:VALARM\r\n"
