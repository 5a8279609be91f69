"""Days reckoned from other days, within the years that a typed line can mean."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1900, 2200


def date_of(year: int, month: int, day: int) -> date | None:
    """Return the date, or None if there is no such day."""
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def later(on: date, count: int, unit: str) -> date | None:
    """Return the date after so many units; a month or year later is at most its last day."""
    if unit in ("day", "week"):
        on += timedelta(days=count * (7 if unit == "week" else 1))
        return on if on.year <= LAST_YEAR else None
    months = on.month - 1 + count * (12 if unit == "year" else 1)
    year, month = on.year + months // 12, months % 12 + 1
    return date_of(year, month, min(on.day, monthrange(min(year, LAST_YEAR), month)[1]))


def next_weekday(on: date, weekday: int) -> date:
    """Return the next such day after `on`."""
    return on + timedelta(days=(weekday - on.weekday() - 1) % 7 + 1)


def next_day_of_month(on: date, day: int) -> date | None:
    """Return the next month's day of this number, on `on` or after it; -1 is the last one."""
    for more in range(13):
        first = later(on.replace(day=1), more, "month")
        if first is None:
            return None
        length = monthrange(first.year, first.month)[1]
        number = length + 1 + day if day < 0 else day
        if 1 <= number <= length and first.replace(day=number) >= on:
            return first.replace(day=number)
    return None


def last_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def place_of_month(month: date, place: int, weekday: int) -> date | None:
    """Return the second Tuesday of a month, or its last one (-1)."""
    length = monthrange(month.year, month.month)[1]
    first = 1 + (weekday - month.weekday()) % 7
    days = range(first, length + 1, 7)
    index = place if place < 0 else place - 1
    return month.replace(day=days[index]) if -len(days) <= index < len(days) else None
