"""The month: whole weeks, with a lane for each entry; pure functions."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.dateformat import format as formatted

from calendars.timeline.agenda import NO_TOTALS, AgendaDay, agenda_day, total_of
from calendars.timeline.day_entry import DAY, DayEntry, dates_between, entries_by_day
from calendars.timeline.days import COUNTED
from calendars.timeline.occurrences import TimelineEntry

LANES = 3
WEEK = timedelta(weeks=1)
# The most entries of the selected day beside the month.
CHOSEN = 60


@dataclass(frozen=True, slots=True)
class MonthDay:
    on: date
    in_month: bool
    is_today: bool
    bars: tuple[DayEntry, ...]
    total: int

    @property
    def more(self) -> int:
        """The number of entries without a lane."""
        return self.total - len(self.bars)

    @property
    def is_counted(self) -> bool:
        return self.total <= COUNTED


@dataclass(frozen=True, slots=True)
class MonthView:
    on: date
    previous_on: date
    next_on: date
    weeks: tuple[tuple[MonthDay, ...], ...]
    day: AgendaDay

    @property
    def name(self) -> str:
        return "month"

    @property
    def title(self) -> str:
        return formatted(self.on, "F Y")


def month_span(on: date) -> tuple[date, date]:
    """Return the Monday of the month's first week, and the Monday after its last week."""
    first_on, last_on = on.replace(day=1), on.replace(day=_length_of_month(on))
    return _monday(first_on), _monday(last_on) + WEEK


def month_view(
    entries: Iterable[TimelineEntry],
    *,
    on: date,
    today: date,
    totals: Mapping[date, int] = NO_TOTALS,
) -> MonthView:
    """Build the weeks of the month that contains `on`, and the view of that day."""
    by_day = entries_by_day(entries)
    mondays = dates_between(*month_span(on), WEEK)
    return MonthView(
        on=on,
        previous_on=_same_day(on.replace(day=1) - DAY, on.day),
        next_on=_same_day(on.replace(day=_length_of_month(on)) + DAY, on.day),
        weeks=tuple(
            _week(monday, by_day, month=on.month, today=today, totals=totals) for monday in mondays
        ),
        day=agenda_day(on, by_day, today, totals, CHOSEN),
    )


def _week(
    monday: date,
    by_day: dict[date, list[DayEntry]],
    *,
    month: int,
    today: date,
    totals: Mapping[date, int],
) -> tuple[MonthDay, ...]:
    days = tuple(dates_between(monday, monday + WEEK))
    bars = _bars(days, by_day)
    return tuple(
        MonthDay(
            on=on,
            in_month=on.month == month,
            is_today=on == today,
            bars=tuple(bar for bar in bars[on] if bar.lane <= LANES),
            total=total_of(on, by_day, totals),
        )
        for on in days
    )


def _bars(days: Sequence[date], by_day: dict[date, list[DayEntry]]) -> dict[date, list[DayEntry]]:
    """Assign each entry of a week the first lane that is free on all its days."""
    spans: defaultdict[str, list[tuple[date, DayEntry]]] = defaultdict(list)
    for on in days:
        for shown in by_day.get(on, ()):
            spans[shown.key].append((on, shown))
    bars: dict[date, list[DayEntry]] = {on: [] for on in days}
    for span in sorted(spans.values(), key=_bar_order):
        lane = _free_lane([bars[on] for on, _ in span])
        for index, (on, shown) in enumerate(span):
            bars[on].append(replace(shown, lane=lane, days=0 if index else len(span)))
    return {on: sorted(laid, key=lambda bar: bar.lane) for on, laid in bars.items()}


def _bar_order(span: Sequence[tuple[date, DayEntry]]) -> tuple[date, int, bool, datetime]:
    """Return the sort key: by start, which needs the fewest lanes; on the same day the longest
    first."""
    (first_on, shown), *_ = span
    return (first_on, -len(span), not shown.fills_day, shown.entry.start_at)


def _free_lane(days: Sequence[Sequence[DayEntry]]) -> int:
    taken = {bar.lane for day in days for bar in day}
    return next(lane for lane in range(1, len(taken) + 2) if lane not in taken)


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def _length_of_month(on: date) -> int:
    return calendar.monthrange(on.year, on.month)[1]


def _same_day(on: date, day: int) -> date:
    """Return that day in the month of `on`, or the month's last day if it's shorter."""
    return on.replace(day=min(day, _length_of_month(on)))
