"""Times and spans of time in a line: at 9, 9-10:30, from 9 to 11 am, von 9 bis 11 Uhr, evening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from calendars.typed_line.clocks import ClockTime, any_clock_time, clock_time, plain_hour
from calendars.typed_line.dates import Days, one_day
from calendars.typed_line.days import day, days
from calendars.typed_line.line import DASHES, SEPARATORS, Found, Line, first_of
from calendars.typed_line.repetition import Repeat
from calendars.typed_line.steps import next_weekday
from calendars.typed_line.weekdays import units

_STREETS = frozenset((
    "street", "st", "road", "rd", "avenue", "ave", "lane", "drive", "square", "place", "court",
    "way", "boulevard", "blvd", "terrace",
))  # fmt: skip
_LONGEST_ADDRESS = 4
_MEASURES = frozenset(("euro", "eur", "km", "percent", "prozent", "degrees", "people", "personen"))


@dataclass(frozen=True, slots=True)
class Times:
    """A time, perhaps with its end. `is_bare`: a number after a day; `is_end`: "until 5 pm"."""

    start: ClockTime
    end: ClockTime | None = None
    is_bare: bool = False
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Daypart:
    """morning, afternoon, evening or night; `today`: of this day."""

    name: str
    today: bool = False


@dataclass(frozen=True, slots=True)
class Moments:
    """From a time of one day to a time of another."""

    first: Days
    start: ClockTime
    last: Days
    end: ClockTime


def times(line: Line, at: int) -> Found[Times] | None:
    return first_of(line, at, _span, _single)


def _span(line: Line, at: int) -> Found[Times] | None:
    between = line.skip(at, line.language.between)
    led = line.skip(at, line.language.before_range)
    start = led if led > at else line.skip(at, line.language.before_time)
    rules = (plain_hour, any_clock_time)
    for rule in rules if led > at else rules[1:]:
        first = rule(line, start)
        then = _joined(line, first.end, between > at) if first else start
        last = any_clock_time(line, then) if first and then > first.end else None
        if first and last and not _is_day(line, then, last.end):
            found = Found(last.end, Times(first.value, last.value))
            return found if start > at or _is_sure_span(line, at, found, first, last) else None
    return None


def _joined(line: Line, at: int, between: bool) -> int:
    return line.skip(at, line.language.between_and) if between else _to(line, at)


def _is_day(line: Line, at: int, end: int) -> bool:
    """9 until 12 May, from 2 to 3%: the number isn't an hour."""
    on = day(line, at)
    return line.low(end) in ("%", "/") or (on is not None and on.end > end)


def _to(line: Line, at: int) -> int:
    dash = line.skip_mark(at, DASHES)
    return dash if dash > at else line.skip(at, line.language.to)


def _is_sure_span(
    line: Line, at: int, span: Found[Times], first: Found[ClockTime], last: Found[ClockTime]
) -> bool:
    """Numbers like 9-10 are times only beside a day; 9-10:30 and 2-3pm always."""
    if any(sure is not None and sure.end == found.end for sure, found in (
        (clock_time(line, at), first),
        (clock_time(line, _to(line, first.end)), last),
    )):  # fmt: skip
        return True
    if line.low(span.end) == "." or line.number(span.end) is not None:
        return False
    return line.is_beside(at) or days(line, span.end) is not None


def _single(line: Line, at: int) -> Found[Times] | None:
    led = line.skip(at, line.language.before_time)
    if led == at and line.low(at) == "@":
        led = at + 1
    if led > at:
        found = any_clock_time(line, led)
        if found is not None and not _is_something_else(line, led, found.end):
            return Found(found.end, Times(found.value))
    alone = clock_time(line, at) or _hour_of_daypart(line, at)
    if alone and line.low(at - 1) != "in":  # a marathon in 3:30
        return Found(alone.end, Times(alone.value))
    return _only_end(line, at) or _bare_hour(line, at)


def _only_end(line: Line, at: int) -> Found[Times] | None:
    """until 5 pm, bis 12 Uhr"""
    start = line.skip(at, line.language.until)
    found = clock_time(line, start) if start > at else None
    return Found(found.end, Times(found.value, is_end=True)) if found else None


def _bare_hour(line: Line, at: int) -> Found[Times] | None:
    """Lunch tomorrow 12: the last number, right after a day."""
    hour = line.number(at)
    is_last = line.token(at + 1) is None and line.is_beside(at) and not line.has("time")
    if hour is None or hour > 23 or not is_last or not isinstance(line.pieces[-1].value, Days):
        return None
    found = plain_hour(line, at)
    return Found(found.end, Times(found.value, is_bare=True)) if found else None


def _hour_of_daypart(line: Line, at: int) -> Found[ClockTime] | None:
    """3 in the afternoon, 8 abends"""
    found = plain_hour(line, at)
    part = line.find(found.end, line.language.dayparts) if found else None
    return found if part else None


def _is_something_else(line: Line, at: int, end: int) -> bool:
    """at 9 Main Street, at 100 km/h, um 5 Euro, at 3 flats"""
    if end - at > 1 or line.number(at) is None:
        return False
    after = line.token(end)
    if after is None or after.kind != "word":
        return after is not None and after.low in "%€$/:" and not after.gap
    address = [line.low(place) for place in range(end, end + _LONGEST_ADDRESS)]
    if after.is_capital and _STREETS.intersection(address):
        return True
    if not after.gap or after.low in _MEASURES:
        return True
    is_plural = after.low.endswith("s") and not after.is_capital and "'" not in after.low
    return line.language.tag == "en" and is_plural and after.low not in line.language.words


# Parts of a day


def daypart(line: Line, at: int) -> Found[Daypart] | None:
    """in the morning, tonight, abends; after a day also: morning, Abend, früh"""
    today = line.find(at, line.language.dayparts_today)
    if today:
        return Found(today.end, Daypart(today.value, today=True))
    anywhere = line.find(at, line.language.dayparts)
    if anywhere:
        return Found(anywhere.end, Daypart(anywhere.value))
    if not line.is_beside(at) or line.low(at - 1) in SEPARATORS:
        return None
    last = line.pieces[-1].value
    if isinstance(last, Times):
        after = line.find(at, line.language.dayparts_after_time)
        return Found(after.end, Daypart(after.value)) if after else None
    is_day = isinstance(last, Days | Repeat)
    beside = line.find(at, line.language.dayparts_after_day) if is_day else None
    if beside is None or _is_title(line, at, beside.end):
        return None
    return Found(beside.end, Daypart(beside.value))


def _is_title(line: Line, at: int, end: int) -> bool:
    """Tuesday morning Coffee is a part of the day; Sunday Night Live and 12 May Morning are not."""
    after = line.token(end)
    is_english_name = line.language.tag == "en" and line.tokens[at].is_capital
    return is_english_name and after is not None and after.kind == "word" and after.is_capital


# Times told from now, and from one day to another


def offset(line: Line, at: int) -> Found[timedelta] | None:
    """in 20 minutes, in einer halben Stunde"""
    start = line.skip(at, line.language.in_)
    if start == at:
        return None
    length = line.find(start, line.language.lengths)
    if length:
        return Found(length.end, timedelta(minutes=length.value))
    found = units(line, start)
    if found is None or found.value[1] not in ("minute", "hour") or not 0 < found.value[0] <= 999:
        return None
    return Found(found.end, timedelta(minutes=found.value[0] * _minutes(found.value[1])))


def _minutes(unit: str) -> int:
    return 60 if unit == "hour" else 1


def moments(line: Line, at: int) -> Found[Moments] | None:
    """Monday 9am to Wednesday 5pm"""
    start = line.skip(at, line.language.before_range)
    first = _moment(line, start)
    then = _to(line, first.end) if first else at
    last = _moment(line, then) if first and then > first.end else None
    if first is None or last is None:
        return None
    on, until = first.value[0], last.value[0]
    if until.weekday is not None and until.last <= on.first:
        until = one_day(next_weekday(on.first, until.weekday))
    return Found(last.end, Moments(on, first.value[1], until, last.value[1]))


def _moment(line: Line, at: int) -> Found[tuple[Days, ClockTime]] | None:
    on = days(line, at)
    if on is None or on.value.first != on.value.last:
        return None
    start = line.skip(line.skip_mark(on.end, SEPARATORS), line.language.before_time)
    time = any_clock_time(line, start)
    return Found(time.end, (on.value, time.value)) if time else None
