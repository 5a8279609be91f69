"""Dates as they are typed: 2027-05-12, 12.5., 3/4, 12 May, zwölften Mai, the 20th.

Each rule takes a line and the index of a token. A date that may also be another one says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from calendars.typed_line.line import Found, Line
from calendars.typed_line.result import Code
from calendars.typed_line.steps import FIRST_YEAR, LAST_YEAR, date_of, next_day_of_month

Doubt = tuple[Code, tuple[date, ...]]


@dataclass(frozen=True, slots=True)
class Days:
    """One day, or those to `last`. `weekday` is set if only a day of the week was said, `yearly` if
    a day without its year was."""

    first: date
    last: date
    doubts: tuple[Doubt, ...] = ()
    weekday: int | None = None
    yearly: bool = False


def one_day(on: date, *doubts: Doubt, weekday: int | None = None, yearly: bool = False) -> Days:
    return Days(on, on, doubts, weekday, yearly)


def iso(line: Line, at: int) -> Found[Days] | None:
    """2027-05-12, 2027/05/12"""
    year, month, day = line.number(at, digits=4), line.number(at + 2), line.number(at + 4)
    if year is None or month is None or day is None or len(line.low(at)) != 4:
        return None
    if line.low(at + 1) not in ("-", "/") or line.low(at + 3) != line.low(at + 1):
        return None
    if not all(line.is_glued(at + place) for place in range(1, 5)):
        return None
    return found_day(at + 5, date_of(year, month, day))


def dotted(line: Line, at: int) -> Found[Days] | None:
    """12.5., 12.05.2027, 12.5.27"""
    day, month = line.number(at), line.number(at + 2)
    if day is None or month is None or line.low(at + 1) != "." or line.low(at + 3) != ".":
        return None
    if not (line.is_glued(at + 1) and line.is_glued(at + 2) and line.is_glued(at + 3)):
        return None
    year = line.number(at + 4, digits=4)
    if year is not None and line.is_glued(at + 4):
        return found_day(at + 5, date_of(_full_year(line.low(at + 4)), month, day))
    if line.language.tag != "de":
        return None
    return _coming(line, at + 4, month, day)


def short_dotted(line: Line, at: int, led: bool = False) -> Found[Days] | None:
    """12.5 after "am", without the second dot."""
    day, month = line.number(at), line.number(at + 2)
    if not led or day is None or month is None or line.low(at + 1) != ".":
        return None
    if not line.is_glued(at + 1) or not line.is_glued(at + 2) or line.language.tag != "de":
        return None
    return _coming(line, at + 3, month, day)


def slashed(line: Line, at: int, led: bool = False) -> Found[Days] | None:
    """3/4, 25/12/2026: the order of day and month is the person's; the other one is named."""
    first, second = line.number(at), line.number(at + 2)
    if first is None or second is None or line.low(at + 1) != "/" or not line.is_glued(at + 2):
        return None
    year, end = None, at + 3
    if line.low(end) == "/" and line.number(end + 1, digits=4) is not None:
        year, end = _full_year(line.low(end + 1)), end + 2
    if not (led or year or line.is_beside(at)):
        return None
    month_first = line.month_first
    if (first if month_first else second) > 12:
        month_first = not month_first
    month, day = (first, second) if month_first else (second, first)
    found = _in_year(line, end, month, day, year)
    other = _in_year(line, end, day, month, year)
    if found is None or other is None or month == day:
        return found
    doubt: Doubt = ("day-order", (other.value.first,))
    return Found(end, replace(found.value, doubts=(doubt, *found.value.doubts)))


def day_month(line: Line, at: int) -> Found[Days] | None:
    """12 May, 12th of May 2027, 12. Mai, zwölften Mai"""
    ordinal = line.ordinal(at)
    number = line.number(at)
    if ordinal is not None:
        end, day = ordinal
    elif number is not None:
        end, day = at + 1, number
    else:
        return None
    month = line.find(line.skip(end, line.language.of_), line.language.months)
    if month is None or day < 1:
        return None
    return with_year(line, line.skip_mark(month.end, "."), month.value, day)


def month_day(line: Line, at: int) -> Found[Days] | None:
    """May 12, May 12th, 2027"""
    month = line.find(at, line.language.months)
    if month is None:
        return None
    start = line.skip_mark(month.end, ".")
    number = line.number(start)
    if number is None or line.is_glued(start) or line.low(start + 1) == ":":
        return None
    if line.language.tag == "de":
        return None
    return with_year(line, skip_ending(line, start + 1), month.value, number)


def with_year(line: Line, at: int, month: int, day: int) -> Found[Days] | None:
    """A year may follow, with a comma before it."""
    start = line.skip_mark(at, ",")
    year = line.number(start, digits=4)
    if year is not None and len(line.low(start)) == 4 and FIRST_YEAR <= year <= LAST_YEAR:
        return found_day(start + 1, date_of(year, month, day))
    return _coming(line, at, month, day)


def _in_year(line: Line, end: int, month: int, day: int, year: int | None) -> Found[Days] | None:
    if year is None:
        return _coming(line, end, month, day)
    return found_day(end, date_of(year, month, day))


def _coming(line: Line, end: int, month: int, day: int) -> Found[Days] | None:
    """A date without a year is the next one; if this year's has passed, that is said."""
    on = date_of(line.today.year, month, day)
    if on is not None and on >= line.today:
        return Found(end, one_day(on, yearly=True))
    for year in range(line.today.year + (on is not None), line.today.year + 9):
        later = date_of(year, month, day)
        if later is not None:
            doubts: tuple[Doubt, ...] = (("next-year", (on,)),) if on is not None else ()
            return Found(end, one_day(later, *doubts, yearly=True))
    return None


def day_of_month(line: Line, at: int) -> Found[Days] | None:
    """the 20th, am 20.: the next one"""
    number = line.number(at)
    end = skip_ending(line, at + 1)
    if number is None or end == at + 1 or line.number(end) is not None:
        return None
    on = next_day_of_month(line.today, number)
    return found_day(end, on)


def skip_ending(line: Line, at: int) -> int:
    """Skip the th of 12th, and the dot of 12."""
    if line.is_glued(at) and line.low(at) in line.language.ordinal_endings | {"."}:
        return at + 1
    return at


def _full_year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def found_day(end: int, on: date | None) -> Found[Days] | None:
    return Found(end, one_day(on)) if on else None


def with_lead(
    rule: Callable[[Line, int, bool], Found[Days] | None] | Callable[..., Found[Days] | None],
) -> Callable[[Line, int], Found[Days] | None]:
    return lambda line, at: rule(line, at, True)
