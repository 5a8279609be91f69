"""Repetition: daily, every other Tuesday, jeden ersten Montag im Monat, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from calendars.typed_line.dates import Days, Doubt
from calendars.typed_line.days import day
from calendars.typed_line.line import DASHES, SEPARATORS, Found, Line, first_of
from calendars.typed_line.steps import last_of_month
from calendars.typed_line.weekdays import month_end

MOST_INTERVALS, MOST_TIMES = 99, 999
_FREQUENCIES = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_LISTING = SEPARATORS | frozenset("/&+")
Weekdays = tuple[tuple[int, int], ...]  # the place in the month, or 0, and the weekday


@dataclass(frozen=True, slots=True)
class Repeat:
    """The parts of a rule. `on` is the day of a yearly one."""

    frequency: str
    interval: int = 1
    weekdays: Weekdays = ()
    month_days: tuple[int, ...] = ()
    part: str = ""  # of each day
    on: Days | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a repetition ends: its last day, or after so many times."""

    until: date | None = None
    count: int | None = None
    doubts: tuple[Doubt, ...] = ()


def repetition(line: Line, at: int) -> Found[Repeat] | None:
    return first_of(
        line, at, _workdays, _weekends, _plurals, _nth_of_month, _every, _adverb, _several_weekdays
    )


def _workdays(line: Line, at: int) -> Found[Repeat] | None:
    """weekdays, werktags"""
    found = line.find(at, line.language.workdays)
    if found is None:
        return None
    doubts: tuple[Doubt, ...] = ((found.value, ()),) if found.value else ()
    return Found(found.end, _weekly(tuple(range(5)), doubts=doubts))


def _weekends(line: Line, at: int) -> Found[Repeat] | None:
    found = line.find(at, line.language.every_weekend)
    return Found(found.end, _weekly((5, 6))) if found else None


def _weekly(days: tuple[int, ...], interval: int = 1, doubts: tuple[Doubt, ...] = ()) -> Repeat:
    weekdays = tuple((0, each) for each in sorted(set(days)))
    return Repeat("WEEKLY", interval, weekdays, doubts=doubts)


def _plurals(line: Line, at: int) -> Found[Repeat] | None:
    """Tuesdays and Thursdays, montags bis freitags"""
    start = line.skip(at, line.language.before_day)
    found = _listed(line, start, plural=True)
    return Found(found.end, _weekly(found.value)) if found else None


def _several_weekdays(line: Line, at: int) -> Found[Repeat] | None:
    """Mon, Wed, Fri is each week, as it seems; two days on end are a span (days.py)."""
    start = line.skip(at, line.language.before_day)
    found = _listed(line, start)
    if found is None or len(set(found.value)) < 2 or _is_span(line, start, found.end):
        return None
    if len(found.value) == 2 and (found.value[1] - found.value[0]) % 7 == 1:
        return None
    return Found(found.end, _weekly(found.value, doubts=(("several-days", ()),)))


def _is_span(line: Line, start: int, end: int) -> bool:
    return any(_next_in_list(line, at)[1] for at in range(start, end))


def _listed(line: Line, at: int, *, plural: bool = False) -> Found[tuple[int, ...]] | None:
    """Return "Mon, Wed and Fri", "Mon-Fri"."""
    table = line.language.plural_weekdays if plural else line.language.weekdays
    first = line.find(at, table)
    if first is None:
        return None
    end, found = line.skip_mark(first.end, "."), [first.value]
    while True:
        after, is_span = _next_in_list(line, end)
        is_loose = after == end or line.low(after - 1) in SEPARATORS
        is_apart = is_loose and _is_dated_weekday(line, after)
        each = None if is_apart else line.find(after, table)
        if each is None:
            return Found(end, tuple(found))
        between = (each.value - found[-1]) % 7 if is_span else 0
        found += [(found[-1] + step) % 7 for step in range(1, between)] + [each.value]
        end = line.skip_mark(each.end, ".")


def _is_dated_weekday(line: Line, at: int) -> bool:
    """every Monday, Tuesday 2 June: the second weekday belongs to the date."""
    weekday, on = line.find(at, line.language.weekdays), day(line, at)
    return bool(weekday and on and on.value.weekday is None)


def _next_in_list(line: Line, at: int) -> tuple[int, bool]:
    dash = line.skip_mark(at, DASHES)
    span = dash if dash > at else line.skip(at, line.language.to)
    if span > at:
        return span, True
    return line.skip(line.skip_mark(at, _LISTING), line.language.and_), False


def _nth_of_month(line: Line, at: int) -> Found[Repeat] | None:
    """first Monday of every month, on the 15th of every month, am letzten Tag jedes Monats"""
    start = line.skip(at, line.language.before_day)
    found = _place_in_month(line, start)
    each = line.find(found.end, line.language.of_each_month) if found else None
    return Found(each.end, found.value) if found and each else None


def _place_in_month(line: Line, at: int) -> Found[Repeat] | None:
    """Return "first Monday", "15th", "last day" as parts of a monthly rule."""
    ordinals = _ordinals(line, at)
    if ordinals is None:
        return None
    end, places = ordinals
    weekday = line.find(end, line.language.weekdays)
    if weekday and all(place == -1 or 1 <= place <= 5 for place in places):
        listed = tuple((place, weekday.value) for place in places)
        more = _place_in_month(line, _next_place(line, weekday.end)) if len(places) == 1 else None
        if more and more.value.weekdays:
            return Found(more.end, replace(more.value, weekdays=listed + more.value.weekdays))
        return Found(weekday.end, Repeat("MONTHLY", 1, listed))
    days = line.skip(end, line.language.month_days)
    if -1 in places and days == end:
        return None
    if all(place == -1 or 1 <= place <= 31 for place in places):
        return Found(days, Repeat("MONTHLY", 1, month_days=places))
    return None


def _next_place(line: Line, at: int) -> int:
    """Return the index after ", and the", or the same one."""
    after = line.skip(line.skip_mark(at, _LISTING), line.language.and_)
    return line.skip(after, line.language.before_day) if after > at else at


def _ordinals(line: Line, at: int) -> Found[tuple[int, ...]] | None:
    """Return "second", "first and third", "1. und 15."."""
    first = line.ordinal(at)
    if first is None:
        return None
    end, places = first.end, [first.value]
    while True:
        after = _next_place(line, end)
        more = line.ordinal(after) if after > end else None
        if more is None:
            return Found(end, tuple(dict.fromkeys(places)))
        end, places = more.end, [*places, more.value]


def _every(line: Line, at: int) -> Found[Repeat] | None:
    start = line.find(at, line.language.every)
    if start is None:
        return None
    return first_of(
        line, start.end, _each_part_of_day, _month_places, _intervals_of_units,
        _intervals_of_weekdays, _each_date, _each_day_of_month,
    )  # fmt: skip


def _each_part_of_day(line: Line, at: int) -> Found[Repeat] | None:
    """every morning, jeden Abend"""
    part = line.find(at, line.language.dayparts_after_day)
    return Found(part.end, Repeat("DAILY", part=part.value)) if part else None


def _month_places(line: Line, at: int) -> Found[Repeat] | None:
    """every ... first Monday of the month; the last Friday is always of the month."""
    found = _place_in_month(line, at)
    if found is None or line.find(found.end, line.language.months):
        return None
    of_month = line.find(found.end, line.language.of_month)
    if of_month:
        return Found(of_month.end, found.value)
    place = found.value.weekdays[0][0] if found.value.weekdays else 0
    if place == -1 or (place == 1 and found.value.weekdays):
        return found
    return None


def _intervals_of_units(line: Line, at: int) -> Found[Repeat] | None:
    """every day, every 2 weeks, every other month, jede zweite Woche"""
    interval = _interval(line, at)
    unit = line.find(interval.end, line.language.units)
    if unit is None or unit.value not in _FREQUENCIES or not 0 < interval.value <= MOST_INTERVALS:
        return None
    repeat = Repeat(_FREQUENCIES[unit.value], interval.value)
    return _with_days(line, Found(unit.end, repeat))


def _interval(line: Line, at: int) -> Found[int]:
    other = line.skip(at, line.language.other)
    if other > at:
        return Found(other, 2)
    return line.ordinal(at) or line.count(at) or Found(at, 1)


def _intervals_of_weekdays(line: Line, at: int) -> Found[Repeat] | None:
    """every Tuesday and Thursday, every other Tuesday; "every third Tuesday" may be the month's."""
    other = line.skip(at, line.language.other)
    ordinal = None if other > at else line.ordinal(at)
    start, interval = (ordinal.end, ordinal.value) if ordinal else (other, 1 + (other > at))
    listed = _listed(line, start)
    if listed is None or not 0 < interval <= MOST_INTERVALS:
        return None
    doubts: tuple[Doubt, ...] = ()
    if ordinal and interval not in line.language.sure_intervals:
        doubts = (("nth-weekday", ()),)
    return Found(listed.end, _weekly(listed.value, interval, doubts))


def _each_date(line: Line, at: int) -> Found[Repeat] | None:
    """every 12 May"""
    found = day(line, at)
    if found is None or not found.value.yearly:
        return None
    return Found(found.end, Repeat("YEARLY", on=found.value))


def _each_day_of_month(line: Line, at: int) -> Found[Repeat] | None:
    """every 15th"""
    found = _place_in_month(line, at)
    return found if found and found.value.month_days and line.number(at) is not None else None


def _adverb(line: Line, at: int) -> Found[Repeat] | None:
    found = line.find(at, line.language.adverbs)
    if found is None:
        return None
    frequency, interval, doubt = found.value
    if _is_adjective(line, at, found.end):
        line.note("repeats", at, found.end)
        return None
    doubts: tuple[Doubt, ...] = ((doubt, ()),) if doubt else ()
    return _with_days(line, Found(found.end, Repeat(frequency, interval, doubts=doubts)))


def _is_adjective(line: Line, start: int, end: int) -> bool:
    """In English the daily of "Daily standup" may be a part of the title, or all of it."""
    after = line.token(end)
    if line.language.tag != "en":
        return False
    if start == 0:
        return True
    return after is not None and after.kind == "word" and after.low not in line.language.words


def _with_days(line: Line, found: Found[Repeat]) -> Found[Repeat]:
    """every month on the 15th, every 2 weeks on Tuesday and Thursday, monatlich am 15."""
    repeat = found.value
    start = line.skip(line.skip_mark(found.end, SEPARATORS), line.language.before_day)
    if repeat.frequency == "WEEKLY":
        listed = _listed(line, start) or _listed(line, start, plural=True)
        if listed and (start > found.end or line.is_free(start, listed.end)):
            weekdays = _weekly(listed.value).weekdays
            return Found(listed.end, replace(repeat, weekdays=weekdays))
    if repeat.frequency == "MONTHLY" and start > found.end:
        place = _place_in_month(line, start)
        if place and not line.find(place.end, line.language.months):
            parts = replace(place.value, interval=repeat.interval, doubts=repeat.doubts)
            return Found(line.skip(place.end, line.language.of_month), parts)
    return found


# Where it ends


def limit(line: Line, at: int) -> Found[Limit] | None:
    if not line.has("repetition"):
        return None
    return first_of(line, at, _through, _until, _times)


@dataclass(frozen=True, slots=True)
class OnlyEnd:
    """A last day before a repetition is known, or without one."""

    last: date


def only_end(line: Line, at: int) -> Found[OnlyEnd] | None:
    """until Friday, bis 14. August"""
    start = _after_until(line, at)
    on = day(line, start) if start > at else None
    return Found(on.end, OnlyEnd(on.value.last)) if on else None


def _after_until(line: Line, at: int) -> int:
    through = line.skip(at, line.language.through)
    return through if through > at else line.skip(at, line.language.until)


def _through(line: Line, at: int) -> Found[Limit] | None:
    """through June, bis Ende Juni"""
    start = line.find(at, line.language.through)
    if start is None:
        return None
    month = line.find(start.end, line.language.months)
    if month and not _is_dated(line, month.end):
        return Found(month.end, Limit(month_end(line, month.value)))
    on = day(line, start.end)
    return Found(on.end, Limit(on.value.last)) if on else None


def _is_dated(line: Line, at: int) -> bool:
    return line.number(at) is not None


def _until(line: Line, at: int) -> Found[Limit] | None:
    """until 12 June; until June ends before June, and names the other reading."""
    start = line.find(at, line.language.until)
    if start is None:
        return None
    on = day(line, start.end) or day(line, at + 1)
    if on is not None:
        kept = tuple(doubt for doubt in on.value.doubts if doubt[0] != "next-year")
        return Found(on.end, Limit(on.value.last, doubts=kept))
    month = line.find(start.end, line.language.months)
    if month is None:
        return None
    year = line.number(month.end, digits=4) if len(line.low(month.end)) == 4 else None
    if year is not None and not line.today.year <= year <= line.today.year + 100:
        return None
    first = _first_of(line, month.value, year)
    doubt: Doubt = ("month-limit", (last_of_month(first.year, first.month),))
    before = first - timedelta(days=1)
    return Found(month.end + (year is not None), Limit(before, doubts=(doubt,)))


def _first_of(line: Line, month: int, year: int | None) -> date:
    return date(year or line.today.year + (month <= line.today.month), month, 1)


def _times(line: Line, at: int) -> Found[Limit] | None:
    """5 times, three times, 5-mal, dreimal"""
    word = line.find(at, line.language.counts)
    if word:
        return Found(word.end, Limit(count=word.value))
    count = line.count(at)
    if count is None or not 0 < count.value <= MOST_TIMES:
        return None
    end = line.skip_mark(count.end, DASHES)
    times = line.find(end, line.language.times)
    return Found(times.end, Limit(count=count.value)) if times else None
