"""The ranges of dates that insights offer, as a person names them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

DAY = timedelta(days=1)
LONGEST_DAYS = 800  # as of a window of occurrences
Range = tuple[date, date]  # the first and the last day


def this_week(today: date, week_start: int) -> Range:
    first = today - (today.weekday() - week_start) % 7 * DAY
    return first, first + 6 * DAY


def this_month(today: date, week_start: int) -> Range:
    first = today.replace(day=1)
    return first, _next_month(first, 1) - DAY


def last_30_days(today: date, week_start: int) -> Range:
    return today - 29 * DAY, today


def this_quarter(today: date, week_start: int) -> Range:
    first = today.replace(month=today.month - (today.month - 1) % 3, day=1)
    return first, _next_month(first, 3) - DAY


def this_year(today: date, week_start: int) -> Range:
    return today.replace(month=1, day=1), today.replace(month=12, day=31)


PRESETS: dict[str, Callable[[date, int], Range]] = {
    "week": this_week,
    "month": this_month,
    "30-days": last_30_days,
    "quarter": this_quarter,
    "year": this_year,
}


def _next_month(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
