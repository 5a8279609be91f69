"""Expand a recurring event into its instances, in its own time zone.

Follows RFC 5545 sections 3.8.5 and 3.3.10. Rules apply to the local time of the event's zone, and
each local time becomes UTC by section 3.3.5. An instance lasts exactly as long as the first one, as
for events with DTEND, or as the DURATION among the lines says. DTSTART is always an instance; COUNT
doesn't count it if it doesn't match the rule, as at Google (googleapis/google-api-nodejs-client
issue 2214).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import nsmallest
from itertools import islice
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from calendars.rfc5545.recurrence.lines import (
    Duration,
    ListedDate,
    RecurrenceLines,
    parse_lines,
)
from calendars.rfc5545.recurrence.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    InvalidRecurrence,
    Moment,
    Rule,
)
from calendars.rfc5545.recurrence.starts import local_starts
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.rfc5545.time_zones.names import to_utc

DEFAULT_LIMIT = 10_000
# The instances of an EXRULE are all in memory while the rules are expanded.
_MAX_EXCLUDED = 100_000
_LONGEST_REMEMBERED = 200

# A gap in a zone moves a start, at most by the day that Pacific/Apia skipped in 2011.
_LONGEST_GAP = timedelta(days=1)
_UTC = ZoneInfo("UTC")
_EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_LATEST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)


class Series(Protocol):
    """The interface of a recurring event: any object with these members can be expanded without a
    copy.

    `start_at` and `end_at` are aware and `end_at` is exclusive; for an all-day event both are
    midnight UTC of their dates and `time_zone` is "UTC". `recurrence` contains RRULE, RDATE,
    EXDATE, EXRULE and DURATION lines; the first four have Google's format. `zone_definition` is the
    text of a zone that isn't in IANA's database.
    """

    @property
    def start_at(self) -> datetime: ...
    @property
    def end_at(self) -> datetime: ...
    @property
    def all_day(self) -> bool: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def recurrence(self) -> Sequence[str]: ...
    @property
    def zone_definition(self) -> str: ...


class Instance(NamedTuple):
    """One instance of a series, in UTC. `original_start_at` identifies it: an exception names the
    instance that it replaces by its original start."""

    original_start_at: datetime
    start_at: datetime
    end_at: datetime


def touches(start_at: datetime, end_at: datetime, *, after: datetime, before: datetime) -> bool:
    """Whether [start_at, end_at) touches the window [after, before).

    An event without duration touches its start, also at the start of the window.
    calendars.timeline.window has the same rule for the database.
    """
    return start_at < before and (end_at > after or start_at >= after)


def expand(
    series: Series, *, after: datetime, before: datetime, limit: int = DEFAULT_LIMIT
) -> list[Instance]:
    """Return the instances that touch [after, before), in order, at most `limit`.

    Without an RRULE or RDATE this is only DTSTART. Raises InvalidRecurrence.
    """
    expansion = _Expansion(series, after, before)
    return [Instance(start, start, expansion.end_of(start)) for start in expansion.starts(limit)]


def rule_starts(
    series: Series, rule: Rule, *, after: datetime, before: datetime
) -> Iterator[datetime]:
    """Yield the starts in [after, before) that one rule gives the series, in order; DTSTART only if
    it matches. A start in a gap of the zone may come twice."""
    starts = _Expansion(series, after, before).rule_starts(rule)
    return (start for start in starts if after <= start < before)


def start_of(series: Series, listed: ListedDate) -> datetime:
    """Return the start that a value of RDATE or EXDATE means for the series."""
    return _Expansion(series, series.start_at, series.start_at).start_of(listed)


def period_end(series: Series, listed: ListedDate) -> datetime:
    """Return the end that a value of RDATE gives its instance."""
    return _Expansion(series, series.start_at, series.start_at).period_end(listed)


def usual_end(series: Series, start: datetime) -> datetime:
    """Return the end of an instance with that start that has no end of its own."""
    duration = None if series.all_day else _parsed(series.recurrence).duration
    if duration is None:
        return start + (series.end_at - series.start_at)
    return duration.end_of(start, event_zone(series.time_zone, series.zone_definition))


def validate(series: Series) -> None:
    """Raise InvalidRecurrence if the event or one of its lines can't be read."""
    _Expansion(series, series.start_at, series.start_at)


class _Expansion:
    """The expansion of one series in one window."""

    def __init__(self, series: Series, after: datetime, before: datetime) -> None:
        _check_times(series)
        self.all_day = series.all_day
        self.zone = _UTC if series.all_day else event_zone(series.time_zone, series.zone_definition)
        self.lines = _parsed(series.recurrence)
        self.start = series.start_at.astimezone(UTC)
        self.length = series.end_at - series.start_at
        self.after = max(after, _EARLIEST).astimezone(UTC)
        self.before = min(before, _LATEST).astimezone(UTC)
        self.duration = None if series.all_day else self.lines.duration
        # Instances that start earlier end before the window.
        longest = self.duration.exact + _LONGEST_GAP if self.duration else self.length
        self.earliest = self.after - min(longest, self.after - _EARLIEST)
        self.local_start = self._local(series.start_at)
        self.period_ends = dict(self._period_ends())

    def starts(self, limit: int) -> list[datetime]:
        excluded = set(self._excluded())
        excluded_days = set(self._excluded_days())
        found: set[datetime] = set()
        for candidates in self._sources():
            kept = self._touching(candidates)
            if excluded:
                kept = (start for start in kept if start not in excluded)
            if excluded_days:
                kept = (start for start in kept if self._local(start).date() not in excluded_days)
            found.update(islice(kept, limit))
        return nsmallest(limit, found) if len(found) > limit else sorted(found)

    def start_of(self, listed: ListedDate) -> datetime:
        return self._start_of(listed.start, listed.zone)

    def end_of(self, start: datetime) -> datetime:
        if self.duration is not None and start not in self.period_ends:
            return self.duration.end_of(start, self.zone)
        return self.period_ends.get(start) or start + self.length

    def _sources(self) -> Iterator[Iterable[datetime]]:
        yield (self.start,)
        for rule in self.lines.rules:
            yield self.rule_starts(rule)
        yield (self.start_of(listed) for listed in self.lines.dates)

    def _touching(self, candidates: Iterable[datetime]) -> Iterator[datetime]:
        """Yield the starts whose instance touches the window."""
        before, after, earliest = self.before, self.after, self.earliest
        if self.period_ends or self.duration:
            return (
                start
                for start in candidates
                if touches(start, self.end_of(start), after=after, before=before)
            )
        # The same condition on the start alone: this runs once for every instance.
        return (
            start for start in candidates if start < before and (start > earliest or start == after)
        )

    def rule_starts(self, rule: Rule) -> Iterator[datetime]:
        zone, until = self.zone, rule.until
        first = self._local(self.earliest) - _LONGEST_GAP
        last = self._local(self.before) + _LONGEST_GAP
        if until is not None and until.at < last:
            last = until.at + 2 * _LONGEST_GAP
        for local in local_starts(rule, self.local_start, first=first, last=last):
            # The first one is DTSTART itself, also if it's in the second of two equal hours.
            start = self.start if local == self.local_start else to_utc(local, zone)
            if until is None or not self._is_past(until, local, start):
                yield start

    def _is_past(self, until: Moment, local: datetime, start: datetime) -> bool:
        """Whether a start is after UNTIL. A date means the whole day, which calendars also write
        for timed events; for all-day events only the date counts."""
        if until.form == "date" or self.all_day:
            return local.date() > until.at.date()
        if until.form == "utc":
            return start > until.at.replace(tzinfo=UTC)
        return local > until.at

    def _start_of(self, moment: Moment, zone: ZoneInfo | None) -> datetime:
        """Return the start for a listed date. An all-day event happens on that date, whatever the
        form; a timed event with only a date happens at its usual time."""
        if self.all_day:
            return datetime.combine(moment.at, time(), UTC)
        if moment.form == "utc":
            return moment.at.replace(tzinfo=UTC)
        if moment.form == "date":
            return to_utc(datetime.combine(moment.at, self.local_start.time()), self.zone)
        return to_utc(moment.at, zone or self.zone)

    def _excluded(self) -> Iterator[datetime]:
        for listed in self.lines.excluded_dates:
            yield self.start_of(listed)
        for rule in self.lines.excluded_rules:
            for number, start in enumerate(self.rule_starts(rule)):
                if number == _MAX_EXCLUDED:
                    raise InvalidRecurrence(
                        "too_many_excluded", "EXRULE excludes too many instances."
                    )
                yield start

    def _excluded_days(self) -> Iterator[date]:
        """Yield the days that an EXDATE with dates excludes from a timed event."""
        for listed in self.lines.excluded_dates:
            if listed.start.form == "date" and not self.all_day:
                yield listed.start.at.date()

    def _period_ends(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield the ends of RDATE values of type PERIOD."""
        for listed in self.lines.dates:
            if listed.end is None or self.all_day:
                continue
            yield self.start_of(listed), self.period_end(listed)

    def period_end(self, listed: ListedDate) -> datetime:
        start = self.start_of(listed)
        if isinstance(listed.end, Duration):
            return listed.end.end_of(start, listed.zone or self.zone)
        end = start if listed.end is None else self._start_of(listed.end, listed.zone)
        return max(start, end)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def _parsed(lines: Sequence[str]) -> RecurrenceLines:
    """Cache short recurrences, because most series repeat in one of a few ways; lists of dates are
    unique and may be long."""
    if sum(map(len, lines)) > _LONGEST_REMEMBERED:
        return parse_lines(lines)
    return _remembered(tuple(lines))


_remembered = lru_cache(maxsize=1024)(parse_lines)


def _check_times(series: Series) -> None:
    if series.start_at.tzinfo is None or series.end_at.tzinfo is None:
        raise InvalidRecurrence("time_zone_missing", "The times of the event have no time zone.")
    years = series.start_at.year, series.end_at.year
    if min(years) < FIRST_YEAR or max(years) > LAST_YEAR:
        raise InvalidRecurrence("out_of_range", "The event is too far from today.")
    if series.end_at < series.start_at:
        raise InvalidRecurrence("end_before_start", "The event ends before it starts.")
