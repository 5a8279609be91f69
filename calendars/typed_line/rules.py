"""A repetition as an RRULE (RFC 5545), and the first day on which it happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendars.typed_line.repetition import Limit, Repeat
from calendars.typed_line.steps import later, next_day_of_month, place_of_month

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
    if repeat.month_days:
        parts.append(f"BYMONTHDAY={','.join(map(str, repeat.month_days))}")
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
    if repeat.month_days:
        days = (next_day_of_month(on, day) for day in repeat.month_days)
        return min((day for day in days if day), default=on)
    if repeat.frequency == "MONTHLY" and repeat.weekdays:
        return min(_first_place(weekday, on) for weekday in repeat.weekdays)
    weekdays = {weekday for _place, weekday in repeat.weekdays}
    ahead = [on + timedelta(days=more) for more in range(7)]
    return next((day for day in ahead if day.weekday() in weekdays), on)


def _first_place(weekday: tuple[int, int], on: date) -> date:
    for more in range(_MONTHS_SEARCHED):
        month = later(on.replace(day=1), more, "month")
        found = place_of_month(month, *weekday) if month else None
        if found and found >= on:
            return found
    return on
