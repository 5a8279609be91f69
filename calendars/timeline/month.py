"""The month, and two to four weeks from the current one: whole weeks; pure functions."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.local_time import day_span, month_title
from calendars.timeline.agenda import NO_TOTALS
from calendars.timeline.day_entry import DAY, dates_between, entries_by_day
from calendars.timeline.grid_week import WEEK, GridWeek, first_of_week, grid_week
from calendars.timeline.occurrences import TimelineEntry

# The most lanes that are drawn, by the number of weeks that share the height of a large screen.
MONTH_LANES = 8
LANES_OF_WEEKS = {2: 16, 3: 12, 4: 10}


@dataclass(frozen=True, slots=True)
class MonthView:
    """The weeks of a month, or a few weeks: what the pages of both show."""

    name: str
    title: str
    on: date
    previous_on: date
    next_on: date
    weeks: tuple[GridWeek, ...]

    @property
    def start_on(self) -> date:
        return self.weeks[0].days[0].on

    @property
    def end_on(self) -> date:
        return self.weeks[-1].days[-1].on + DAY


def month_span(on: date, week_start: int = 0) -> tuple[date, date]:
    """Return the first day of the month's first week, and the first one after its last week."""
    last_on = on.replace(day=_length_of_month(on))
    return first_of_week(on.replace(day=1), week_start), first_of_week(last_on, week_start) + WEEK


def month_view(
    entries: Iterable[TimelineEntry],
    *,
    on: date,
    today: date,
    week_start: int = 0,
    totals: Mapping[date, int] = NO_TOTALS,
) -> MonthView:
    """Build the weeks of the month that contains `on`."""
    by_day = entries_by_day(entries)
    return MonthView(
        name="month",
        title=month_title(on),
        on=on,
        previous_on=_same_day(on.replace(day=1) - DAY, on.day),
        next_on=_same_day(on.replace(day=_length_of_month(on)) + DAY, on.day),
        weeks=tuple(
            grid_week(
                first_on, by_day, today=today, month=on.month, totals=totals, lanes=MONTH_LANES
            )
            for first_on in dates_between(*month_span(on, week_start), WEEK)
        ),
    )


def weeks_span(on: date, weeks: int, week_start: int = 0) -> tuple[date, date]:
    first_on = first_of_week(on, week_start)
    return first_on, first_on + weeks * WEEK


def weeks_view(
    entries: Iterable[TimelineEntry],
    *,
    on: date,
    today: date,
    weeks: int,
    week_start: int = 0,
    totals: Mapping[date, int] = NO_TOTALS,
) -> MonthView:
    """Build that many weeks, the one that contains `on` first."""
    by_day = entries_by_day(entries)
    start_on, end_on = weeks_span(on, weeks, week_start)
    lanes = LANES_OF_WEEKS[weeks]
    return MonthView(
        name="weeks",
        title=day_span(start_on, end_on - DAY, wide=False),
        on=on,
        previous_on=on - weeks * WEEK,
        next_on=on + weeks * WEEK,
        weeks=tuple(
            grid_week(first_on, by_day, today=today, month=None, totals=totals, lanes=lanes)
            for first_on in dates_between(start_on, end_on, WEEK)
        ),
    )


def _length_of_month(on: date) -> int:
    return calendar.monthrange(on.year, on.month)[1]


def _same_day(on: date, day: int) -> date:
    """Return that day in the month of `on`, or the month's last day if it's shorter."""
    return on.replace(day=min(day, _length_of_month(on)))
