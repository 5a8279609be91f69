"""An iCalendar file (RFC 5545), as Google, Outlook, Apple and Thunderbird export it, into events.

Pure: bytes in, values out. One event that cannot be read is refused with its reason and the rest
is read; only what is no calendar at all raises IcsError. icalendar reads the values and knows
Windows' zones; the lines are read here, because it builds the whole file in memory, spends most
of its time on properties that we do not keep, and remembers a file's own VTIMEZONE under its
name for the files that come after.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from calendars.content_lines import Component, read_components
from calendars.ics.events import IcsEvent, RefusedEvent, read_event, read_text, read_uid
from calendars.ics.time_zones import TimeZones
from calendars.recurrence import InvalidRecurrence
from calendars.recurrence.rules import Moment, parse_moment
from calendars.timezones import UnknownTimeZone, find_time_zone, to_utc

MAX_BYTES = 50 * 1024 * 1024

_FRAME = ("VCALENDAR", "VTIMEZONE")
_SUPERSEDED = "The file holds a later revision of it."


class IcsError(ValueError):
    """The file as a whole is no calendar. `code` is stable; `message` is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """What is not read: the unfolded line it begins at, how people know it, and why."""

    line: int
    uid: str
    summary: str
    reason: str


@dataclass(frozen=True, slots=True)
class IcsCalendar:
    """What a file holds. `ignored` counts the components that are no events, by their names."""

    name: str
    time_zone: str
    events: list[IcsEvent]
    refused: list[RefusedEntry]
    ignored: Counter[str]


@dataclass(slots=True)
class _Entry:
    """An event, the revision it is (RFC 5546 section 2.1.5: SEQUENCE, then DTSTAMP), and the
    date in its RECURRENCE-ID."""

    event: IcsEvent
    line: int
    revision: tuple[int, str]
    identity: Moment | None


@dataclass(slots=True)
class _Contents:
    entries: dict[tuple[str, datetime | None], _Entry] = field(default_factory=dict)
    refused: list[RefusedEntry] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    def keep_newest(self, entry: _Entry) -> None:
        key = entry.event.uid, entry.event.recurrence_id
        other = self.entries.get(key, entry)
        newer, older = (entry, other) if entry.revision >= other.revision else (other, entry)
        self.entries[key] = newer
        if newer is not older:
            event = older.event
            self.refused.append(RefusedEntry(older.line, event.uid, event.summary, _SUPERSEDED))


def read_calendar(data: bytes, *, default_time_zone: str = "UTC") -> IcsCalendar:
    """Reads a file of at most MAX_BYTES. Times without a zone are in the calendar's own
    (X-WR-TIMEZONE) or else in `default_time_zone`. Of two entries for one instance the later
    revision is read and the other refused. Raises IcsError."""
    _check_size(data)
    frame = [component for component in read_components(data) if component.name in _FRAME]
    _check_is_calendar(frame, data)
    zones = TimeZones(frame, _calendar_zone(frame, default_time_zone))
    contents = _Contents()
    for component in read_components(data):
        if component.name == "VEVENT":
            _take_event(component, zones, contents)
        elif component.name not in _FRAME:
            contents.ignored[component.name] += 1
    names = (read_text(each, name) for each in frame for name in ("X-WR-CALNAME", "NAME"))
    return IcsCalendar(
        name=next(filter(None, names), ""),
        time_zone=zones.default.key,
        events=_events(contents.entries.values()),
        refused=contents.refused,
        ignored=contents.ignored,
    )


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        megabytes = MAX_BYTES // 1024**2
        raise IcsError("too_large", f"The file is larger than {megabytes} MB. Export a part of it.")
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


def _calendar_zone(frame: list[Component], default: str) -> ZoneInfo:
    names = [calendar.text("X-WR-TIMEZONE") for calendar in frame]
    for name in filter(None, names):
        try:
            return find_time_zone(name)
        except UnknownTimeZone:
            continue
    return find_time_zone(default)


def _take_event(component: Component, zones: TimeZones, contents: _Contents) -> None:
    try:
        event = read_event(component, zones)
    except (RefusedEvent, InvalidRecurrence, UnknownTimeZone) as error:
        contents.refused.append(_refuse(component, str(error)))
        return
    except (ValueError, OverflowError):
        contents.refused.append(_refuse(component, "A value in it cannot be read."))
        return
    found = component.find("RECURRENCE-ID")
    identity = parse_moment(found.value) if found else None
    stamp = component.text("DTSTAMP") or component.text("LAST-MODIFIED")
    contents.keep_newest(_Entry(event, component.line, (event.sequence, stamp), identity))
    if found and "RANGE" in found.parameters:
        contents.refused.append(
            _refuse(component, "Its change is read for one date alone (RANGE).")
        )


def _refuse(component: Component, reason: str) -> RefusedEntry:
    return RefusedEntry(
        component.line, read_uid(component), read_text(component, "SUMMARY"), reason
    )


def _events(entries: Collection[_Entry]) -> list[IcsEvent]:
    masters = {entry.event.uid: entry.event for entry in entries if entry.identity is None}
    return [_named_as_its_master(entry, masters.get(entry.event.uid)) for entry in entries]


def _named_as_its_master(entry: _Entry, master: IcsEvent | None) -> IcsEvent:
    """An exporter may name the instance of a timed series by its date alone, and that of an
    all-day series by its midnight. It is the instance of that date."""
    if entry.identity is None or master is None:
        return entry.event
    on = entry.identity.at.date()
    if master.all_day:
        return replace(entry.event, recurrence_id=datetime.combine(on, time(), UTC))
    if entry.identity.form != "date":
        return entry.event
    zone = ZoneInfo(master.time_zone)
    local_time = master.start_at.astimezone(zone).time()
    return replace(entry.event, recurrence_id=to_utc(datetime.combine(on, local_time), zone))
