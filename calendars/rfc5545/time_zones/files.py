"""The time zones of an iCalendar file: resolve each TZID.

The VTIMEZONE of the file defines its TZID (RFC 5545 section 3.2.19), whatever the name means
elsewhere. If an IANA zone gives the same times, the event uses that zone; otherwise the definition
is stored with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import ChainMap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

from calendars.rfc5545.content_lines import Component
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.time_zones.definitions import (
    Definition,
    definition_text,
    offset_text,
    parse_definition,
)
from calendars.rfc5545.time_zones.names import UnknownTimeZone, find_time_zone, offset_named

# The two years in which a definition is compared with IANA's zones, monthly and at each change.
_FROM, _TO = datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
# The years in which a definition is compared with one zone; later years follow the last rules.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
_WEEK, _DAY, _SECOND = timedelta(weeks=1), timedelta(days=1), timedelta(seconds=1)
_MARGIN = timedelta(days=8)  # compare one moment per week
_LONGEST_NAME = 64
# A file has one or two zones of its own; comparing thousands would only cost time.
_MAX_OWN_ZONES = 100


@dataclass(frozen=True, slots=True)
class Twin:
    """An IANA zone similar to a definition; `apart` are moments at which they differ, in order, at
    least one per differing week."""

    zone: ZoneInfo
    apart: tuple[datetime, ...]

    def agrees(self, first: datetime, last: datetime) -> bool:
        place = bisect_left(self.apart, max(first, _FIRST) - _MARGIN)
        return place == len(self.apart) or self.apart[place] > last + _MARGIN


@dataclass(frozen=True, slots=True)
class FileZone:
    """The meaning of a TZID in a file. `definition` is "" for an IANA zone."""

    zone: ZoneInfo
    name: str
    definition: str = ""
    twins: tuple[Twin, ...] = ()

    @property
    def name_now(self) -> str:
        """Return the IANA zone that gives the same times from now on, or ""."""
        name, definition = self.kept_as(_FROM, None)
        return "" if definition else name

    def kept_as(self, first: datetime, last: datetime | None) -> tuple[str, str]:
        """Return the name and definition to store with an event from `first` to `last` (None for no
        end)."""
        for twin in self.twins:
            if twin.agrees(first, last or _LAST):
                return twin.zone.key, ""
        return self.name, self.definition


def iana_zone(name: str) -> FileZone:
    """Return the IANA zone. Raises UnknownTimeZone."""
    zone = find_time_zone(name)
    return FileZone(zone, zone.key)


def by_tzid(components: Iterable[Component]) -> dict[str, Component]:
    return {_key(each.text("TZID")): each for each in components}


class TimeZones:
    """The zones of one VCALENDAR by TZID. `own` are its VTIMEZONEs, `others` those of the whole
    file, for a calendar without its own: a file may have thousands of calendars."""

    def __init__(
        self, own: Iterable[Component], default: FileZone, others: dict[str, Component]
    ) -> None:
        self.default = default
        self._components = ChainMap(by_tzid(own), others)
        self._found: dict[str, FileZone | None] = {}
        self._own_zones = 0

    def find(self, tzid: str) -> FileZone:
        """Return the zone of a TZID. Raises UnknownTimeZone if nothing defines it."""
        if tzid not in self._found:
            self._found[tzid] = self._read(tzid)
        zone = self._found[tzid]
        if zone is None:
            raise UnknownTimeZone(tzid)
        return zone

    def _read(self, tzid: str) -> FileZone | None:
        component = self._components.get(_key(tzid))
        known = _by_name(tzid, component.text("X-LIC-LOCATION") if component else "")
        definition = self._definition(component) if component else None
        if definition is not None:
            return _own_zone(tzid, definition, known)
        return FileZone(known, known.key) if known else _offset_zone(tzid)

    def _definition(self, component: Component) -> Definition | None:
        if self._own_zones == _MAX_OWN_ZONES:
            return None
        self._own_zones += 1
        try:
            return parse_definition(definition_text(component))
        except (InvalidRecurrence, OverflowError):
            return None


def _key(tzid: str) -> str:
    return tzid.strip().strip('"').casefold()


def _by_name(*names: str) -> ZoneInfo | None:
    for name in filter(None, names):
        try:
            return find_time_zone(name)
        except UnknownTimeZone:
            continue
    return None


def _offset_zone(tzid: str) -> FileZone | None:
    """Return the zone of a name such as "GMT+05:30", which isn't an IANA zone."""
    offset = offset_named(tzid)
    if offset is None:
        return None
    standard = Component("STANDARD", 0)
    text = offset_text(offset)
    lines = ("DTSTART:19000101T000000", f"TZOFFSETFROM:{text}", f"TZOFFSETTO:{text}")
    definition = "\n".join(
        ["BEGIN:VTIMEZONE", f"BEGIN:{standard.name}", *lines, "END:STANDARD", "END:VTIMEZONE"]
    )
    return _own_zone(tzid, parse_definition(definition), None)


def _own_zone(tzid: str, definition: Definition, known: ZoneInfo | None) -> FileZone:
    """Return the IANA zone of the definition's name if the definition lists only some of its
    changes. khal writes those of the years of an event, an hour late, although the series
    continues."""
    if known is not None and _is_part_of(definition, known):
        return FileZone(known, known.key)
    like = _zone_like(definition)
    keys = dict.fromkeys(zone.key for zone in (known, like) if zone is not None)
    twins = tuple(_twin(definition.text, key) for key in keys)
    name = tzid.strip().strip('"')[:_LONGEST_NAME]
    return FileZone(definition.zone, name, definition.text, twins)


def _is_part_of(definition: Definition, zone: ZoneInfo) -> bool:
    if definition.is_open:
        twin = _twin(definition.text, zone.key)
        return twin.agrees(definition.onsets[0].at + _MARGIN, _LAST)
    changes = [onset.at for onset in definition.onsets]
    moments = [at + (after - at) // 2 for at, after in pairwise(changes)]
    moments += [at + _DAY for at in changes]
    return all(_offset(at, definition.zone) == _offset(at, zone) for at in moments)


@lru_cache(maxsize=256)
def _twin(text: str, key: str) -> Twin:
    definition, zone = parse_definition(text), ZoneInfo(key)
    moments = {_FIRST + number * _WEEK for number in range((_LAST - _FIRST) // _WEEK + 1)}
    for onset in definition.onsets:
        moments |= {onset.at, onset.at - _SECOND}
    own = definition.zone
    return Twin(
        zone,
        tuple(
            moment
            for moment in sorted(moments)
            if _FIRST <= moment <= _LAST and _offset(moment, own) != _offset(moment, zone)
        ),
    )


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _zone_like(definition: Definition) -> ZoneInfo | None:
    """Return the zone with the same offsets as the definition: over the next two years, or over the
    changes that it lists."""
    moments = list(_moments(definition))
    offsets = {moment: _offset(moment, definition.zone) for moment in moments}
    return next((zone for zone in _zones_of_now() if _agrees(zone, offsets)), None)


def _moments(definition: Definition) -> Iterator[datetime]:
    changes = [onset.at for onset in definition.onsets]
    first, last = (_FROM, _TO) if definition.is_open else (changes[0], changes[-1])
    for number in range(min((last - first) // (30 * _DAY), 1_000)):
        yield first + number * 30 * _DAY
    for at in changes:
        if first <= at <= last:
            yield from (at, at - _SECOND)


def _agrees(zone: ZoneInfo, offsets: dict[datetime, timedelta | None]) -> bool:
    return all(_offset(moment, zone) == offset for moment, offset in offsets.items())


@lru_cache(maxsize=1)
def _zones_of_now() -> list[ZoneInfo]:
    """Return the most populous zone of each set that agrees from now on (tzdata's zonenow.tab).
    Zones with named time come first, because they are better known."""
    table = resources.files("tzdata.zoneinfo").joinpath("zonenow.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    zones = [ZoneInfo(row[2]) for row in rows]
    return sorted(zones, key=lambda zone: not (_FROM.astimezone(zone).tzname() or "").isalpha())
