"""A repetition as an RRULE (RFC 5545), and the first day on which it happens."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendars.typed_line.repetition import Limit, Repeat
from calendars.typed_line.steps import later, next_day_of_month

_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MONTHS_SEARCHED = 24


def rule_of(repeat: Repeat, limit: Limit | None, zone: ZoneInfo | None) -> str:
    """Return the line; `zone` is None for whole days. A last day lasts until its last second."""
    parts = [f"FREQ={repeat.frequency}"]
    if repeat.interval > 1:
        parts.append(f"INTERVAL={repeat.interval}")
    if repeat.weekdays:
        days = (f"{place or ''}{_NAMES[weekday]}" for place, weekday in repeat.weekdays)
        parts.append(f"BYDAY={','.join(days)}")
    if repeat.month_day is not None:
        parts.append(f"BYMONTHDAY={repeat.month_day}")
    if limit is not None and limit.count is not None:
        parts.append(f"COUNT={limit.count}")
    if limit is not None and limit.until is not None:
        parts.append(f"UNTIL={_until(limit.until, zone)}")
    return "RRULE:" + ";".join(parts)


def _until(on: date, zone: ZoneInfo | None) -> str:
    if zone is None:
        return f"{on:%Y%m%d}"
    last = datetime.combine(on, time(23, 59, 59), zone)
    return f"{last.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def first_day(repeat: Repeat, on: date) -> date:
    """Return the first day of the repetition on or after `on`."""
    if repeat.month_day is not None:
        return next_day_of_month(on, repeat.month_day) or on
    if repeat.frequency == "MONTHLY" and repeat.weekdays:
        return _first_place(repeat.weekdays[0], on)
    days = {weekday for _place, weekday in repeat.weekdays}
    ahead = range(7)
    return next(
        (
            on + timedelta(days=more)
            for more in ahead
            if (on + timedelta(days=more)).weekday() in days
        ),
        on,
    )


def _first_place(weekday: tuple[int, int], on: date) -> date:
    for more in range(_MONTHS_SEARCHED):
        month = later(on.replace(day=1), more, "month")
        found = _place_of_month(month, *weekday) if month else None
        if found and found >= on:
            return found
    return on


def _place_of_month(month: date, place: int, weekday: int) -> date | None:
    """Return the second Tuesday of a month, or its last one (-1)."""
    length = monthrange(month.year, month.month)[1]
    first = 1 + (weekday - month.weekday()) % 7
    days = range(first, length + 1, 7)
    index = place if place < 0 else place - 1
    return month.replace(day=days[index]) if -len(days) <= index < len(days) else None
