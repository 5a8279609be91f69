"""How a rule follows when one of its instances is moved to another day or time of day.

A rule that names one day follows: BYDAY=MO moved to a Tuesday becomes BYDAY=TU, as at Google; the
second Tuesday of a month becomes its second Wednesday. Of a rule that names several days or hours,
or uses BYSETPOS, BYYEARDAY or BYWEEKNO, the move of one doesn't say what becomes of the others:
what is ambiguous stays as it is.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, time, timedelta
from typing import NamedTuple

from calendars.rfc5545.recurrence.clock import with_parts
from calendars.rfc5545.recurrence.rules import Frequency, Rule, Weekday, parse_rule
from calendars.rfc5545.recurrence.starts import local_starts
from calendars.rfc5545.recurrence.text import weekdays

_SECOND = timedelta(seconds=1)


class Followed(NamedTuple):
    """The rule after the move, and where the instance goes: not to `target` in what was `kept`.

    `by_period`: each instance becomes the one of the month or year that is `periods` later, at
    whatever distance in days.
    """

    text: str
    target: datetime
    kept: bool = False
    by_period: bool = False
    periods: int = 0


def follow(text: str, *, start: datetime, origin: datetime, target: datetime) -> Followed:
    """All times are local; `start` is DTSTART, `origin` the instance that goes to `target`."""
    rule, kept = parse_rule(text), False
    timed = _at_time(text, rule, start, origin, target)
    if timed is None:
        timed, kept = text, True
        target = datetime.combine(target.date(), origin.time())
    if target.date() == origin.date():
        return Followed(timed, target, kept)
    moved = _on_day(timed, rule, start, origin, target)
    if moved is None:
        return Followed(timed, datetime.combine(origin.date(), target.time()), True)
    return moved._replace(kept=kept)


def _at_time(
    text: str, rule: Rule, start: datetime, origin: datetime, target: datetime
) -> str | None:
    """The rule at the other time of day: it moves by the distance of the instance, which may be a
    listed date with a time of its own."""
    if origin.time() == target.time():
        return text
    if rule.frequency >= Frequency.HOURLY:
        return None if _has_parts(rule) else text
    own = rule.anchored_at(start)
    if max(map(len, (own.hours, own.minutes, own.seconds))) > 1:
        return None
    clock = time(own.hours[0], own.minutes[0], own.seconds[0])
    moved = datetime.combine(target.date(), clock)
    moved += target - datetime.combine(target.date(), origin.time())
    given = {"BYHOUR": rule.hours, "BYMINUTE": rule.minutes, "BYSECOND": rule.seconds}
    values = {"BYHOUR": moved.hour, "BYMINUTE": moved.minute, "BYSECOND": moved.second}
    named = {name: str(values[name]) for name, there in given.items() if there}
    return None if named and moved.date() != target.date() else with_parts(text, **named)


def _has_parts(rule: Rule) -> bool:
    return bool(_has_days(rule) or rule.hours or rule.minutes or rule.seconds or rule.positions)


def _has_days(rule: Rule) -> bool:
    return bool(rule.months or rule.month_days or rule.weekdays or _is_counted(rule))


def _is_counted(rule: Rule) -> bool:
    return bool(rule.week_numbers or rule.year_days or rule.positions)


def _on_day(
    text: str, rule: Rule, start: datetime, origin: datetime, target: datetime
) -> Followed | None:
    if not _has_days(rule) and rule.frequency >= Frequency.WEEKLY:
        return Followed(text, target)
    if _is_counted(rule) or rule.frequency >= Frequency.HOURLY:
        return None
    if _is_one_weekday(rule, start, origin):
        return Followed(with_parts(text, BYDAY=weekdays([Weekday(0, target.weekday())])), target)
    if rule.frequency >= Frequency.WEEKLY or not _is_instance(rule, start):
        return None
    parts = _month_parts(rule, origin, target)
    if parts is None:
        return None
    monthly = rule.frequency is Frequency.MONTHLY
    periods = target.year - origin.year
    if monthly:
        periods = 12 * periods + target.month - origin.month
        if periods and rule.months:
            return None
    return Followed(with_parts(text, **parts), target, by_period=True, periods=periods)


def _is_one_weekday(rule: Rule, start: datetime, origin: datetime) -> bool:
    """Whether it happens each week on one weekday, or in each of its months on every such day."""
    if rule.months or rule.month_days or rule.weekdays != (Weekday(0, origin.weekday()),):
        return False
    if rule.frequency is Frequency.WEEKLY:
        return rule.interval == 1 or start.weekday() == origin.weekday()
    return rule.frequency is Frequency.DAILY or rule.interval == 1


def _is_instance(rule: Rule, start: datetime) -> bool:
    return any(local_starts(rule, start, first=start, last=start + _SECOND))


def _month_parts(rule: Rule, origin: datetime, target: datetime) -> dict[str, str] | None:
    """The parts of a rule of one day in a month, for the day of `target`."""
    parts: dict[str, str] = {}
    if rule.frequency is Frequency.YEARLY:
        if rule.months:
            if rule.months != (origin.month,):
                return None
            parts["BYMONTH"] = str(target.month)
        elif rule.month_days or rule.weekdays:
            return None
    if rule.weekdays:
        nth = rule.weekdays[0].nth
        if len(rule.weekdays) > 1 or rule.month_days or not nth:
            return None
        return {**parts, "BYDAY": weekdays([_nth_weekday(target, from_end=nth < 0)])}
    if rule.month_days:
        if rule.month_days != (origin.day,):
            return None
        parts["BYMONTHDAY"] = str(target.day)
    return parts


def _nth_weekday(day: datetime, *, from_end: bool) -> Weekday:
    if from_end:
        return Weekday(-((monthrange(day.year, day.month)[1] - day.day) // 7 + 1), day.weekday())
    return Weekday((day.day - 1) // 7 + 1, day.weekday())
