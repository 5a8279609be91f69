"""Split a series in two at one of its instances: what "this and following" means (RFC 5545 section
3.8.5 has no word for it; Google's guide on recurring events describes the same two series).

COUNT counts all instances of its rule, also those that EXDATE takes away, so each side gets its own
number. A rule without COUNT ends on the day before the split where it can, as Google writes it. The
second series keeps the step of INTERVAL and the days that a rule derived from its former start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from calendars.rfc5545.content_lines import parse_property
from calendars.rfc5545.recurrence.clock import END_OF_DAY, Clock, with_parts
from calendars.rfc5545.recurrence.expansion import Series, rule_starts, start_of
from calendars.rfc5545.recurrence.lines import ListedDate, parse_lines
from calendars.rfc5545.recurrence.rules import (
    LAST_YEAR,
    Frequency,
    InvalidRecurrence,
    Rule,
    parse_rule,
)
from calendars.rfc5545.recurrence.starts import local_starts
from calendars.rfc5545.recurrence.text import explicit

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
# A rule without a start for so long is over: dates repeat every 400 years.
_LONGEST_PAUSE = 400 * 366 * _DAY
_LATEST = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
_UNITS = {Frequency.HOURLY: 3_600, Frequency.MINUTELY: 60, Frequency.SECONDLY: 1}
_ORIGIN = datetime(1, 1, 1)  # noqa: DTZ001 - local times


class Rest(NamedTuple):
    """The second series: its DTSTART is the split, or where its rule goes on if the split is a
    listed date between two steps of an INTERVAL."""

    start: datetime
    lines: list[str]


def lines_before(series: Series, at: datetime) -> list[str]:
    """Return the lines of the series as far as before `at`, which is not its first start.

    Without an RRULE or RDATE among them it is a single instance. Raises InvalidRecurrence.
    """
    return _Splitting(series, at).before()


def rest_from(series: Series, at: datetime) -> Rest:
    """Return the series from its instance that starts `at`.

    Raises InvalidRecurrence, also if several rules can't go on together from any date.
    """
    return _Splitting(series, at).rest()


def is_in_step(rule: Rule, start: datetime, other: datetime) -> bool:
    """Whether two local times are whole intervals of the rule apart."""
    return (_period(rule, other) - _period(rule, start)) % rule.interval == 0


class _Splitting:
    def __init__(self, series: Series, at: datetime) -> None:
        self.series = series
        self.at = at
        self.clock = Clock.of(series)
        self.local_start = self.clock.local(series.start_at)

    def before(self) -> list[str]:
        return list(self._lines(self._first_rule, self._is_early))

    def rest(self) -> Rest:
        start = self._second_start()
        local = self.clock.local(start)
        lines = self._lines(
            lambda text: self._second_rule(text, local),
            lambda name, listed: self._is_late(name, listed, start),
        )
        return Rest(start, list(lines))

    def _lines(
        self,
        rule_of: Callable[[str], str | None],
        is_kept: Callable[[str, ListedDate], bool],
    ) -> Iterator[str]:
        """Each line as it was, with that side's rules and listed dates."""
        for line in self.series.recurrence:
            prefix, _, value = line.strip().partition(":")
            found = parse_property(line.strip())
            name = found.name if found else ""
            if name in ("RRULE", "EXRULE"):
                rule = rule_of(value)
                yield from [] if rule is None else [f"{name}:{rule}"]
            elif name in ("RDATE", "EXDATE"):
                texts = filter(str.strip, value.split(","))
                kept = [text for text in texts if is_kept(name, _date(name, f"{prefix}:{text}"))]
                yield from [f"{prefix}:{','.join(kept)}"] if kept else []
            else:
                yield line

    def _first_rule(self, text: str) -> str | None:
        """The rule as far as the split; None if it has no instance there."""
        rule = parse_rule(text)
        if not self._goes_on(rule):
            return text
        if rule.count:
            starts = rule_starts(self.series, rule, after=self.series.start_at, before=self.at)
            count = sum(1 for _start in starts)
            return with_parts(text, COUNT=str(count), UNTIL=None) if count else None
        first = rule_starts(self.series, rule, after=self.series.start_at, before=self.at)
        if next(first, None) is None:
            return None
        return with_parts(text, UNTIL=self.clock.until(self._cut(rule)))

    def _second_rule(self, text: str, local: datetime) -> str | None:
        rule = parse_rule(text)
        if not self._goes_on(rule):
            return None
        kept = explicit(text, rule, self.local_start, local)
        if not rule.count:
            return kept
        past = local_starts(rule, self.local_start, first=self.local_start, last=local)
        left = rule.count - sum(1 for _start in past)
        return with_parts(kept, COUNT=str(left)) if left > 0 else None

    def _goes_on(self, rule: Rule) -> bool:
        return self._next(rule) is not None

    def _next(self, rule: Rule) -> datetime | None:
        """The rule's first start from the split on."""
        before = min(self.at, _LATEST - _LONGEST_PAUSE) + _LONGEST_PAUSE
        return next(rule_starts(self.series, rule, after=self.at, before=before), None)

    def _cut(self, rule: Rule) -> datetime:
        """The last local time before the split: of the day before, unless the rule has another
        start on the same day."""
        local = self.clock.local(self.at)
        midnight = datetime.combine(local.date(), time())
        day = max(self.clock.instant(midnight), self.series.start_at)
        if next(rule_starts(self.series, rule, after=day, before=self.at), None) is None:
            return datetime.combine(local.date() - _DAY, END_OF_DAY)
        return self.clock.local(self.at - _SECOND)

    def _second_start(self) -> datetime:
        listed = parse_lines(self.series.recurrence)
        going_on = [rule for rule in listed.rules if self._goes_on(rule)]
        excluding = [rule for rule in listed.excluded_rules if self._goes_on(rule)]
        if self._all_in_step([*going_on, *excluding], self.at):
            return self.at
        start = self._next(going_on[0]) if len(going_on) == 1 else None
        if start is None or not self._all_in_step([*going_on, *excluding], start):
            raise InvalidRecurrence(
                "split_impossible", "Its rules can't go on together from this date."
            )
        return start

    def _all_in_step(self, rules: Sequence[Rule], at: datetime) -> bool:
        local = self.clock.local(at)
        return all(is_in_step(rule, self.local_start, local) for rule in rules)

    def _is_early(self, _name: str, listed: ListedDate) -> bool:
        return start_of(self.series, listed) < self.at

    def _is_late(self, name: str, listed: ListedDate, start: datetime) -> bool:
        """DTSTART needs no RDATE."""
        at = start_of(self.series, listed)
        return at >= self.at and (name == "EXDATE" or listed.end is not None or at != start)


def _date(name: str, line: str) -> ListedDate:
    parsed = parse_lines([line])
    return (parsed.dates if name == "RDATE" else parsed.excluded_dates)[0]


def _period(rule: Rule, local: datetime) -> int:
    """The number of the period of a local time, from any origin."""
    if rule.frequency is Frequency.YEARLY:
        return local.year
    if rule.frequency is Frequency.MONTHLY:
        return local.year * 12 + local.month
    if rule.frequency is Frequency.WEEKLY:
        return (local.toordinal() - (local.weekday() - rule.week_start) % 7) // 7
    if rule.frequency is Frequency.DAILY:
        return local.toordinal()
    return int((local - _ORIGIN).total_seconds()) // _UNITS[rule.frequency]
