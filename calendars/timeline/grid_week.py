"""A week as a row of a grid: a lane for each entry, and the count of those that don't fit.

How many lanes fit is known only in the browser. So each entry says from how many lanes on it's
shown, and each day how many entries are hidden for each number of lanes. The last lane that fits
holds "+n" on a day with more entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from calendars.timeline.agenda import total_of
from calendars.timeline.day_entry import DAY, DayEntry, dates_between
from calendars.timeline.days import COUNTED

WEEK = timedelta(weeks=1)
SATURDAY, THURSDAY = 5, 3


@dataclass(frozen=True, slots=True)
class Rest:
    """The number of hidden entries of a day while `first` to `last` lanes fit. With the most lanes
    that are drawn, `last` is None."""

    first: int
    last: int | None
    count: int


@dataclass(frozen=True, slots=True)
class GridDay:
    """A day of the grid. `total` is at most COUNTED + 1, which stands for more."""

    on: date
    in_month: bool
    is_today: bool
    bars: tuple[DayEntry, ...]
    total: int
    rests: tuple[Rest, ...]

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= SATURDAY

    @property
    def is_counted(self) -> bool:
        return self.total <= COUNTED


@dataclass(frozen=True, slots=True)
class GridWeek:
    days: tuple[GridDay, ...]

    @property
    def number(self) -> int:
        return week_number(self.days[0].on)


def week_number(first_on: date) -> int:
    """Return the number of the week from `first_on` by ISO 8601, which is that of its Thursday."""
    return (first_on + (THURSDAY - first_on.weekday()) % 7 * DAY).isocalendar().week


def first_of_week(on: date, week_start: int) -> date:
    """Return the first day of the week of `on`; `week_start` is 0 for Monday."""
    return on - timedelta(days=(on.weekday() - week_start) % 7)


def grid_week(
    first_on: date,
    by_day: Mapping[date, Sequence[DayEntry]],
    *,
    today: date,
    month: int | None,
    totals: Mapping[date, int],
    lanes: int,
) -> GridWeek:
    """Lay out a week with at most that many lanes. `month` marks the days of other months."""
    days = tuple(dates_between(first_on, first_on + WEEK))
    placed = _in_lanes(days, by_day)
    bars = _bars(placed, _depths(days, placed, by_day, totals, lanes))
    return GridWeek(
        tuple(
            GridDay(
                on=on,
                in_month=month in (None, on.month),
                is_today=on == today,
                bars=tuple(bar for bar in bars[on] if bar.fits_from <= lanes),
                total=total_of(on, by_day, totals),
                rests=tuple(_rests(bars[on], total_of(on, by_day, totals), lanes)),
            )
            for on in days
        )
    )


def lay_out(
    days: Sequence[date], by_day: Mapping[date, Sequence[DayEntry]]
) -> dict[date, list[DayEntry]]:
    """Return the bars of successive days in their lanes, for a grid that shows all of them."""
    return _bars(_in_lanes(days, by_day), dict.fromkeys(days, 0))


def _in_lanes(
    days: Sequence[date], by_day: Mapping[date, Sequence[DayEntry]]
) -> list[tuple[int, list[DayEntry]]]:
    """Assign each entry of successive days the first lane that is free on all its days; return the
    lanes with the entry as shown on each of them."""
    spans: defaultdict[str, list[DayEntry]] = defaultdict(list)
    for on in days:
        for shown in by_day.get(on, ()):
            spans[shown.key].append(shown)
    taken: dict[date, set[int]] = {on: set() for on in days}
    placed = []
    for span in sorted(spans.values(), key=_bar_order):
        used = set().union(*(taken[shown.on] for shown in span))
        lane = next(lane for lane in range(1, len(used) + 2) if lane not in used)
        for shown in span:
            taken[shown.on].add(lane)
        placed.append((lane, span))
    return placed


def _bar_order(span: Sequence[DayEntry]) -> tuple[date, int, bool, datetime]:
    """Return the sort key: by start, which needs the fewest lanes; on the same day the longest
    first."""
    shown = span[0]
    return (shown.on, -len(span), not shown.fills_day, shown.entry.start_at)


def _depths(
    days: Sequence[date],
    placed: Sequence[tuple[int, Sequence[DayEntry]]],
    by_day: Mapping[date, Sequence[DayEntry]],
    totals: Mapping[date, int],
    lanes: int,
) -> dict[date, int]:
    """Return how many lanes each day needs; more than there are if not all its entries were
    read."""
    depths = dict.fromkeys(days, 0)
    for lane, span in placed:
        for shown in span:
            depths[shown.on] = max(depths[shown.on], lane)
    for on in days:
        if total_of(on, by_day, totals) > len(by_day.get(on, ())):
            depths[on] = lanes + 1
    return depths


def _bars(
    placed: Sequence[tuple[int, Sequence[DayEntry]]], depths: Mapping[date, int]
) -> dict[date, list[DayEntry]]:
    bars: dict[date, list[DayEntry]] = {on: [] for on in depths}
    for lane, span in placed:
        # The last lane that fits is "+n" where a day has more.
        fits_from = lane + any(depths[shown.on] > lane for shown in span)
        for index, shown in enumerate(span):
            covers = 0 if index else len(span)
            bars[shown.on].append(shown.laid(lane, covers, fits_from))
    return {on: sorted(laid, key=lambda bar: bar.lane) for on, laid in bars.items()}


def _rests(bars: Sequence[DayEntry], total: int, lanes: int) -> Iterator[Rest]:
    hidden = [
        (fit, total - sum(bar.fits_from <= fit for bar in bars)) for fit in range(1, lanes + 1)
    ]
    for count, group in groupby(hidden, key=lambda one: one[1]):
        fits = [fit for fit, _count in group]
        if count:
            yield Rest(fits[0], None if fits[-1] == lanes else fits[-1], count)
