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
    if former == later:
        return text
    derived = {
        "BYMONTH": (rule.months, numbers(former.months)),
        "BYMONTHDAY": (rule.month_days, numbers(former.month_days)),
        "BYDAY": (rule.weekdays, weekdays(former.weekdays)),
        "BYHOUR": (rule.hours, numbers(former.hours)),
        "BYMINUTE": (rule.minutes, numbers(former.minutes)),
        "BYSECOND": (rule.seconds, numbers(former.seconds)),
    }
    return with_parts(
        text, **{name: value for name, (given, value) in derived.items() if not given and value}
    )


def numbers(values: Iterable[int]) -> str:
    return ",".join(map(str, values))


def weekdays(values: Iterable[Weekday]) -> str:
    return ",".join(f"{nth or ''}{DAY_NAMES[day]}" for nth, day in values)
