"""Rewriting the text of a rule, so that it means the same from another start."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from calendars.rfc5545.recurrence.clock import with_parts
from calendars.rfc5545.recurrence.rules import Rule, Weekday

DAY_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def explicit(text: str, rule: Rule, start: datetime, other: datetime) -> str:
    """Write out what the rule derived from `start` where another start would derive something
    else."""
    former, later = rule.anchored_at(start), rule.anchored_at(other)
    parts: dict[str, str | None] = {}
    if _days(former) != _days(later):  # a day of a month alone would be one of each month
        parts |= {} if rule.months else {"BYMONTH": numbers(former.months)}
        parts |= {} if rule.month_days else {"BYMONTHDAY": numbers(former.month_days)}
        parts |= {} if rule.weekdays else {"BYDAY": weekdays(former.weekdays)}
    if former.hours != later.hours:
        parts["BYHOUR"] = numbers(former.hours)
    if former.minutes != later.minutes:
        parts["BYMINUTE"] = numbers(former.minutes)
    if former.seconds != later.seconds:
        parts["BYSECOND"] = numbers(former.seconds)
    return with_parts(text, **{name: value or None for name, value in parts.items()})


def _days(rule: Rule) -> tuple[object, ...]:
    return rule.months, rule.month_days, rule.weekdays


def numbers(values: Iterable[int]) -> str:
    return ",".join(map(str, values))


def weekdays(values: Iterable[Weekday]) -> str:
    return ",".join(f"{nth or ''}{DAY_NAMES[day]}" for nth, day in values)
