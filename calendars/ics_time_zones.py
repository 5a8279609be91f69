"""The time zones of an iCalendar file: what each TZID of it is called by IANA.

A TZID may be an IANA name, a Windows name, or a name of the file's own whose VTIMEZONE says what
it means (Outlook's "Customized Time Zone"). The last is compared with the zones there are.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.content_lines import Component
from calendars.recurrence_rules import InvalidRecurrence, Rule, parse_moment, parse_rule
from calendars.recurrence_starts import local_starts
from calendars.timezones import UnknownTimeZone, find_time_zone

_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
# Two years in which a VTIMEZONE and a zone of IANA's are laid side by side, twice a month.
_SAMPLES = tuple(
    datetime(2027 + month // 12, month % 12 + 1, day, 12, tzinfo=UTC)
    for month in range(24)
    for day in (1, 15)
)


class _Onset(NamedTuple):
    """A STANDARD or DAYLIGHT: from when an offset holds, in the local time before it."""

    start: datetime
    rules: tuple[Rule, ...]
    from_offset: timedelta
    to_offset: timedelta


class TimeZones:
    """The zones of one file by TZID. Raises UnknownTimeZone for one that nothing explains."""

    def __init__(self, components: Iterable[Component], default: ZoneInfo) -> None:
        self.default = default
        self._components = {
            component.text("TZID").strip('"'): component
            for component in components
            if component.name == "VTIMEZONE"
        }
        self._found: dict[str, ZoneInfo] = {}

    def find(self, tzid: str) -> ZoneInfo:
        if tzid not in self._found:
            self._found[tzid] = self._look_for(tzid)
        return self._found[tzid]

    def _look_for(self, tzid: str) -> ZoneInfo:
        component = self._components.get(tzid)
        names = (tzid, component.text("X-LIC-LOCATION") if component else "")
        for name in filter(None, names):
            try:
                return find_time_zone(name)
            except UnknownTimeZone:
                continue
        zone = _zone_like(component) if component else None
        if zone is None:
            raise UnknownTimeZone(tzid)
        return zone


def _zone_like(component: Component) -> ZoneInfo | None:
    try:
        onsets = tuple(_read_onset(child) for child in component.children)
        offsets = tuple(_offset_at(onsets, moment) for moment in _SAMPLES) if onsets else ()
    except (InvalidRecurrence, OverflowError):
        return None
    return _zones_by_offsets().get(offsets)


def _read_onset(child: Component) -> _Onset:
    return _Onset(
        parse_moment(child.text("DTSTART")).at,
        tuple(parse_rule(rule.value) for rule in child.find_all("RRULE")),
        _read_offset(child.text("TZOFFSETFROM")),
        _read_offset(child.text("TZOFFSETTO")),
    )


def _read_offset(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise InvalidRecurrence("offset_unreadable", f"“{text[:20]}” is not an offset from UTC.")
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if match[1] == "-" else offset


def _offset_at(onsets: tuple[_Onset, ...], moment: datetime) -> timedelta:
    """The offset of the onset that is the last before a moment."""
    latest = max((_last_start(onset, moment), onset.to_offset) for onset in onsets)
    return latest[1]


def _last_start(onset: _Onset, moment: datetime) -> datetime:
    local = moment.replace(tzinfo=None) + onset.from_offset
    starts = [onset.start] if onset.start <= local else [datetime.min]  # noqa: DTZ901
    for rule in onset.rules:
        # An onset comes round within a year.
        first = local - timedelta(days=370)
        until = rule.until.at if rule.until else local
        starts += [
            start
            for start in local_starts(rule, onset.start, first=first, last=local)
            if start <= until
        ]
    return max(starts)


@lru_cache(maxsize=1)
def _zones_by_offsets() -> dict[tuple[timedelta | None, ...], ZoneInfo]:
    """The most populous zone of each set that agrees from now on, by its offsets at the samples:
    tzdata's zonenow.tab. Where two still agree, the one whose time has a name comes first."""
    table = resources.files("tzdata.zoneinfo").joinpath("zonenow.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    listed = [ZoneInfo(row[2]) for row in rows]
    listed.sort(key=lambda zone: not (_SAMPLES[0].astimezone(zone).tzname() or "").isalpha())
    zones: dict[tuple[timedelta | None, ...], ZoneInfo] = {}
    for zone in listed:
        zones.setdefault(tuple(moment.astimezone(zone).utcoffset() for moment in _SAMPLES), zone)
    return zones
