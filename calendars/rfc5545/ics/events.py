"""Read one VEVENT (RFC 5545 section 3.6.1) into an IcsEvent and correct exporters' errors."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from icalendar.parser.property import split_on_unescaped_comma, unescape_backslash

from calendars.rfc5545.conferences import web_address
from calendars.rfc5545.content_lines import Component, Property
from calendars.rfc5545.ics.repetition import read_repetition
from calendars.rfc5545.ics.times import Losses, LostPart, RefusedEvent, Span, read_span
from calendars.rfc5545.people import (
    NO_RESPONSE,
    PARTSTAT,
    Person,
    normal_comment,
    normal_email,
    normal_guests,
    normal_name,
)
from calendars.rfc5545.recurrence import InvalidRecurrence, validate
from calendars.rfc5545.recurrence.lines import parse_duration
from calendars.rfc5545.recurrence.rules import parse_moment
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.rfc5545.time_zones.files import TimeZones

_NUMBER = re.compile(r"\d{1,9}")
_STATUSES = ("confirmed", "tentative", "cancelled")
_VISIBILITIES = {"": "default", "PUBLIC": "public", "CONFIDENTIAL": "confidential"}
_RESPONSES = {partstat: response for response, partstat in PARTSTAT.items()}
_CONFERENCES = ("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
_RESOURCES = ("RESOURCE", "ROOM")  # values of CUTYPE


@dataclass(frozen=True, slots=True)
class IcsEvent:
    """One VEVENT. Times are aware, in UTC, with an exclusive end; for an all-day event they are
    midnight UTC of its dates and `time_zone` is "UTC".

    `conference_url` is an http or https address, or "".
    `zone_definition` is the text of a zone that the file defines, "" for an IANA zone.
    `recurrence_id` is the instance that an exception replaces; `of_dates` says whether its series
    is all-day. Values are Google's: status confirmed, tentative or cancelled; transparency opaque
    or transparent; visibility default, public, private or confidential. `recurrence` contains lines
    in Google's format, and the DURATION of a series with nominal days. `alarm_minutes` are before
    the start, `stamp` is the last change, and `lost` lists the parts left out. `series_zone` is the
    name and definition of the zone of an exception's series, used for writing.
    """

    uid: str
    recurrence_id: datetime | None
    sequence: int
    summary: str
    description: str
    location: str
    status: str
    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    recurrence: tuple[str, ...]
    transparency: str
    visibility: str
    categories: tuple[str, ...]
    attendees: tuple[Person, ...]
    organizer: Person | None
    url: str
    alarm_minutes: tuple[int, ...]
    conference_url: str = ""
    zone_definition: str = ""
    of_dates: bool = False
    stamp: datetime | None = field(default=None, compare=False)
    lost: tuple[LostPart, ...] = field(default=(), compare=False)
    series_zone: tuple[str, str] | None = field(default=None, compare=False)

    @property
    def zone(self) -> ZoneInfo:
        return event_zone(self.time_zone, self.zone_definition)


def read_event(component: Component, zones: TimeZones, lost: Losses) -> IcsEvent:
    """Read a VEVENT. Raises RefusedEvent, InvalidRecurrence, UnknownTimeZone, or ValueError
    (OverflowError) for a malformed value."""
    if not component.is_whole:
        raise RefusedEvent("The component is incomplete: its END line is missing.")
    for number, text in component.passed_over:
        lost.append(LostPart(number, "", text, "This line isn't a valid property."))
    span = read_span(component, zones, lost)
    time_zone, definition, recurrence = _read_recurrence(component, zones, span, lost)
    organizer = next(_people(component, "ORGANIZER", lost), None)
    event = IcsEvent(
        uid=read_uid(component),
        recurrence_id=None,
        sequence=_read_number(component.text("SEQUENCE")),
        summary=read_text(component, "SUMMARY"),
        description=read_text(component, "DESCRIPTION"),
        location=read_text(component, "LOCATION"),
        status=_read_status(component),
        start_at=span.start_at,
        end_at=span.end_at,
        all_day=span.all_day,
        time_zone=time_zone,
        recurrence=recurrence,
        transparency=_read_transparency(component),
        visibility=_VISIBILITIES.get(component.text("CLASS").upper(), "private"),
        categories=tuple(_categories(component)),
        attendees=tuple(_attendees(component, organizer, lost)),
        organizer=organizer,
        url=component.text("URL"),
        alarm_minutes=tuple(sorted(set(_alarm_minutes(component, span, bool(recurrence), lost)))),
        conference_url=_read_conference(component),
        zone_definition=definition,
        stamp=_read_stamp(component),
    )
    validate(event)
    return event


def _read_recurrence(
    component: Component, zones: TimeZones, span: Span, lost: Losses
) -> tuple[str, str, tuple[str, ...]]:
    """Return the zone's name and definition, and the recurrence lines."""
    if component.find("RECURRENCE-ID") is not None:
        return *span.zone.kept_as(span.start_at, span.end_at), ()
    repetition = read_repetition(component, zones, span, lost)
    name, definition = span.zone.kept_as(span.start_at, repetition.last())
    return name, definition, tuple(repetition.lines(name, definition))


def read_uid(component: Component) -> str:
    """Return the UID. Without one, it's derived from the lines, so that reading the same file again
    gives the same events."""
    if uid := read_text(component, "UID"):
        return uid
    lines = repr([each[:3] for each in component.properties if each.name != "DTSTAMP"])
    return f"{hashlib.sha256(lines.encode()).hexdigest()[:32]}@no-uid"


def read_text(component: Component, name: str) -> str:
    found = component.find(name)
    return _unescape(found.value) if found else ""


def _unescape(value: str) -> str:
    text: str = unescape_backslash(value) if "\\" in value else value
    return text.strip()


def _read_number(text: str) -> int:
    match = _NUMBER.fullmatch(text)
    return int(match[0]) if match else 0


def _read_status(component: Component) -> str:
    method = component.parent.text("METHOD").upper() if component.parent else ""
    status = component.text("STATUS").lower()
    if method == "CANCEL":
        return "cancelled"
    return status if status in _STATUSES else "confirmed"


def _read_transparency(component: Component) -> str:
    is_free = component.text("X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE"
    is_transparent = component.text("TRANSP").upper() == "TRANSPARENT"
    return "transparent" if is_free or is_transparent else "opaque"


def _read_conference(component: Component) -> str:
    """CONFERENCE (RFC 7986 section 5.11), video first, or what Google and Microsoft write."""
    named = component.find_all("CONFERENCE")
    named.sort(key=lambda one: "VIDEO" not in one.parameters.get("FEATURE", "").upper())
    others = (component.text(name) for name in _CONFERENCES)
    addresses = map(web_address, chain((one.value for one in named), others))
    return next(filter(None, addresses), "")


def _categories(component: Component) -> Iterator[str]:
    for found in component.find_all("CATEGORIES"):
        names = (name.strip() for name in split_on_unescaped_comma(found.value))
        yield from filter(None, names)


def _attendees(component: Component, organizer: Person | None, lost: Losses) -> Iterator[Person]:
    for person in _people(component, "ATTENDEE", lost):
        is_organizer = organizer is not None and person.email == organizer.email
        yield replace(person, is_organizer=True) if is_organizer else person


def _people(component: Component, name: str, lost: Losses) -> Iterator[Person]:
    for found in component.find_all(name):
        email = normal_email(_address(found))
        if not email:
            lost.take(found, "The property has no email address.")
            continue
        yield _person(email, found.parameters)


def _person(email: str, parameters: Mapping[str, str]) -> Person:
    """Read an attendee. The guest count and comment are parameters of Google's exports."""
    return Person(
        email=email,
        name=normal_name(parameters.get("CN", "")),
        response=_RESPONSES.get(parameters.get("PARTSTAT", "").upper(), NO_RESPONSE),
        optional=parameters.get("ROLE", "").upper() == "OPT-PARTICIPANT",
        is_resource=parameters.get("CUTYPE", "").upper() in _RESOURCES,
        guests=normal_guests(_read_number(parameters.get("X-NUM-GUESTS", ""))),
        comment=normal_comment(parameters.get("X-RESPONSE-COMMENT", "")),
    )


def _address(found: Property) -> str:
    scheme, colon, address = found.value.strip().partition(":")
    if scheme.lower() == "mailto":
        return address
    is_bare = not colon and "@" in scheme
    return found.parameters.get("EMAIL", "") or (scheme if is_bare else "")


def _alarm_minutes(component: Component, span: Span, repeats: bool, lost: Losses) -> Iterator[int]:
    """Return the minutes before the start. Unreadable alarms and those after the start are left
    out."""
    for alarm in component.children:
        trigger = alarm.find("TRIGGER") if alarm.name == "VALARM" else None
        if trigger is None:
            continue
        try:
            before = _read_lead(trigger, span, repeats)
        except (ValueError, OverflowError):
            lost.take(trigger, "The time of this alarm can't be read.")
            continue
        if before >= timedelta(0):
            yield int(before.total_seconds()) // 60


def _read_lead(trigger: Property, span: Span, repeats: bool) -> timedelta:
    """Return the time before the start. Days of a series' alarms have 24 hours: one number applies
    to all instances."""
    if trigger.value.strip()[:1].isdigit():
        return span.start_at - parse_moment(trigger.value).at.replace(tzinfo=UTC)
    offset = parse_duration(trigger.value)
    is_from_end = trigger.parameters.get("RELATED", "").upper() == "END"
    origin = span.end_at if is_from_end else span.start_at
    rings_at = origin + offset.exact if repeats else offset.end_of(origin, span.zone.zone)
    return span.start_at - rings_at


def _read_stamp(component: Component) -> datetime | None:
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        try:
            return parse_moment(component.text(name)).at.replace(tzinfo=UTC)
        except InvalidRecurrence:
            continue
    return None
