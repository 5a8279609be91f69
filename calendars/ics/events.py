"""One VEVENT (RFC 5545 section 3.6.1) into an IcsEvent, mending what exporters get wrong."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar.parser.property import split_on_unescaped_comma, unescape_backslash
from icalendar.prop import vDuration

from calendars.content_lines import Component, Property
from calendars.ics.time_zones import TimeZones
from calendars.recurrence import InvalidRecurrence, Series, validate
from calendars.recurrence.rules import Moment, parse_moment
from calendars.timezones import to_utc

_MIDNIGHT = time()
_UTC_ZONE = ZoneInfo("UTC")
_NUMBER = re.compile(r"\d{1,9}")
_STATUSES = ("confirmed", "tentative", "cancelled")
_VISIBILITIES = {"": "default", "PUBLIC": "public", "CONFIDENTIAL": "confidential"}
_RESPONSES = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}


class RefusedEvent(ValueError):
    """Why one entry cannot be read, in words for people."""


@dataclass(frozen=True, slots=True)
class IcsPerson:
    """An organizer or attendee. `response` is one of Google's words for responseStatus."""

    email: str
    name: str = ""
    response: str = "needsAction"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class IcsEvent:
    """One VEVENT. Times are aware, in UTC, the end exclusive; of an all-day event they are
    midnight UTC of its dates and `time_zone` is "UTC". `recurrence_id` names the instance that an
    exception replaces. Words are Google's: status confirmed, tentative or cancelled; transparency
    opaque or transparent; visibility default, public, private or confidential. `recurrence` holds
    lines as Google gives them. `alarm_minutes` are before the start."""

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
    attendees: tuple[IcsPerson, ...]
    organizer: IcsPerson | None
    url: str
    alarm_minutes: tuple[int, ...]


class _Span(NamedTuple):
    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str


def read_event(component: Component, zones: TimeZones) -> IcsEvent:
    """Raises RefusedEvent, InvalidRecurrence, UnknownTimeZone, or ValueError (OverflowError) from
    a value that only looks like one of its kind."""
    if not component.is_whole:
        raise RefusedEvent("It is cut off: its END is missing.")
    span = _read_span(component, zones)
    event = IcsEvent(
        uid=read_uid(component),
        recurrence_id=_read_recurrence_id(component, zones),
        sequence=_read_number(component.text("SEQUENCE")),
        summary=read_text(component, "SUMMARY"),
        description=read_text(component, "DESCRIPTION"),
        location=read_text(component, "LOCATION"),
        status=_read_status(component),
        **span._asdict(),
        recurrence=tuple(_recurrence_lines(component, zones)),
        transparency=_read_transparency(component),
        visibility=_VISIBILITIES.get(component.text("CLASS").upper(), "private"),
        categories=tuple(_categories(component)),
        attendees=tuple(_people(component, "ATTENDEE")),
        organizer=next(_people(component, "ORGANIZER"), None),
        url=component.text("URL"),
        alarm_minutes=tuple(sorted(set(_alarm_minutes(component, span)))),
    )
    validate(Series(*span, event.recurrence))
    return event


def read_uid(component: Component) -> str:
    """The UID; for an entry without one a name made from its lines, so that the same file read
    twice means the same events."""
    lines = repr([tuple(each) for each in component.properties if each.name != "DTSTAMP"])
    return component.text("UID") or f"{hashlib.sha256(lines.encode()).hexdigest()[:32]}@no-uid"


def read_text(component: Component, name: str) -> str:
    found = component.find(name)
    return _unescape(found.value) if found else ""


def _unescape(value: str) -> str:
    text: str = unescape_backslash(value)
    return text.strip()


def _read_number(text: str) -> int:
    match = _NUMBER.fullmatch(text)
    return int(match[0]) if match else 0


def _read_span(component: Component, zones: TimeZones) -> _Span:
    found = component.find("DTSTART")
    if found is None:
        raise RefusedEvent("It does not say when it begins (DTSTART).")
    zone = _zone_of(found, zones)
    start = parse_moment(found.value)
    if start.form == "date":
        return _all_day_span(component, zones, start)
    start_at = _in_utc(start, zone)
    end_at = _read_end(component, zones, start_at, zone)
    if _is_all_day_by_outlook(component, start_at, end_at, zone):
        first, last = start_at.astimezone(zone).date(), end_at.astimezone(zone).date()
        return _dates_span(first.toordinal(), last.toordinal())
    # DTEND before DTSTART is a slip of the exporter's: the event stands at its start.
    return _Span(start_at, max(start_at, end_at), False, zone.key)


def _read_end(
    component: Component, zones: TimeZones, start_at: datetime, zone: ZoneInfo
) -> datetime:
    found = component.find("DTEND")
    if found is not None:
        return _in_utc(parse_moment(found.value), _zone_of(found, zones, zone))
    text = component.text("DURATION")
    if not text:
        return start_at
    duration = _read_duration(text)
    if "T" in text.upper():
        return start_at + duration
    # Days and weeks are nominal: the same wall clock that many days on (section 3.3.6).
    return to_utc(start_at.astimezone(zone).replace(tzinfo=None) + duration, zone)


def _all_day_span(component: Component, zones: TimeZones, start: Moment) -> _Span:
    first = start.at.toordinal()
    found = component.find("DTEND")
    if found is None:
        text = component.text("DURATION")
        return _dates_span(first, first + (_read_duration(text).days if text else 1))
    end = parse_moment(found.value)
    if end.form == "utc":
        local = _in_utc(end, zones.default).astimezone(zones.default).replace(tzinfo=None)
        end = Moment(local, "local")
    # An end within a day takes that day in.
    return _dates_span(first, end.at.toordinal() + (end.at.time() > _MIDNIGHT))


def _dates_span(first: int, last: int) -> _Span:
    """From the first date to the last, exclusive; a day at least, also where an exporter writes
    the same date twice."""
    start, end = datetime.fromordinal(first), datetime.fromordinal(max(last, first + 1))
    return _Span(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), True, "UTC")


def _is_all_day_by_outlook(
    component: Component, start_at: datetime, end_at: datetime, zone: ZoneInfo
) -> bool:
    is_marked = component.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"
    ends = (start_at.astimezone(zone).time(), end_at.astimezone(zone).time())
    return is_marked and ends == (_MIDNIGHT, _MIDNIGHT)


def _zone_of(found: Property, zones: TimeZones, default: ZoneInfo | None = None) -> ZoneInfo:
    tzid = found.parameters.get("TZID", "")
    if tzid:
        return zones.find(tzid)
    is_utc = found.value.strip().upper().endswith("Z")
    return _UTC_ZONE if is_utc else default or zones.default


def _in_utc(moment: Moment, zone: ZoneInfo) -> datetime:
    return moment.at.replace(tzinfo=UTC) if moment.form == "utc" else to_utc(moment.at, zone)


def _read_recurrence_id(component: Component, zones: TimeZones) -> datetime | None:
    found = component.find("RECURRENCE-ID")
    if found is None:
        return None
    moment = parse_moment(found.value)
    if moment.form == "date":
        return moment.at.replace(tzinfo=UTC)
    return _in_utc(moment, _zone_of(found, zones))


def _recurrence_lines(component: Component, zones: TimeZones) -> Iterator[str]:
    """RRULE, RDATE, EXDATE and EXRULE as Google writes them, zones by their IANA names."""
    if component.find("RECURRENCE-ID") is not None:
        return
    for found in component.properties:
        if found.name in ("RRULE", "EXRULE") and found.value.strip():
            yield f"{found.name}:{found.value.strip().upper()}"
        elif found.name in ("RDATE", "EXDATE") and found.value.strip():
            yield _dates_line(found, zones)


def _dates_line(found: Property, zones: TimeZones) -> str:
    value = found.value.strip().upper()
    first = value.partition(",")[0]
    kind = ";VALUE=PERIOD" if "/" in first else "" if "T" in first else ";VALUE=DATE"
    is_local = "T" in first and not first.partition("/")[0].endswith("Z")
    zone = f";TZID={_zone_of(found, zones).key}" if is_local else ""
    return f"{found.name}{kind}{zone}:{value}"


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


def _categories(component: Component) -> Iterator[str]:
    for found in component.find_all("CATEGORIES"):
        names = (name.strip() for name in split_on_unescaped_comma(found.value))
        yield from filter(None, names)


def _people(component: Component, name: str) -> Iterator[IcsPerson]:
    for found in component.find_all(name):
        scheme, _, address = found.value.strip().partition(":")
        email = address if scheme.lower() == "mailto" else found.parameters.get("EMAIL", "")
        if email:
            yield IcsPerson(
                email=email.strip().lower(),
                name=found.parameters.get("CN", ""),
                response=_RESPONSES.get(
                    found.parameters.get("PARTSTAT", "").upper(), "needsAction"
                ),
                optional=found.parameters.get("ROLE", "").upper() == "OPT-PARTICIPANT",
            )


def _alarm_minutes(component: Component, span: _Span) -> Iterator[int]:
    """An alarm that cannot be read or that rings after the start is left out: the event counts."""
    for alarm in component.children:
        trigger = alarm.find("TRIGGER") if alarm.name == "VALARM" else None
        if trigger is None:
            continue
        try:
            before = _read_lead(trigger, span)
        except (ValueError, OverflowError):
            continue
        if before >= timedelta(0):
            yield int(before.total_seconds()) // 60


def _read_lead(trigger: Property, span: _Span) -> timedelta:
    if trigger.value.strip()[:1].isdigit():
        return span.start_at - parse_moment(trigger.value).at.replace(tzinfo=UTC)
    offset = _read_duration(trigger.value)
    is_from_end = trigger.parameters.get("RELATED", "").upper() == "END"
    return -offset - (span.end_at - span.start_at if is_from_end else timedelta(0))


def _read_duration(text: str) -> timedelta:
    try:
        return vDuration.from_ical(text.strip().upper())  # type: ignore[no-untyped-call,no-any-return]
    except (ValueError, OverflowError) as error:
        raise InvalidRecurrence(
            "duration_unreadable", f"“{text[:40]}” is not a duration."
        ) from error
