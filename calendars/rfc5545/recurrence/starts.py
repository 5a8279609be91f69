"""Compute when a rule happens: from a Rule and its DTSTART to local wall-clock times, in order.

Days are proleptic Gregorian ordinals (`date.toordinal`), times are seconds of a day. A rule without
COUNT is evaluated near the window instead of being counted from DTSTART, and nothing beyond the
window is computed, so a rule that never happens ends as quickly as any other.

The tests compare it with python-dateutil's rrule, which counts from DTSTART, searches for a rule
that never happens until the year 9999, applies BYSETPOS to a first week cut off at DTSTART, and
reads BYWEEKNO without BYDAY as the whole week.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import TypeVar

from calendars.rfc5545.recurrence.rules import Frequency, InvalidRecurrence, Rule, Weekday

# A COUNT is counted from DTSTART. No real calendar needs more steps than this to reach the window,
# and counting further would delay other users.
MAX_COUNTED = 200_000

_Item = TypeVar("_Item")

_DAY_SECONDS = 86_400
_UNIT_SECONDS = {
    Frequency.DAILY: _DAY_SECONDS,
    Frequency.HOURLY: 3_600,
    Frequency.MINUTELY: 60,
    Frequency.SECONDLY: 1,
}


def local_starts(
    rule: Rule, start: datetime, *, first: datetime, last: datetime
) -> Iterator[datetime]:
    """Yield the naive local times in [first, last) at which `rule`, started at the naive `start`,
    happens; ascending. `start` itself is included only if it matches the rule. Raises
    InvalidRecurrence if a COUNT is too far away to count."""
    anchored = rule.anchored_at(start)
    seek = start if rule.count else max(start, first)
    moments = _PERIODS[rule.frequency](anchored, start, seek.toordinal(), last.toordinal())
    earliest = max(start, first)
    for moment in _count(moments, start, rule.count) if rule.count else moments:
        if moment >= last:
            return
        if moment >= earliest:
            yield moment


def _count(moments: Iterator[datetime], start: datetime, count: int) -> Iterator[datetime]:
    since_start = (moment for moment in moments if moment >= start)
    for number, moment in enumerate(since_start, 1):
        if number > MAX_COUNTED:
            raise InvalidRecurrence("count_too_far", "The rule has too many instances to count.")
        yield moment
        if number == count:
            return


def _years(rule: Rule, start: datetime, seek: int, stop: int) -> Iterator[datetime]:
    begin = start.year + _whole_intervals(date.fromordinal(seek).year - start.year, rule.interval)
    times = _times_of_day(rule)
    for year in range(begin, date.fromordinal(stop).year + 1, rule.interval):
        yield from _moments(rule, _days_of_year(rule, year), times, seek, stop)


def _months(rule: Rule, start: datetime, seek: int, stop: int) -> Iterator[datetime]:
    begin = _month_number(start)
    begin += _whole_intervals(_month_number(date.fromordinal(seek)) - begin, rule.interval)
    times = _times_of_day(rule)
    for number in range(begin, _month_number(date.fromordinal(stop)) + 1, rule.interval):
        year, month = number // 12, number % 12 + 1
        if not rule.months or month in rule.months:
            yield from _moments(rule, _days_of_month(rule, year, month), times, seek, stop)


def _weeks(rule: Rule, start: datetime, seek: int, stop: int) -> Iterator[datetime]:
    begin = start.toordinal() - (start.weekday() - rule.week_start) % 7
    begin += _whole_intervals(seek - begin, 7 * rule.interval)
    offsets = sorted({(weekday.day - rule.week_start) % 7 for weekday in rule.weekdays})
    times = _times_of_day(rule)
    for week in range(begin, stop + 1, 7 * rule.interval):
        days = [week + offset for offset in offsets]
        if rule.months:
            days = [day for day in days if date.fromordinal(day).month in rule.months]
        yield from _moments(rule, days, times, seek, stop)


def _days(rule: Rule, start: datetime, seek: int, stop: int) -> Iterator[datetime]:
    begin = start.toordinal()
    begin += _whole_intervals(seek - begin, rule.interval)
    times = _times_of_day(rule)
    for day in range(begin, stop + 1, rule.interval):
        if _is_day_allowed(rule, day):
            yield from _moments(rule, (day,), times, seek, stop)


def _units(rule: Rule, start: datetime, seek: int, stop: int) -> Iterator[datetime]:
    """Yield hours, minutes or seconds. They are evaluated day by day, so that an excluded day costs
    only one check."""
    unit_seconds = _UNIT_SECONDS[rule.frequency]
    units_a_day = _DAY_SECONDS // unit_seconds
    second_of_start = start.hour * 3_600 + start.minute * 60 + start.second
    begin = start.toordinal() * units_a_day + second_of_start // unit_seconds
    allowed = _allowed_units(rule)
    times = _picked(_times_of_unit(rule), rule.positions)
    for day in range(seek, stop + 1):
        if not _is_day_allowed(rule, day):
            continue
        midnight = datetime.fromordinal(day)
        first = (begin - day * units_a_day) % rule.interval
        for unit in _due_units(first, units_a_day, rule, allowed):
            for time in times:
                yield midnight + timedelta(seconds=unit * unit_seconds + time)


def _due_units(
    first: int, units_a_day: int, rule: Rule, allowed: frozenset[int] | None
) -> Iterable[int]:
    """Return the units of a day that match both the interval and the BY parts, by iterating over
    the shorter of the two: the interval's steps or the allowed units."""
    steps = range(first, units_a_day, rule.interval)
    if allowed is None:
        return steps
    if len(steps) <= len(allowed):
        return [unit for unit in steps if unit in allowed]
    return sorted(unit for unit in allowed if unit in steps)


def _allowed_units(rule: Rule) -> frozenset[int] | None:
    """Return the units of a day that match BYHOUR, BYMINUTE and BYSECOND; None for all."""
    hours, minutes = rule.hours or range(24), rule.minutes or range(60)
    seconds = rule.seconds or range(60)
    if rule.frequency is Frequency.HOURLY:
        return frozenset(rule.hours) if rule.hours else None
    if rule.frequency is Frequency.MINUTELY:
        if not (rule.hours or rule.minutes):
            return None
        return frozenset(hour * 60 + minute for hour, minute in product(hours, minutes))
    if not (rule.hours or rule.minutes or rule.seconds):
        return None
    return frozenset(
        hour * 3_600 + minute * 60 + second
        for hour, minute, second in product(hours, minutes, seconds)
    )


def _times_of_unit(rule: Rule) -> list[int]:
    """Return the seconds after the start of each hour, minute or second."""
    if rule.frequency is Frequency.HOURLY:
        return [minute * 60 + second for minute, second in product(rule.minutes, rule.seconds)]
    return list(rule.seconds) if rule.frequency is Frequency.MINUTELY else [0]


def _times_of_day(rule: Rule) -> list[timedelta]:
    return [
        timedelta(hours=hour, minutes=minute, seconds=second)
        for hour, minute, second in product(rule.hours, rule.minutes, rule.seconds)
    ]


def _moments(
    rule: Rule, days: Sequence[int], times: Sequence[timedelta], seek: int, stop: int
) -> Iterator[datetime]:
    """Yield the times in one period that BYSETPOS selects. Lazy: a year in which every second
    matches has 31 million."""
    if not rule.positions:
        for day in days:
            if seek <= day <= stop:
                midnight = datetime.fromordinal(day)
                yield from (midnight + time for time in times)
        return
    for place in _places(len(days) * len(times), rule.positions):
        day, time = divmod(place, len(times))
        yield datetime.fromordinal(days[day]) + times[time]


def _picked(items: list[_Item], positions: tuple[int, ...]) -> list[_Item]:
    return [items[place] for place in _places(len(items), positions)] if positions else items


def _places(size: int, positions: tuple[int, ...]) -> list[int]:
    """Return the indexes, from 0, of the positions in a list of that size."""
    return sorted(
        {place - 1 if place > 0 else size + place for place in positions if abs(place) <= size}
    )


def _days_of_month(rule: Rule, year: int, month: int) -> list[int]:
    span = _month_span(year, month)
    days = None
    if rule.month_days:
        days = _nth_days(rule.month_days, *span)
    if rule.weekdays:
        weekdays = _days_by_weekday(rule.weekdays, *span)
        days = weekdays if days is None else days & weekdays
    return sorted(days or ())


def _days_of_year(rule: Rule, year: int) -> list[int]:
    """Return the days that match every given BY part (RFC 5545 section 3.3.10, the table)."""
    months = [_month_span(year, month) for month in rule.months or range(1, 13)]
    year_span = date(year, 1, 1).toordinal(), 366 if isleap(year) else 365
    parts = []
    if rule.month_days:
        parts.append({day for span in months for day in _nth_days(rule.month_days, *span)})
    elif rule.months:
        parts.append({day for first, length in months for day in range(first, first + length)})
    if rule.year_days:
        parts.append(_nth_days(rule.year_days, *year_span))
    if rule.week_numbers:
        parts.append(_days_by_week(rule, *year_span))
    if rule.weekdays:
        spans = months if rule.months else [year_span]
        parts.append({day for span in spans for day in _days_by_weekday(rule.weekdays, *span)})
    return sorted(set.intersection(*parts))


def _nth_days(numbers: tuple[int, ...], first: int, length: int) -> set[int]:
    """Return the ordinals of the nth days of a span, counted from its end if n is negative."""
    return {
        first + number - 1 if number > 0 else first + length + number
        for number in numbers
        if abs(number) <= length
    }


def _days_by_weekday(weekdays: tuple[Weekday, ...], first: int, length: int) -> set[int]:
    days: set[int] = set()
    for nth, day in weekdays:
        every = range(first + (day - _weekday(first)) % 7, first + length, 7)
        if nth == 0:
            days.update(every)
        elif abs(nth) <= len(every):
            days.add(every[nth - 1 if nth > 0 else nth])
    return days


def _days_by_week(rule: Rule, first: int, length: int) -> set[int]:
    """Return the days of a calendar year in the weeks of BYWEEKNO. Its first and last days may
    belong to a week of the previous or next year."""
    return {
        day
        for day in range(first, first + length)
        if not _week_numbers(day, rule.week_start).isdisjoint(rule.week_numbers)
    }


def _week_numbers(day: int, week_start: int) -> set[int]:
    """Return the number of a day's week from the start and from the end of its year: the year that
    contains at least four days of the week."""
    week = day - (_weekday(day) - week_start) % 7
    year = date.fromordinal(week + 3).year
    first = _first_week(year, week_start)
    weeks = (_first_week(year + 1, week_start) - first) // 7
    number = (week - first) // 7 + 1
    return {number, number - weeks - 1}


def _first_week(year: int, week_start: int) -> int:
    """Return the first day of the week that contains 4 January, the first week with four days in
    the year."""
    fourth = date(year, 1, 4).toordinal()
    return fourth - (_weekday(fourth) - week_start) % 7


def _is_day_allowed(rule: Rule, ordinal: int) -> bool:
    """Whether the day matches the parts that only limit a rule with a period of a day or less."""
    if not (rule.months or rule.month_days or rule.year_days or rule.weekdays):
        return True
    day = date.fromordinal(ordinal)
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.weekdays or any(day.weekday() == weekday.day for weekday in rule.weekdays))
        and (
            not rule.month_days
            or ordinal in _nth_days(rule.month_days, *_month_span(day.year, day.month))
        )
        and (
            not rule.year_days
            or ordinal
            in _nth_days(
                rule.year_days, date(day.year, 1, 1).toordinal(), 366 if isleap(day.year) else 365
            )
        )
    )


def _month_span(year: int, month: int) -> tuple[int, int]:
    """Return the ordinal of a month's first day, and its length."""
    return date(year, month, 1).toordinal(), monthrange(year, month)[1]


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _weekday(ordinal: int) -> int:
    return (ordinal - 1) % 7


def _whole_intervals(distance: int, interval: int) -> int:
    """Return `distance` rounded down to whole intervals; 0 if it's negative."""
    return max(0, distance // interval * interval)


_PERIODS: dict[Frequency, Callable[[Rule, datetime, int, int], Iterator[datetime]]] = {
    Frequency.YEARLY: _years,
    Frequency.MONTHLY: _months,
    Frequency.WEEKLY: _weeks,
    Frequency.DAILY: _days,
    Frequency.HOURLY: _units,
    Frequency.MINUTELY: _units,
    Frequency.SECONDLY: _units,
}
