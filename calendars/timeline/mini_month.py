"""The small month beside every view: the way to any date."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from calendars.timeline.day_entry import DAY, dates_between
from calendars.timeline.grid_week import WEEK, first_of_week
from profiles.preferences import Reader

ROWS = 6  # always, so that turning doesn't move what's below


@dataclass(frozen=True, slots=True)
class MiniDay:
    on: date
    in_month: bool
    is_today: bool
    is_shown: bool
    has_events: bool


@dataclass(frozen=True, slots=True)
class MiniMonth:
    """The weeks around the month of `on`. Its days lead to `view`."""

    on: date
    view: str
    previous_on: date
    next_on: date
    shown_from: date
    shown_until: date
    weeks: tuple[tuple[MiniDay, ...], ...]


def mini_span(on: date, week_start: int) -> tuple[date, date]:
    """Return the first day that the mini month of `on` shows, and the one after the last."""
    first_on = first_of_week(on.replace(day=1), week_start)
    return first_on, first_on + ROWS * WEEK


def mini_month(
    *,
    on: date,
    view: str,
    reader: Reader,
    today: date,
    shown: tuple[date, date] | None = None,
    with_events: Collection[date] = (),
) -> MiniMonth:
    """Build the mini month of `on`. `shown` are the first day that the view shows, and the one
    after the last."""
    first_on, end_on = mini_span(on, reader.week_start)
    start_on, until = shown or (today, today)
    days = [
        MiniDay(
            on=one,
            in_month=one.month == on.month,
            is_today=one == today,
            is_shown=start_on <= one < until,
            has_events=one in with_events,
        )
        for one in dates_between(first_on, end_on)
    ]
    month_first = on.replace(day=1)
    return MiniMonth(
        on=on,
        view=view,
        previous_on=(month_first - DAY).replace(day=1),
        shown_from=start_on,
        shown_until=until,
        next_on=month_first + calendar.monthrange(on.year, on.month)[1] * DAY,
        weeks=tuple(tuple(days[at : at + 7]) for at in range(0, len(days), 7)),
    )
