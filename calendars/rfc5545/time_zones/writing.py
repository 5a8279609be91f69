"""Write time zones as VTIMEZONE components (RFC 5545 section 3.6.5), for readers that don't know
their names.

The offsets are read from ZoneInfo: yearly changes become a rule without end, earlier changes a list
of dates. icalendar's Timezone.from_tzid only lists dates, up to 2038, and gives onsets in the local
time after the change, where the RFC requires the time before it (TZOFFSETFROM).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.rfc5545.ics.written_lines import raw_line
from calendars.rfc5545.time_zones.definitions import offset_text, parse_definition

_EARLIEST_YEAR = 1900
# IANA's last rules are in effect by then; in 28 years each date has each weekday.
_RULES_FROM, _RULES_TO = 2038, 2066
_LISTED_TO = 2090  # Morocco's changes follow the lunar calendar and are listed up to 2087
_STEP = timedelta(days=7)
_SECOND = timedelta(seconds=1)
_LONG_AGO = datetime(1900, 1, 1)  # noqa: DTZ001
_WEEK_DAYS = 7
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class _Onset(NamedTuple):
    """An onset; `local` is in the local time before it."""

    local: datetime
    before: timedelta
    offset: timedelta
    is_daylight: bool
    label: str

    @property
    def kind(self) -> tuple[timedelta, timedelta, bool, str]:
        return self[1:]


class _Yearly(NamedTuple):
    """A yearly change: its first onset and its rule."""

    first: _Onset
    rule: str


def zone_component(tzid: str, key: str, first_year: int) -> bytes:
    """Return the VTIMEZONE of an IANA zone, valid from the start of `first_year`. Readers differ in
    what they assume before the first onset, so one onset is in the year before."""
    observances = _observances(key, max(first_year - 1, _EARLIEST_YEAR))
    return b"".join([*_framed(tzid, observances)])


def defined_component(tzid: str, definition: str) -> bytes:
    """Return the VTIMEZONE of a zone that a file defined."""
    lines = definition.split("\n")[1:-1]
    # ical.js reads only the first date of a list, so each date gets its own line.
    single = [line for each in lines for line in _one_by_one(each)]
    return b"".join([*_framed(tzid, [*_before_first(definition), *single])])


def _before_first(definition: str) -> Iterator[str]:
    """Return the observance before the first onset, for which readers assume different offsets."""
    first = parse_definition(definition).onsets[0]
    if first.before != first.offset:
        onset = _Onset(_LONG_AGO, first.before, first.before, False, "")
        yield from _lines([onset])


def _one_by_one(line: str) -> list[str]:
    name, _, value = line.partition(":")
    return [f"RDATE:{date}" for date in value.split(",")] if name == "RDATE" else [line]


def _framed(tzid: str, lines: Iterable[str]) -> Iterator[bytes]:
    yield raw_line("BEGIN", "VTIMEZONE")
    yield raw_line("TZID", tzid)
    for line in lines:
        name, _, value = line.partition(":")
        yield raw_line(name, value)
    yield raw_line("END", "VTIMEZONE")


@lru_cache(maxsize=256)
def _observances(key: str, first_year: int) -> tuple[str, ...]:
    zone = ZoneInfo(key)
    yearly, since = _yearly_from(zone, first_year)
    listed_to = since if yearly else _LISTED_TO
    onsets = list(_onsets(zone, first_year, listed_to)) if listed_to > first_year else []
    lines: list[str] = []
    if not yearly or since > first_year:
        onsets.insert(0, _state_at(zone, datetime(first_year, 1, 1, tzinfo=UTC)))
    for _kind, some in groupby(sorted(onsets, key=_by_kind), key=lambda onset: onset.kind):
        lines += _lines(list(some))
    for each in yearly:
        lines += _lines([each.first], each.rule)
    return tuple(lines)


def _by_kind(onset: _Onset) -> tuple[object, ...]:
    return (*onset.kind, onset.local)


def _lines(onsets: list[_Onset], rule: str = "") -> Iterator[str]:
    first, *others = onsets
    name = "DAYLIGHT" if first.is_daylight else "STANDARD"
    yield f"BEGIN:{name}"
    yield f"DTSTART:{first.local:%Y%m%dT%H%M%S}"
    yield f"TZOFFSETFROM:{offset_text(first.before)}"
    yield f"TZOFFSETTO:{offset_text(first.offset)}"
    if rule:
        yield f"RRULE:{rule}"
    for other in others:
        yield f"RDATE:{other.local:%Y%m%dT%H%M%S}"
    if first.label:
        yield f"TZNAME:{first.label}"
    yield f"END:{name}"


def _state_at(zone: ZoneInfo, moment: datetime) -> _Onset:
    """Return the offset at the start of the list, as an onset without a change."""
    local = moment.astimezone(zone)
    offset = local.utcoffset() or timedelta(0)
    naive = local.replace(tzinfo=None)
    return _Onset(naive, offset, offset, bool(local.dst()), local.tzname() or "")


def _onsets(zone: ZoneInfo, first_year: int, end_year: int) -> Iterator[_Onset]:
    """Return the changes of a zone from one year up to another."""
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(end_year, 1, 1, tzinfo=UTC)
    clock = _clock(zone, at)
    while at < end:
        later = min(at + _STEP, end)
        if clock != (clock := _clock(zone, later)):
            yield _onset_at(zone, _change_between(zone, at, later))
        at = later


def _clock(zone: ZoneInfo, moment: datetime) -> tuple[timedelta | None, timedelta | None]:
    local = moment.astimezone(zone)
    return local.utcoffset(), local.dst()


def _change_between(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """Return the second from which the offset differs from the earlier one."""
    was = _clock(zone, early)
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        early, late = (middle, late) if _clock(zone, middle) == was else (early, middle)
    return late


def _onset_at(zone: ZoneInfo, at: datetime) -> _Onset:
    before = (at - _SECOND).astimezone(zone).utcoffset() or timedelta(0)
    after = at.astimezone(zone)
    local = at.replace(tzinfo=None) + before
    offset = after.utcoffset() or timedelta(0)
    return _Onset(local, before, offset, bool(after.dst()), after.tzname() or "")


def _yearly_from(zone: ZoneInfo, first_year: int) -> tuple[list[_Yearly], int]:
    """Return the yearly changes and their first year; nothing for a zone that changes
    irregularly."""
    late = list(_onsets(zone, _RULES_FROM, _RULES_TO))
    groups = [list(some) for _kind, some in groupby(sorted(late, key=_by_kind), _kind_of)]
    rules = [_rule(group) for group in groups]
    if not groups or not all(rules):
        return [], first_year
    early = list(_onsets(zone, first_year, _RULES_FROM))
    since = _RULES_FROM
    while since > first_year and _is_regular(early, since - 1, groups, rules):
        since -= 1
    chosen = early if since < _RULES_FROM else late
    firsts = (_first_of(chosen, since, group[0].kind) for group in groups)
    return [_Yearly(first, rule) for first, rule in zip(firsts, rules, strict=True)], since


def _kind_of(onset: _Onset) -> tuple[timedelta, timedelta, bool, str]:
    return onset.kind


def _first_of(onsets: list[_Onset], year: int, kind: tuple[object, ...]) -> _Onset:
    return next(onset for onset in onsets if onset.local.year == year and onset.kind == kind)


def _rule(onsets: list[_Onset]) -> str:
    """Return the rule of onsets that occur yearly in the same week of a month; "" otherwise."""
    years = [onset.local.year for onset in onsets]
    months = {onset.local.month for onset in onsets}
    times = {(onset.local.weekday(), onset.local.time()) for onset in onsets}
    days = [onset.local.day for onset in onsets]
    is_yearly = years == list(range(_RULES_FROM, _RULES_TO))
    if not is_yearly or len(months) != 1 or len(times) != 1:
        return ""
    weekday = _WEEKDAYS[onsets[0].local.weekday()]
    return f"FREQ=YEARLY;BYMONTH={months.pop()};{_week_part(days, weekday, onsets)}"


def _week_part(days: list[int], weekday: str, onsets: list[_Onset]) -> str:
    """Return `BYDAY=-1SU`. The Saturday before a last Sunday has no fixed week and is listed by
    dates."""
    first, last = min(days), max(days)
    if first % _WEEK_DAYS == 1 and last == first + _WEEK_DAYS - 1 and last <= 4 * _WEEK_DAYS:
        return f"BYDAY={last // _WEEK_DAYS}{weekday}"
    if all(_is_last_of_month(onset.local) for onset in onsets):
        return f"BYDAY=-1{weekday}"
    dates = ",".join(map(str, range(first, last + 1)))
    return f"BYDAY={weekday};BYMONTHDAY={dates}"


def _is_last_of_month(local: datetime) -> bool:
    return (local + timedelta(days=_WEEK_DAYS)).month != local.month


def _is_regular(
    onsets: list[_Onset], year: int, groups: list[list[_Onset]], rules: list[str]
) -> bool:
    """Whether the zone changed in that year exactly as the rules say."""
    theirs = sorted((onset for onset in onsets if onset.local.year == year), key=_by_kind)
    if [onset.kind for onset in theirs] != [group[0].kind for group in groups]:
        return False
    return all(
        _matches(onset, group, rule)
        for onset, group, rule in zip(theirs, groups, rules, strict=True)
    )


def _matches(onset: _Onset, group: list[_Onset], rule: str) -> bool:
    other = group[0].local
    same = (onset.local.month, onset.local.weekday(), onset.local.time()) == (
        other.month,
        other.weekday(),
        other.time(),
    )
    days = [each.local.day for each in group]
    if "BYDAY=-1" in rule:
        return same and _is_last_of_month(onset.local)
    return same and min(days) <= onset.local.day <= max(days)
