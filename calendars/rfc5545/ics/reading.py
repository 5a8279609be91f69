"""Read an iCalendar file (RFC 5545), as exported by Google, Outlook, Apple and Thunderbird, into
events.

Pure: bytes in, values out. An unreadable part is left out of its event, and an event with
unreadable times is refused, both with line and reason; the rest is read. Only a file that isn't a
calendar raises IcsError. The icalendar package provides Windows' time zones; the lines are parsed
here, because icalendar builds the whole file in memory, spends most of its time on properties that
Daybook doesn't keep, and remembers a file's VTIMEZONE by name for later files.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from calendars.rfc5545.content_lines import Component, physical_lines, read_components
from calendars.rfc5545.ics.events import IcsEvent, read_event, read_text, read_uid
from calendars.rfc5545.ics.times import Identity, Losses, RefusedEvent, in_utc, read_identity
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.time_zones.files import FileZone, TimeZones, by_tzid, iana_zone
from calendars.rfc5545.time_zones.names import UnknownTimeZone, to_utc

MAX_BYTES = 50 * 1024 * 1024

_FRAME = ("VCALENDAR", "VTIMEZONE")
_SUPERSEDED = "The file contains a later revision of this event."


class IcsError(ValueError):
    """The file isn't a calendar. `code` is stable; `message` is for users."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A component that wasn't read: its first line in the file, its title, and the reason."""

    line: int
    uid: str
    summary: str
    reason: str


@dataclass(frozen=True, slots=True)
class IcsCalendar:
    """The content of a file. `ignored` counts the components that aren't events, by name."""

    name: str
    time_zone: str
    events: list[IcsEvent]
    refused: list[RefusedEntry]
    ignored: Counter[str]


@dataclass(slots=True)
class _Entry:
    """An event, its revision (RFC 5546 section 2.1.5: SEQUENCE, then DTSTAMP), and its
    RECURRENCE-ID."""

    event: IcsEvent
    line: int
    revision: tuple[int, str]
    identity: Identity | None
    default: ZoneInfo


@dataclass(slots=True)
class _Contents:
    entries: list[_Entry] = field(default_factory=list)
    refused: list[RefusedEntry] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


def read_calendar(data: bytes, *, default_time_zone: str = "UTC") -> IcsCalendar:
    """Read a file of at most MAX_BYTES.

    Times without a zone are in the calendar's zone (X-WR-TIMEZONE) or else in `default_time_zone`.
    Of two entries for one instance the later revision is read and the other refused. Raises
    IcsError.
    """
    _check_size(data)
    frame = [each for each in read_components(data, only=_FRAME) if each.name in _FRAME]
    _check_is_calendar(frame, data)
    zones = _zones_by_calendar(frame, iana_zone(default_time_zone))
    contents = _Contents()
    for component in read_components(data):
        if component.name == "VEVENT":
            _take_event(component, zones[_calendar_line(component)], contents)
        elif component.name not in _FRAME:
            contents.ignored[component.name] += 1
    names = (read_text(each, name) for each in frame for name in ("X-WR-CALNAME", "NAME"))
    events = list(_newest(_identified(contents.entries), contents))
    lines = physical_lines(data, _lines(events, contents.refused))
    return IcsCalendar(
        name=next(filter(None, names), ""),
        time_zone=_name_of_default(zones, default_time_zone),
        events=[_at_lines(event, lines) for event in events],
        refused=[replace(each, line=lines[each.line]) for each in contents.refused],
        ignored=contents.ignored,
    )


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        megabytes = MAX_BYTES // 1024**2
        raise IcsError(
            "too_large", f"The file is larger than {megabytes} MB. Export a shorter period."
        )
    if not data.strip():
        raise IcsError("empty", "The file is empty.")


def _check_is_calendar(frame: list[Component], data: bytes) -> None:
    if any(component.name == "VCALENDAR" for component in frame):
        return
    if data.lstrip()[:1] == b"<":
        raise IcsError(
            "web_page", "This is a web page, not a calendar. Download the .ics file itself."
        )
    raise IcsError("not_a_calendar", "This is not an iCalendar (.ics) file.")


def _calendar_line(component: Component) -> int:
    """Return the line of the VCALENDAR that contains the component."""
    return component.line if component.parent is None else component.parent.line


def _zones_by_calendar(frame: list[Component], default: FileZone) -> dict[int, TimeZones]:
    """Return the zones of each VCALENDAR: a TZID refers to the VTIMEZONE of its own VCALENDAR."""
    definitions = [each for each in frame if each.name == "VTIMEZONE"]
    own = defaultdict(list)
    for each in definitions:
        own[_calendar_line(each)].append(each)
    others = by_tzid(definitions)
    return {
        calendar.line: _zones_of(calendar, TimeZones(own[calendar.line], default, others))
        for calendar in frame
        if calendar.name == "VCALENDAR"
    }


def _zones_of(calendar: Component, zones: TimeZones) -> TimeZones:
    """Return the zones with the calendar's default."""
    for found in calendar.find_all("X-WR-TIMEZONE"):
        try:
            zones.default = zones.find(found.value.strip())
        except UnknownTimeZone:
            continue
        break
    return zones


def _name_of_default(zones: dict[int, TimeZones], default: str) -> str:
    """Return the IANA name of the calendar's zone, in which its days are shown."""
    names = (each.default.name_now for each in zones.values())
    return next((name for name in names if name not in ("", default)), default)


def _take_event(component: Component, zones: TimeZones, contents: _Contents) -> None:
    lost = Losses()
    try:
        identity = read_identity(component, zones, lost)
        event = read_event(component, zones, lost)
    except (RefusedEvent, InvalidRecurrence, UnknownTimeZone) as error:
        contents.refused.append(_refuse(component, str(error)))
        return
    except (ValueError, OverflowError):
        contents.refused.append(_refuse(component, "A value of this component can't be read."))
        return
    if lost:
        event = replace(event, lost=tuple(lost))
    stamp = component.text("DTSTAMP") or component.text("LAST-MODIFIED")
    revision = (event.sequence, stamp)
    default = zones.default.zone
    contents.entries.append(_Entry(event, component.line, revision, identity, default))
    found = component.find("RECURRENCE-ID")
    if found and "RANGE" in found.parameters:
        contents.refused.append(
            _refuse(component, "The change was applied to one date only (RANGE isn't supported).")
        )


def _refuse(component: Component, reason: str) -> RefusedEntry:
    return RefusedEntry(
        component.line, read_uid(component), read_text(component, "SUMMARY"), reason
    )


def _identified(entries: list[_Entry]) -> Iterator[_Entry]:
    """Resolve the instance of each entry with the help of its series."""
    masters: dict[str, _Entry] = {}
    for entry in entries:
        other = masters.get(entry.event.uid, entry)
        if entry.identity is None and entry.revision >= other.revision:
            masters[entry.event.uid] = entry
    for entry in entries:
        if entry.identity is not None:
            master = masters.get(entry.event.uid)
            entry.event = _with_identity(entry, entry.identity, master.event if master else None)
        yield entry


def _with_identity(entry: _Entry, identity: Identity, master: IcsEvent | None) -> IcsEvent:
    """Resolve the instance of an exception. An exporter may name the instance of a timed series by
    its date, and that of an all-day series by its midnight: it's the instance on that date. A local
    time without a TZID is in the zone of the series."""
    moment = identity.moment
    of_dates = master.all_day if master else moment.form == "date"
    if of_dates:
        on = identity.date_in(entry.default)
        return replace(entry.event, recurrence_id=datetime.combine(on, time(), UTC), of_dates=True)
    series = master or entry.event
    own = entry.default if series.all_day else series.zone
    if moment.form == "date":
        local_time = series.start_at.astimezone(own).time()
        at = to_utc(datetime.combine(moment.at.date(), local_time), own)
    else:
        at = in_utc(moment, identity.zone or own)
    return replace(entry.event, recurrence_id=at)


def _newest(entries: Iterable[_Entry], contents: _Contents) -> Iterator[IcsEvent]:
    kept: dict[tuple[str, datetime | None], _Entry] = {}
    for entry in entries:
        key = entry.event.uid, entry.event.recurrence_id
        other = kept.get(key, entry)
        newer, older = (entry, other) if entry.revision >= other.revision else (other, entry)
        kept[key] = newer
        if newer is not older:
            event = older.event
            contents.refused.append(RefusedEntry(older.line, event.uid, event.summary, _SUPERSEDED))
    return (entry.event for entry in kept.values())


def _lines(events: list[IcsEvent], refused: list[RefusedEntry]) -> Iterator[int]:
    yield from (each.line for each in refused)
    yield from (part.line for event in events for part in event.lost)


def _at_lines(event: IcsEvent, lines: dict[int, int]) -> IcsEvent:
    if not event.lost:
        return event
    parts = tuple(part._replace(line=lines[part.line]) for part in event.lost)
    return replace(event, lost=parts)
