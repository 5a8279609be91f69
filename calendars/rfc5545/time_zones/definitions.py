"""Time zones that a calendar file defines itself (RFC 5545 section 3.6.5).

Such a definition is stored as the text of its VTIMEZONE without the TZID, with each event whose
times no IANA zone has. It's converted to a ZoneInfo through IANA's compiled format (RFC 9636), so
that it can be used wherever a zone is expected.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.rfc5545.content_lines import Component, Property, parse_property
from calendars.rfc5545.recurrence.rules import (
    Frequency,
    InvalidRecurrence,
    Moment,
    parse_moment,
    parse_rule,
)
from calendars.rfc5545.recurrence.starts import local_starts
from calendars.rfc5545.time_zones.names import UnknownTimeZone, find_time_zone

MAX_LENGTH = 20_000
# Before and after these, the first and the last offset apply.
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MAX_ONSETS = 2_000
# More rules than any zone ever had. Each one is searched over centuries when the zone is read, also
# on pages.
_MAX_RULES = 60
_FREQUENCIES = (Frequency.YEARLY, Frequency.MONTHLY)
_MAX_KINDS = 255  # each has a one-byte index
_OFFSET = re.compile(r"([+-]?)(\d{2}):?(\d{2}):?(\d{2})?")
_DAY = timedelta(days=1)
_EARLIEST, _LATEST = datetime(1583, 1, 1), datetime(9997, 1, 1)  # noqa: DTZ001
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Onset(NamedTuple):
    """From `at` on, `offset` applies; before it, `before`."""

    at: datetime
    offset: timedelta
    before: timedelta
    is_daylight: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """A zone as defined by its text. `is_open` is True if it defines what applies after its last
    onset: by a rule without end, or because it never changes. A list of past onsets isn't open."""

    text: str
    onsets: tuple[Onset, ...]
    is_open: bool
    zone: ZoneInfo


class _Observance(NamedTuple):
    """A STANDARD or DAYLIGHT component."""

    name: str
    start: datetime
    before: timedelta
    offset: timedelta
    rules: tuple[str, ...]
    dates: tuple[datetime, ...]
    label: str


def event_zone(name: str, definition: str) -> ZoneInfo:
    """Return the zone of an event: its own definition if it has one. Raises InvalidRecurrence."""
    if definition:
        return parse_definition(definition).zone
    try:
        return find_time_zone(name)
    except UnknownTimeZone as error:
        raise InvalidRecurrence("time_zone_unknown", str(error)) from error


@lru_cache(maxsize=256)
def parse_definition(text: str) -> Definition:
    """Parse what `definition_text` wrote. Raises InvalidRecurrence."""
    component = Component("VTIMEZONE", 0)
    for line in text.split("\n"):
        found = parse_property(line)
        if found is None:
            raise InvalidRecurrence("definition_unreadable", "The time zone can't be read.")
        if found.name == "BEGIN" and found.value != "VTIMEZONE":
            component.children.append(Component(found.value, 0))
        elif component.children and found.name != "END":
            component.children[-1].properties.append(found)
    observances = list(_observances(component))
    if sum(len(each.rules) for each in observances) > _MAX_RULES:
        raise InvalidRecurrence("definition_unreadable", "The time zone changes too often.")
    onsets = sorted(onset for each in observances for onset in _onsets(each))
    if not onsets:
        raise InvalidRecurrence("definition_unreadable", "The time zone has no offset.")
    is_open = any(_has_open_rule(each) for each in observances)
    is_open = is_open or len({onset.offset for onset in onsets}) == 1
    return Definition(text, tuple(onsets), is_open, _zone_of(onsets))


def definition_text(component: Component) -> str:
    """Return the text to store for a VTIMEZONE: only the required parts, corrected; "" if nothing
    is readable."""
    lines = ["BEGIN:VTIMEZONE"]
    for each in _observances(component):
        lines += _lines_of(each)
    text = "\n".join([*lines, "END:VTIMEZONE"])
    return text if len(lines) > 1 and len(text) <= MAX_LENGTH else ""


def offset_text(offset: timedelta) -> str:
    """Return `+0100`, with seconds if there are any."""
    seconds = abs(int(offset.total_seconds()))
    sign = "-" if offset < timedelta(0) else "+"
    text = f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return f"{text}{seconds % 60:02}" if seconds % 60 else text


def parse_offset(text: str) -> timedelta | None:
    """Return the offset from UTC, or None if it's invalid."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if offset >= _DAY:
        return None
    return -offset if match[1] == "-" else offset


def _observances(component: Component) -> Iterator[_Observance]:
    """Return the readable observances. A missing TZOFFSETFROM is the offset of the other kind."""
    children = [each for each in component.children if each.name in ("STANDARD", "DAYLIGHT")]
    offsets = {each.name: parse_offset(each.text("TZOFFSETTO")) for each in children}
    for child in children:
        offset = parse_offset(child.text("TZOFFSETTO"))
        if offset is None:
            continue
        other = offsets.get("DAYLIGHT" if child.name == "STANDARD" else "STANDARD")
        before = parse_offset(child.text("TZOFFSETFROM"))
        if before is None:
            before = offset if other is None else other
        try:
            start = _local(child.text("DTSTART") or "19700101T000000", before)
            rules = tuple(filter(_is_rule, _values(child, "RRULE")))
            dates = tuple(_dates(child, before))
        except InvalidRecurrence:
            continue
        label = child.text("TZNAME")[:32]
        yield _Observance(child.name, start, before, offset, rules, dates, label)


def _values(child: Component, name: str) -> list[str]:
    return [found.value.strip().upper() for found in child.find_all(name)]


def _is_rule(text: str) -> bool:
    """Whether a rule is kept. Of a daily or faster rule only DTSTART is kept: no clock changes that
    often."""
    try:
        return parse_rule(text).frequency in _FREQUENCIES
    except InvalidRecurrence:
        return False


def _dates(child: Component, before: timedelta) -> Iterator[datetime]:
    for found in child.find_all("RDATE"):
        yield from _dates_of(found, before)


def _dates_of(found: Property, before: timedelta) -> Iterator[datetime]:
    for value in filter(None, found.value.split(",")):
        yield _local(value.partition("/")[0], before)


def _local(text: str, before: timedelta) -> datetime:
    """Return the onset in the local time before it; some files use UTC."""
    moment = parse_moment(text)
    local = min(max(moment.at, _EARLIEST), _LATEST)
    return local + before if moment.form == "utc" else local


def _lines_of(each: _Observance) -> Iterator[str]:
    yield f"BEGIN:{each.name}"
    yield f"DTSTART:{_written(each.start)}"
    yield f"TZOFFSETFROM:{offset_text(each.before)}"
    yield f"TZOFFSETTO:{offset_text(each.offset)}"
    yield from (f"RRULE:{rule}" for rule in each.rules)
    if each.dates:
        yield "RDATE:" + ",".join(map(_written, each.dates))
    if each.label:
        yield f"TZNAME:{each.label}"
    yield f"END:{each.name}"


def _written(local: datetime) -> str:
    return f"{local.year:04}{local:%m%dT%H%M%S}"


def _has_open_rule(each: _Observance) -> bool:
    rules = map(parse_rule, each.rules)
    return any(rule.until is None and rule.count is None for rule in rules)


def _onsets(each: _Observance) -> Iterator[Onset]:
    starts = [each.start, *each.dates]
    for text in each.rules:
        rule = parse_rule(text)
        first, last = FIRST.replace(tzinfo=None) - 400 * _DAY, LAST.replace(tzinfo=None)
        found = local_starts(rule, each.start, first=first, last=last)
        starts += (at for at in islice(found, _MAX_ONSETS) if not _is_past(rule.until, at, each))
    for local in starts:
        at = (local - each.before).replace(tzinfo=UTC)
        yield Onset(at, each.offset, each.before, each.name == "DAYLIGHT")


def _is_past(until: Moment | None, local: datetime, each: _Observance) -> bool:
    """Whether the onset is after UNTIL, which is in UTC in a VTIMEZONE; some files use local time
    or a date."""
    if until is None:
        return False
    if until.form == "date":
        return local.date() > until.at.date()
    return (local - each.before if until.form == "utc" else local) > until.at


def _zone_of(onsets: Sequence[Onset]) -> ZoneInfo:
    early = [onset for onset in onsets if onset.at <= FIRST]
    first = early[-1].offset if early else onsets[0].before
    return ZoneInfo.from_file(io.BytesIO(_compiled(first, onsets[len(early) :])))


def _compiled(first: timedelta, onsets: Sequence[Onset]) -> bytes:
    """Return a version 2 file (RFC 9636 section 3): an empty version 1 block, the transitions in 64
    bits, and no rule for the time after them."""
    kinds = {(first, False): 0}
    for onset in onsets:
        kinds.setdefault((onset.offset, onset.is_daylight), len(kinds))
    if len(kinds) > _MAX_KINDS:
        raise InvalidRecurrence("definition_unreadable", "The time zone has too many offsets.")
    types = b"".join(
        struct.pack(">lBB", int(offset.total_seconds()), is_daylight, 0)
        for offset, is_daylight in kinds
    )
    moments = [int((onset.at - _EPOCH).total_seconds()) for onset in onsets]
    places = bytes(kinds[onset.offset, onset.is_daylight] for onset in onsets)
    times = struct.pack(f">{len(onsets)}q", *moments)
    return b"".join(
        [
            *(_header(0, 1), struct.pack(">lBB", 0, 0, 0), b"\0"),
            *(_header(len(onsets), len(kinds)), times, places, types, b"\0", b"\n\n"),
        ]
    )


def _header(onsets: int, types: int) -> bytes:
    return b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, onsets, types, 1)
