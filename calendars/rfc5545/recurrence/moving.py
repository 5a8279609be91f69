"""Move a whole series as one of its instances was moved: other times, another zone, another day, a
switch between times and dates.

Each instance moves by the same local distance, so nine o'clock stays nine o'clock when the clocks
change. Listed dates and UNTIL move along and are written for the new zone and value type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import NamedTuple

from calendars.rfc5545.content_lines import parse_property
from calendars.rfc5545.recurrence.clock import END_OF_DAY, Clock, grouped, with_parts
from calendars.rfc5545.recurrence.expansion import Series, period_end, rule_starts, start_of
from calendars.rfc5545.recurrence.following import Followed, follow
from calendars.rfc5545.recurrence.lines import ListedDate, parse_lines
from calendars.rfc5545.recurrence.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    Frequency,
    Moment,
    Rule,
    parse_rule,
)
from calendars.rfc5545.recurrence.starts import local_starts

_DAY = timedelta(days=1)
_YEAR = 366 * _DAY
_RULES = ("RRULE", "EXRULE")
# A rule without a start for so long has none: dates repeat every 400 years.
_LONGEST_PAUSE = 400 * _YEAR


class Times(NamedTuple):
    """When an event happens; a Series."""

    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    zone_definition: str = ""
    recurrence: tuple[str, ...] = ()


class MovedSeries:
    """A series whose instance `original_at` goes to `times`; None: `times` are those of the series.

    `kept` tells that an ambiguous part of the move was left out: the days or the hours of the rule
    stayed. `former_length` is that of the instance before the move.
    """

    def __init__(
        self,
        series: Series,
        original_at: datetime | None,
        times: Times,
        *,
        former_length: timedelta,
    ) -> None:
        self._series, self._times = series, times
        self._old, self._new = Clock.of(series), Clock.of(times)
        origin = self._old.local(original_at or series.start_at)
        self._followed = self._follow(origin, self._new.local(times.start_at))
        self.kept = self._followed.kept
        listed = parse_lines(series.recurrence).dates
        self._listed = {start_of(series, each) for each in listed}
        self._start_at = times.start_at if original_at is None and self.kept else None
        self._target = self._followed.target
        self._distance = self._target - origin
        self._days = self._target.date() - origin.date()
        length = times.end_at - times.start_at
        self._is_as_long = length == former_length and times.all_day == series.all_day
        self._length = series.end_at - series.start_at if self._is_as_long else length

    def times(self) -> Times:
        """Return the whole series as it is after the move."""
        start = self._start_at or self.start_of(self._series.start_at) or self._next_start()
        return self._times._replace(
            start_at=start, end_at=start + self._length, recurrence=tuple(self._lines())
        )

    def start_of(self, original_at: datetime) -> datetime | None:
        """Return where an instance is after the move; None if it has no place there."""
        if self._followed.by_period and original_at not in self._listed:
            return self._in_period(self._old.local(original_at))
        return self._uniformly(original_at)

    def _follow(self, origin: datetime, target: datetime) -> Followed:
        rules = [line for line in self._series.recurrence if _name_of(line) in _RULES]
        start = self._old.local(self._series.start_at)
        followed = [
            follow(line.partition(":")[2].strip(), start=start, origin=origin, target=target)
            for line in rules
        ]
        return _together(followed, rules, origin, target)

    def _uniformly(self, at: datetime) -> datetime:
        if self._is_still:
            return at  # also in the second of two equal hours
        return self._new.instant(self._moved(self._old.local(at)))

    def _moved(self, local: datetime) -> datetime:
        if self._new.all_day:
            return datetime.combine(local.date() + self._days, time())
        return local + self._distance

    @property
    def _is_still(self) -> bool:
        return not self._distance and self._old == self._new

    def _in_period(self, local: datetime) -> datetime | None:
        first = self._period_start(local)
        if first is None:
            return None
        end = self._later_period(first, 1)
        found = next(local_starts(self._rule(), first, first=first, last=end or first), None)
        return None if found is None else self._new.instant(found)

    def _next_start(self) -> datetime:
        """DTSTART if its own period has no such day: the next one of the rule."""
        first = self._period_start(self._old.local(self._series.start_at))
        if first is not None and first.year + 400 < LAST_YEAR:
            last = first + _LONGEST_PAUSE
            found = next(local_starts(self._rule(), first, first=first, last=last), None)
            if found is not None:
                return self._new.instant(found)
        return self._times.start_at

    def _period_start(self, local: datetime) -> datetime | None:
        """The first day of the month or year to which the one of this local time moves."""
        month = local.month if self._is_monthly else 1
        first = datetime.combine(local.date().replace(month=month, day=1), self._target.time())
        return self._later_period(first, self._followed.periods)

    def _later_period(self, first: datetime, periods: int) -> datetime | None:
        months = periods if self._is_monthly else 12 * periods
        year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
        return first.replace(year=year, month=month + 1) if _is_year(year) else None

    @property
    def _is_monthly(self) -> bool:
        return parse_rule(self._followed.text).frequency is Frequency.MONTHLY

    def _rule(self) -> Rule:
        """The rule without an end, its day taken from the instance that was moved."""
        rule = replace(parse_rule(self._followed.text), count=None, until=None)
        return rule.anchored_at(self._target)

    def _lines(self) -> Iterator[str]:
        for line in self._series.recurrence:
            name = _name_of(line)
            if name == "DURATION":
                yield from [line] if self._is_as_long else []
            elif self._is_still:
                yield line
            elif name in _RULES:
                yield f"{name}:{self._rule_text(line.partition(':')[2].strip())}"
            else:
                yield from grouped(self._dates(name, line))

    def _rule_text(self, text: str) -> str:
        rule, moved = parse_rule(text), self._followed.text or text
        if rule.until is None:
            return moved
        return with_parts(moved, UNTIL=self._new.until(self._until(rule, rule.until)))

    def _until(self, rule: Rule, until: Moment) -> datetime:
        local = self._old.local_until(until)
        if self._followed.by_period:
            last = self._last_start(rule, local)
            moved = None if last is None else self.start_of(last)
            if moved is not None:
                return datetime.combine(self._new.local(moved).date(), END_OF_DAY)
        if local.time() == END_OF_DAY or self._new.all_day:
            return datetime.combine(local.date() + self._days, END_OF_DAY)
        return local + self._distance

    def _last_start(self, rule: Rule, local: datetime) -> datetime | None:
        """The last start of a rule that has at most one in each period. Days are missing for eight
        years at most (29 February, around 1900)."""
        end = self._old.instant(local) + _DAY
        since = max(self._series.start_at, end - min(9 * rule.interval, 2_000) * _YEAR)
        return max(rule_starts(self._series, rule, after=since, before=end), default=None)

    def _dates(self, name: str, line: str) -> Iterator[str]:
        parsed = parse_lines([line])
        for listed in (*parsed.dates, *parsed.excluded_dates):
            if listed.start.form == "date" and not self._old.all_day and name == "EXDATE":
                yield f"EXDATE;VALUE=DATE:{listed.start.at + self._days:%Y%m%d}"
                continue
            at = start_of(self._series, listed)
            moved = (self.start_of(at) if name == "EXDATE" else None) or self._uniformly(at)
            yield self._period(listed, at, moved) or self._new.line(name, moved)

    def _period(self, listed: ListedDate, at: datetime, moved: datetime) -> str:
        """RDATE with a length of its own, which stays; "" if it has none."""
        if listed.end is None or self._old.all_day or self._new.all_day:
            return ""
        end = moved + (period_end(self._series, listed) - at)
        return f"RDATE;VALUE=PERIOD:{moved:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}"


def _together(
    followed: Sequence[Followed], rules: Sequence[str], origin: datetime, target: datetime
) -> Followed:
    """Several rules follow to another time of day, if none of them names it; their days stay."""
    if not followed:
        return Followed("", target)
    if len(followed) == 1:
        return followed[0]
    stays = all(line.endswith(one.text) for one, line in zip(followed, rules, strict=True))
    at = datetime.combine(origin.date(), target.time()) if stays else origin
    return Followed("", at, kept=at != target)


def _name_of(line: str) -> str:
    found = parse_property(line.strip())
    return found.name if found else ""


def _is_year(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR
