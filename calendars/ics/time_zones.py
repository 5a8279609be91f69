"""The time zones of an iCalendar file: what each TZID of it is called by IANA.

A TZID may be an IANA name, a Windows name, or a name of the file's own whose VTIMEZONE says what
it means (Outlook's "Customized Time Zone"). The last is compared with the zones there are.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.content_lines import Component
from calendars.recurrence.rules import InvalidRecurrence, parse_moment, parse_rule
from calendars.recurrence.starts import local_starts
from calendars.timezones import UnknownTimeZone, find_time_zone

_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
# Two years in which a VTIMEZONE and a zone of IANA's are laid side by side, each month and at
# each change. A file has a zone of its own or two; to look up thousands would only cost time.
_FROM, _TO = datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
_SAMPLES = tuple(
    _FROM.replace(year=2027 + month // 12, month=month % 12 + 1, day=15) for month in range(24)
)
_LONG_AGO = datetime(1900, 1, 1)  # noqa: DTZ001
_MAX_OWN_ZONES = 50
_MAX_CHANGES = 100


class _Change(NamedTuple):
    """From `at` on, `offset` holds."""

    at: datetime
    offset: timedelta


class TimeZones:
    """The zones of one file by TZID. Raises UnknownTimeZone for one that nothing explains."""

    def __init__(self, components: Iterable[Component], default: ZoneInfo) -> None:
        self.default = default
        self._components = {
            component.text("TZID").strip('"'): component
            for component in components
            if component.name == "VTIMEZONE"
        }
        self._found: dict[str, ZoneInfo | None] = {}
        self._own_zones = 0

    def find(self, tzid: str) -> ZoneInfo:
        if tzid not in self._found:
            self._found[tzid] = self._by_name(tzid) or self._by_clock(tzid)
        zone = self._found[tzid]
        if zone is None:
            raise UnknownTimeZone(tzid)
        return zone

    def _by_name(self, tzid: str) -> ZoneInfo | None:
        component = self._components.get(tzid)
        names = (tzid, component.text("X-LIC-LOCATION") if component else "")
        for name in filter(None, names):
            try:
                return find_time_zone(name)
            except UnknownTimeZone:
                continue
        return None

    def _by_clock(self, tzid: str) -> ZoneInfo | None:
        component = self._components.get(tzid)
        if component is None or self._own_zones == _MAX_OWN_ZONES:
            return None
        self._own_zones += 1
        return _zone_like(component)


def _zone_like(component: Component) -> ZoneInfo | None:
    """The zone whose clock does what the VTIMEZONE says, over two years and at each change."""
    try:
        changes = sorted(change for child in component.children for change in _changes(child))
    except (InvalidRecurrence, OverflowError):
        return None
    moments = [*_SAMPLES, *(change.at for change in changes if change.at >= _FROM)]
    moments += [change.at - timedelta(seconds=1) for change in changes if change.at > _FROM]
    times = [change.at for change in changes]
    if not times or times[0] > min(moments):
        return None
    offsets = {moment: changes[bisect_right(times, moment) - 1].offset for moment in moments}
    return next((zone for zone in _zones_of_now() if _agrees(zone, offsets)), None)


def _agrees(zone: ZoneInfo, offsets: dict[datetime, timedelta]) -> bool:
    return all(moment.astimezone(zone).utcoffset() == offset for moment, offset in offsets.items())


def _changes(child: Component) -> Iterator[_Change]:
    """When a STANDARD or DAYLIGHT sets in: the last time before the two years, and in them. Its
    times are local, by the clock that ran until then."""
    start = parse_moment(child.text("DTSTART")).at
    before, offset = (
        _read_offset(child.text("TZOFFSETFROM")),
        _read_offset(child.text("TZOFFSETTO")),
    )
    first = _FROM.replace(tzinfo=None) - timedelta(days=370)
    starts = [start]
    for found in child.find_all("RRULE"):
        rule = parse_rule(found.value)
        until = rule.until.at if rule.until else _TO.replace(tzinfo=None)
        last = min(until + timedelta(days=1), _TO.replace(tzinfo=None))
        starts += islice(local_starts(rule, start, first=first, last=last), _MAX_CHANGES)
    for local in starts:
        yield _Change((max(local, _LONG_AGO) - before).replace(tzinfo=UTC), offset)


def _read_offset(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise InvalidRecurrence("offset_unreadable", f"“{text[:20]}” is not an offset from UTC.")
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if match[1] == "-" else offset


@lru_cache(maxsize=1)
def _zones_of_now() -> list[ZoneInfo]:
    """The most populous zone of each set that agrees from now on (tzdata's zonenow.tab). Those
    whose time has a name come first: of two that still agree they are the better known."""
    table = resources.files("tzdata.zoneinfo").joinpath("zonenow.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    zones = [ZoneInfo(row[2]) for row in rows]
    return sorted(zones, key=lambda zone: not (_FROM.astimezone(zone).tzname() or "").isalpha())
