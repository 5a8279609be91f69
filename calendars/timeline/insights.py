"""How a person's time is spent: hours by category, calendar, weekday and week. No database.

One rule holds for each number of hours: it is the length of the union of the busy spans that belong
to it. So two events at the same time count once in the total and once in their category, and in
full in two rows if they are of two categories; the rows of weekdays and weeks add up to the total.

Times are seconds since 1970, so that an hour is an hour when clocks change. Days are those of the
reader's zone. What lies outside the range is cut off.
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HOUR = 3600
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST_BLOCK = HOUR  # a shorter gap is no free block
BUSIEST = 5


class By(enum.StrEnum):
    CATEGORY = "category"
    CALENDAR = "calendar"
    WEEKDAY = "weekday"
    WEEK = "week"


class Busy(NamedTuple):
    """A timed occurrence that keeps the person busy. A meeting has other people."""

    start: int
    end: int
    category: UUID | None
    calendar: UUID
    is_meeting: bool
    event_id: UUID
    original_start_at: datetime
    summary: str
    recurring: bool = False


class Span(NamedTuple):
    start: int
    end: int

    @property
    def hours(self) -> float:
        return (self.end - self.start) / HOUR


class WorkingHours(NamedTuple):
    """From Monday to Friday; free time outside them is no free block."""

    begins: time = time(9)
    ends: time = time(18)
    days: frozenset[int] = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Period:
    """The range [start, end) in the reader's zone, and what cuts it into days and weeks."""

    start: int
    end: int
    zone: ZoneInfo
    week_start: int = 0

    @classmethod
    def of(
        cls, start_at: datetime, end_at: datetime, zone: ZoneInfo, week_start: int = 0
    ) -> Period:
        return cls(int(start_at.timestamp()), int(end_at.timestamp()), zone, week_start)

    @property
    def days(self) -> list[date]:
        first = datetime.fromtimestamp(self.start, self.zone).date()
        last = datetime.fromtimestamp(self.end - 1, self.zone).date()
        return [first + number * DAY for number in range((last - first).days + 1)]

    def week_of(self, on: date) -> date:
        """Return the first day of the week."""
        return on - (on.weekday() - self.week_start) % 7 * DAY


class Row(NamedTuple):
    """`key`: a category or calendar, the name of a weekday, or the first day of a week."""

    key: UUID | str | date | None
    hours: float
    meetings: int
    meeting_hours: float


@dataclass(frozen=True, slots=True)
class Insights:
    """`free_blocks`: the longest first."""

    rows: dict[By, list[Row]]
    total_hours: float
    meeting_hours: float
    meetings: int
    free_blocks: list[Span]
    free_hours: float
    busiest: list[tuple[date, float]]


def insights(
    busy: Iterable[Busy],
    *,
    period: Period,
    by: Iterable[By] = By,
    working: WorkingHours = WorkingHours(),  # noqa: B008, immutable
) -> Insights:
    """Compute the insights of a period. Occurrences without length take no time and don't count."""
    kept = sorted(_cut(busy, period), key=attrgetter("start"))
    meetings = [one for one in kept if one.is_meeting]
    calendar = Days(period)
    total = union(kept)
    by_day = calendar.seconds(total)
    blocks = free_blocks(total, calendar, working)
    rows = _Rows(kept, meetings, calendar, by_day)
    days = sorted(zip(by_day, calendar.days, strict=True), key=lambda each: (-each[0], each[1]))
    return Insights(
        rows={each: rows.by(each) for each in by},
        total_hours=_hours(total),
        meeting_hours=_hours(union(meetings)),
        meetings=len(meetings),
        free_blocks=sorted(blocks, key=lambda one: (one.start - one.end, one.start)),
        free_hours=_hours(blocks),
        busiest=[(on, seconds / HOUR) for seconds, on in days[:BUSIEST] if seconds],
    )


def union(spans: Iterable[Busy | Span]) -> list[Span]:
    """Return the covered time, in order and without overlap; the spans are ordered by start."""
    merged: list[Span] = []
    start = end = None
    for one in spans:
        if end is None or one.start > end:
            if start is not None and end is not None:
                merged.append(Span(start, end))
            start, end = one.start, one.end
        elif one.end > end:
            end = one.end
    if start is not None and end is not None:
        merged.append(Span(start, end))
    return merged


class Days:
    """The days of a period with the instants at which they begin."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self.days = period.days
        self._midnights = [_instant(on, time.min, period.zone) for on in self.days]

    def place_of(self, at: int) -> int:
        """Return the number of the day that holds an instant of the period."""
        return max(bisect_right(self._midnights, at) - 1, 0)

    def touched_by(self, start: int, end: int) -> list[date]:
        """Return the days that the instants from `start` up to `end` lie in, without a day that
        the zone left out (Pacific/Apia, 30 December 2011)."""
        first, last = self.place_of(start), self.place_of(end - 1)
        ends = [*self._midnights[1:], self.period.end]
        return [
            self.days[place]
            for place in range(first, last + 1)
            if self._midnights[place] < ends[place]
        ]

    def seconds(self, spans: Iterable[Span]) -> list[int]:
        """Return how much of each day the spans cover; they don't overlap."""
        found = [0] * len(self.days)
        ends = [*self._midnights[1:], self.period.end]
        for start, end in spans:
            place = self.place_of(start)
            while start < end:
                until = min(end, ends[place])
                found[place] += until - start
                start, place = until, place + 1
        return found


def free_blocks(total: Sequence[Span], calendar: Days, working: WorkingHours) -> list[Span]:
    """Return the gaps of at least SHORTEST_BLOCK within working hours, in order."""
    period, blocks = calendar.period, []
    place = 0
    for on in calendar.days:
        if on.weekday() not in working.days:
            continue
        begins, ends = (_instant(on, at, period.zone) for at in (working.begins, working.ends))
        free_from, ends = max(begins, period.start), min(ends, period.end)
        while place < len(total) and total[place].end <= free_from:
            place += 1
        for span in _from(total, place):
            if span.start >= ends:
                break
            blocks.append(Span(free_from, span.start))
            free_from = max(free_from, span.end)
        blocks.append(Span(free_from, ends))
    return [block for block in blocks if block.end - block.start >= SHORTEST_BLOCK]


class _Rows:
    """The rows of each grouping, of occurrences that are cut and ordered by start."""

    def __init__(
        self, busy: list[Busy], meetings: list[Busy], calendar: Days, by_day: list[int]
    ) -> None:
        self._busy = busy
        self._meetings = meetings
        self._calendar = calendar
        self._by_day = by_day

    def by(self, by: By) -> list[Row]:
        if by in (By.CATEGORY, By.CALENDAR):
            return self._by_key(attrgetter(by))
        if by is By.WEEK:
            return self._by_day_key(self._calendar.period.week_of)
        rows = self._by_day_key(lambda on: WEEKDAYS[on.weekday()])
        found = {row.key: row for row in rows}
        first = self._calendar.period.week_start
        names = [*WEEKDAYS[first:], *WEEKDAYS[:first]]
        return [found.get(name, Row(name, 0.0, 0, 0.0)) for name in names]

    def _by_key(self, key_of: Callable[[Busy], UUID | None]) -> list[Row]:
        """Those with the most hours first."""
        groups: dict[UUID | None, list[Busy]] = {}
        for one in self._busy:
            groups.setdefault(key_of(one), []).append(one)
        rows = []
        for key, group in groups.items():
            meetings = [one for one in group if one.is_meeting]
            hours = _hours(union(group))
            rows.append(Row(key, hours, len(meetings), _hours(union(meetings))))
        return sorted(rows, key=lambda row: (-row.hours, str(row.key)))

    def _by_day_key(self, key_of: Callable[[date], str | date]) -> list[Row]:
        """A meeting counts where it begins, or where the period does."""
        keys = [key_of(on) for on in self._calendar.days]
        met = self._calendar.seconds(union(self._meetings))
        seconds = dict.fromkeys(keys, 0)
        met_seconds, counts = dict(seconds), dict(seconds)
        for key, busy, of_meetings in zip(keys, self._by_day, met, strict=True):
            seconds[key] += busy
            met_seconds[key] += of_meetings
        for one in self._meetings:
            counts[keys[self._calendar.place_of(one.start)]] += 1
        return [
            Row(key, seconds[key] / HOUR, counts[key], met_seconds[key] / HOUR) for key in seconds
        ]


def belongs(one: Busy, by: By, key: Hashable, calendar: Days) -> bool:
    """Whether an occurrence is behind the row of this key, with any part of it."""
    if by in (By.CATEGORY, By.CALENDAR):
        return bool(getattr(one, by) == key)
    period = calendar.period
    days = calendar.touched_by(max(one.start, period.start), min(one.end, period.end))
    if by is By.WEEK:
        return any(period.week_of(on) == key for on in days)
    return any(WEEKDAYS[on.weekday()] == key for on in days)


def within(busy: Iterable[Busy], period: Period) -> Iterator[Busy]:
    """Yield what takes time in the period, uncut."""
    return (
        one
        for one in busy
        if one.start < one.end and one.start < period.end and one.end > period.start
    )


def _cut(busy: Iterable[Busy], period: Period) -> Iterator[Busy]:
    for one in within(busy, period):
        if one.start < period.start or one.end > period.end:
            yield one._replace(start=max(one.start, period.start), end=min(one.end, period.end))
        else:
            yield one


def _from(spans: Sequence[Span], place: int) -> Iterator[Span]:
    while place < len(spans):
        yield spans[place]
        place += 1


def _hours(spans: Iterable[Span]) -> float:
    return sum(span.end - span.start for span in spans) / HOUR


def _instant(on: date, at: time, zone: ZoneInfo) -> int:
    """A time that the clocks skip is the instant at which they do."""
    return int(datetime.combine(on, at, zone).timestamp())
