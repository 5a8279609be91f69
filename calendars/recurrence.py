"""A recurring event into its instances, in its own time zone.

RFC 5545 sections 3.8.5 and 3.3.10 are the rule. Rules run on the wall clock of the event's zone
and each local time becomes UTC by section 3.3.5; an instance lasts exactly as long as the first
one, as events with a DTEND do. DTSTART is always an instance and COUNT does not count it where it
does not match the rule: so does Google (googleapis/google-api-nodejs-client issue 2214).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import nsmallest
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar.prop import vDuration

from calendars.content_lines import parse_property
from calendars.recurrence_rules import (
    InvalidRecurrence,
    Moment,
    Rule,
    parse_moment,
    parse_rule,
)
from calendars.recurrence_starts import local_starts
from calendars.timezones import UnknownTimeZone, find_time_zone, to_utc

__all__ = ["Instance", "InvalidRecurrence", "Series", "expand", "validate"]

DEFAULT_LIMIT = 10_000

# A gap in a zone's clock moves a start, at most by the day that Pacific/Apia left out in 2011,
# and a zone lies at most a day from UTC.
_SLACK = timedelta(days=2)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring event. `start_at` and `end_at` are aware and `end_at` is exclusive; of an
    all-day event both are midnight UTC of their dates and `time_zone` is "UTC". `recurrence`
    holds RRULE, RDATE, EXDATE and EXRULE lines, as Google gives them."""

    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    recurrence: Sequence[str]


class Instance(NamedTuple):
    """One time at which a series happens, in UTC. `original_start_at` names the instance: an
    exception of the series says by it which instance it replaces."""

    original_start_at: datetime
    start_at: datetime
    end_at: datetime


class _Dates(NamedTuple):
    """An RDATE or EXDATE line: the zone its local times are in (None for the event's own), and
    each value with the length that a PERIOD gives it."""

    zone: ZoneInfo | None
    values: tuple[tuple[Moment, Moment | timedelta | None], ...]


class _Lines(NamedTuple):
    rules: tuple[Rule, ...]
    excluded_rules: tuple[Rule, ...]
    dates: tuple[_Dates, ...]
    excluded_dates: tuple[_Dates, ...]


def expand(
    series: Series, *, after: datetime, before: datetime, limit: int = DEFAULT_LIMIT
) -> list[Instance]:
    """The instances that touch [after, before), in order, and of those the first `limit`.

    Without an RRULE or RDATE that is DTSTART alone. An instance without length touches the
    moment it stands at. Raises InvalidRecurrence."""
    calculation = _Calculation(series, after, before)
    starts = calculation.starts(limit)
    return [Instance(start, start, calculation.end_of(start)) for start in starts]


def validate(series: Series) -> None:
    """Raises InvalidRecurrence where `expand` would, whatever the window."""
    _Calculation(series, series.start_at, series.start_at)


class _Calculation:
    """The expansion of one series in one window."""

    def __init__(self, series: Series, after: datetime, before: datetime) -> None:
        _check_times(series)
        self.series = series
        self.zone = _find_zone("UTC" if series.all_day else series.time_zone)
        self.lines = _parse_lines(tuple(series.recurrence))
        self.start = series.start_at.astimezone(UTC)
        self.length = series.end_at - series.start_at
        self.after = max(after, _EARLIEST).astimezone(UTC)
        self.before = min(before, _LATEST).astimezone(UTC)
        self.local_start = self._local(series.start_at)
        self.period_ends = dict(self._periods())

    def starts(self, limit: int) -> list[datetime]:
        excluded = {start for dates in self.lines.excluded_dates for start in self._dates(dates)}
        excluded_days = set(self._excluded_days())
        for rule in self.lines.excluded_rules:
            excluded.update(self._rule_starts(rule))
        found: set[datetime] = set()
        for candidates in self._sources():
            kept = (
                start
                for start in candidates
                if start not in excluded
                and self._touches(start)
                and not (excluded_days and self._local(start).date() in excluded_days)
            )
            found.update(islice(kept, limit))
        return nsmallest(limit, found) if len(found) > limit else sorted(found)

    def end_of(self, start: datetime) -> datetime:
        return self.period_ends.get(start) or start + self.length

    def _sources(self) -> Iterator[Iterable[datetime]]:
        yield (self.start,)
        for rule in self.lines.rules:
            yield self._rule_starts(rule)
        for dates in self.lines.dates:
            yield self._dates(dates)

    def _touches(self, start: datetime) -> bool:
        end = self.end_of(start)
        return start < self.before and (end > self.after or start == end == self.after)

    def _rule_starts(self, rule: Rule) -> Iterator[datetime]:
        first = self._local(max(self.after - self.length, _EARLIEST)) - _SLACK
        last = self._local(self.before) + _SLACK
        if rule.until is not None:
            last = min(last, rule.until.at + _SLACK)
        for local in local_starts(rule, self.local_start, first=first, last=last):
            # The first one is DTSTART itself, also where it lies in the second of two equal hours.
            start = self.start if local == self.local_start else to_utc(local, self.zone)
            if rule.until is None or not self._is_past(rule.until, local, start):
                yield start

    def _is_past(self, until: Moment, local: datetime, start: datetime) -> bool:
        """Whether a start lies after UNTIL. A date means that whole day, as calendars write it
        for timed events too; of all-day events the date counts, whatever its form."""
        if until.form == "date" or self.series.all_day:
            return local.date() > until.at.date()
        if until.form == "utc":
            return start > until.at.replace(tzinfo=UTC)
        return local > until.at

    def _dates(self, dates: _Dates) -> list[datetime]:
        return [self._start_of(moment, dates.zone) for moment, _ in dates.values]

    def _start_of(self, moment: Moment, zone: ZoneInfo | None) -> datetime:
        """An all-day event happens on the date that is written, in whatever form."""
        if self.series.all_day:
            return datetime.combine(moment.at.date(), time(), UTC)
        if moment.form == "utc":
            return moment.at.replace(tzinfo=UTC)
        if moment.form == "date":
            return to_utc(datetime.combine(moment.at.date(), self.local_start.time()), self.zone)
        return to_utc(moment.at, zone or self.zone)

    def _excluded_days(self) -> Iterator[date]:
        """The days that an EXDATE with dates alone takes out of a timed event."""
        if self.series.all_day:
            return
        for dates in self.lines.excluded_dates:
            yield from (moment.at.date() for moment, _ in dates.values if moment.form == "date")

    def _periods(self) -> Iterator[tuple[datetime, datetime]]:
        for dates in self.lines.dates:
            for moment, end in dates.values:
                start = self._start_of(moment, dates.zone)
                if isinstance(end, Moment):
                    end = self._start_of(end, dates.zone) - start
                if end is not None and not self.series.all_day:
                    if end < timedelta(0):
                        raise InvalidRecurrence(
                            "period_unreadable", "A period ends before it begins."
                        )
                    yield start, start + end

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def _check_times(series: Series) -> None:
    if series.start_at.tzinfo is None or series.end_at.tzinfo is None:
        raise InvalidRecurrence("time_zone_missing", "The event's times have no time zone.")
    if not 2 <= series.start_at.year < 9998 or not 2 <= series.end_at.year < 9998:
        raise InvalidRecurrence("out_of_range", "The event lies outside the years 2 to 9997.")
    if series.end_at < series.start_at:
        raise InvalidRecurrence("end_before_start", "The event ends before it begins.")


def _find_zone(name: str) -> ZoneInfo:
    try:
        return find_time_zone(name)
    except UnknownTimeZone as error:
        raise InvalidRecurrence("time_zone_unknown", str(error)) from error


@lru_cache(maxsize=4096)
def _parse_lines(lines: tuple[str, ...]) -> _Lines:
    rules: dict[str, list[Rule]] = {"RRULE": [], "EXRULE": []}
    dates: dict[str, list[_Dates]] = {"RDATE": [], "EXDATE": []}
    for line in lines:
        found = parse_property(line.strip())
        if found is None:
            raise InvalidRecurrence("line_unreadable", f"“{line[:60]}” is not a recurrence line.")
        name, parameters, value = found
        if name in rules:
            rules[name].append(parse_rule(value))
        elif name in dates:
            dates[name].append(_parse_dates(parameters, value))
        else:
            raise InvalidRecurrence("unknown_line", f"“{name[:40]}” says nothing of recurrence.")
    return _Lines(
        tuple(rules["RRULE"]),
        tuple(rules["EXRULE"]),
        tuple(dates["RDATE"]),
        tuple(dates["EXDATE"]),
    )


def _parse_dates(parameters: dict[str, str], value: str) -> _Dates:
    zone = _find_zone(parameters["TZID"]) if "TZID" in parameters else None
    values = (_parse_date(text) for text in value.split(",") if text.strip())
    return _Dates(zone, tuple(values))


def _parse_date(text: str) -> tuple[Moment, Moment | timedelta | None]:
    """A DATE, a DATE-TIME, or a PERIOD with its end or its duration (RFC 5545 section 3.3.9)."""
    start, _, end = text.strip().upper().partition("/")
    if not end:
        return parse_moment(start), None
    if "P" not in end:
        return parse_moment(start), parse_moment(end)
    try:
        return parse_moment(start), vDuration.from_ical(end)  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError) as error:
        raise InvalidRecurrence("period_unreadable", f"“{text[:60]}” is not a period.") from error
