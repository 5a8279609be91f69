"""Days told from today: tomorrow, in two weeks, next Tuesday, am Wochenende, end of month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from calendars.typed_line.dates import (
    Days,
    Doubt,
    day_month,
    day_of_month,
    dotted,
    found_day,
    iso,
    month_day,
    one_day,
    slashed,
    with_lead,
)
from calendars.typed_line.line import SEPARATORS, Found, Line, first_of
from calendars.typed_line.steps import last_of_month, later, next_weekday, place_of_month

MOST_UNITS = {"day": 999, "week": 200, "month": 120, "year": 50}


def relative(line: Line, at: int) -> Found[Days] | None:
    """today, overmorgen, heute in einer Woche"""
    found = line.find(at, line.language.relative)
    if found is None or _is_fixed_name(line, at, found.end):
        return None
    if line.language.tag == "en" and line.low(at - 1) == "the" and line.low(at) != "the":
        return None
    weeks = line.find(found.end, line.language.week_later)
    end, more = weeks or Found(found.end, 0)
    on = line.today + timedelta(days=found.value, weeks=more)
    return Found(end, one_day(on, *_past(on, line.today)))


def _past(on: date, today: date) -> tuple[Doubt, ...]:
    return (("past", ()),) if on < today else ()


def in_units(line: Line, at: int) -> Found[Days] | None:
    """in two weeks, in 3 Tagen, two weeks from today"""
    after = line.skip(at, line.language.in_)
    found = units(line, after)
    if found is None:
        return None
    count, unit = found.value
    if unit not in MOST_UNITS or not 0 < count <= MOST_UNITS[unit]:
        return None
    end = found.end
    if after == at:
        end = line.skip(found.end, line.language.from_now)
        if end == found.end:
            return None
    on = later(line.today, count, unit)
    return found_day(end, on)


def units(line: Line, at: int) -> Found[tuple[int, str]] | None:
    """Return "two weeks", "3 Tagen", "an hour"."""
    count = line.count(at)
    unit = line.find(count.end, line.language.units) if count else None
    return Found(unit.end, (count.value, unit.value)) if count and unit else None


# Weekdays and weeks


def weekday_rule(lead: str) -> Callable[[Line, int], Found[Days] | None]:
    return lambda line, at: named_weekday(line, at, lead)


def named_weekday(line: Line, at: int, lead: str) -> Found[Days] | None:
    """Tuesday, next Tuesday, diesen Freitag, Freitag nächster Woche; a date may follow."""
    language = line.language
    adverb = _adverb(line, at)
    weekday = line.find(adverb.end, language.weekdays) if adverb else None
    if adverb and weekday:
        return Found(weekday.end, _weekday(line, weekday.value, *adverb.value))
    weekday = line.find(at, language.weekdays)
    if weekday is None or _is_fixed_name(line, at, weekday.end):
        return None
    end = line.skip_mark(weekday.end, ".") if line.low(at) in language.doubtful else weekday.end
    dated = _date_after(line, end, weekday.value)
    if dated is not None:
        return dated
    if line.low(at) in language.doubtful and not (lead or _is_supported(line, at, end)):
        return None
    if line.find(at - 1, language.ordinals) or (language.tag == "en" and line.low(at - 1) == "the"):
        return None  # First Friday drinks, The Sunday Times
    return _later_weekday(line, end, weekday.value) or Found(
        end, _weekday(line, weekday.value, "", 0)
    )


def _adverb(line: Line, at: int) -> Found[tuple[str, int]] | None:
    """Return how next, coming and this are read, and the weeks that an übernächster adds."""
    further = line.find(at, line.language.next)
    if further:
        return Found(further.end, ("next", further.value))
    coming = line.find(at, line.language.coming) or line.find(at, line.language.this)
    return Found(coming.end, ("coming", 0)) if coming else None


def _weekday(line: Line, weekday: int, how: str, weeks: int) -> Days:
    today = line.today
    coming = next_weekday(today, weekday)
    if how == "next":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=1)
        of_next_week = monday + timedelta(days=weekday)
        doubts: tuple[Doubt, ...] = ()
        if coming != of_next_week:
            doubts = (("which-week", (coming + timedelta(weeks=weeks),)),)
        return one_day(of_next_week + timedelta(weeks=weeks), *doubts)
    if today.weekday() == weekday and not how:
        return one_day(today, ("which-week", (coming,)), weekday=weekday)
    return one_day(coming, weekday=weekday)


def _later_weekday(line: Line, at: int, weekday: int) -> Found[Days] | None:
    """Friday week, Freitag in einer Woche, Tuesday next week"""
    later_week = line.find(at, line.language.week_later)
    if later_week:
        on = next_weekday(line.today - timedelta(days=1), weekday)
        return Found(later_week.end, one_day(on + timedelta(weeks=later_week.value)))
    further = line.find(at, line.language.next_week)
    return Found(further.end, one_day(_in_week(line, further.value, weekday))) if further else None


def weekdays_later(line: Line, at: int) -> Found[Days] | None:
    """a week on Friday"""
    before = line.find(at, line.language.week_before)
    weekday = line.find(before.end, line.language.weekdays) if before else None
    if before is None or weekday is None:
        return None
    on = next_weekday(line.today, weekday.value) + timedelta(weeks=before.value)
    return Found(weekday.end, one_day(on))


def _in_week(line: Line, weeks: int, weekday: int) -> date:
    return line.today + timedelta(weeks=weeks, days=weekday - line.today.weekday())


def _date_after(line: Line, at: int, weekday: int) -> Found[Days] | None:
    """Tuesday 12 May, Dienstag, den 12. Mai: the date counts, and a wrong weekday is told."""
    start = line.skip(line.skip_mark(at, SEPARATORS), line.language.before_day)
    dated = first_of(line, start, iso, day_month, month_day, dotted, with_lead(slashed))
    if dated is None and start > at:
        dated = _same_day_of_month(line, start, weekday)
    if dated is None:
        return None
    on = dated.value.first
    if on.weekday() == weekday:
        return dated
    near = next_weekday(on - timedelta(days=4), weekday)
    doubt: Doubt = ("weekday-mismatch", (near,))
    return Found(dated.end, replace(dated.value, doubts=(*dated.value.doubts, doubt)))


def _same_day_of_month(line: Line, at: int, weekday: int) -> Found[Days] | None:
    """Monday the 18th: the next 18th that is one, within a year."""
    found = day_of_month(line, at)
    if found is None:
        return None
    first = found.value.first
    months = (later(first, more, "month") for more in range(12))
    fitting = (on for on in months if on and on.day == first.day and on.weekday() == weekday)
    return Found(found.end, one_day(next(fitting, first)))


def _is_supported(line: Line, at: int, end: int) -> bool:
    """Whether an abbreviation that is also a word stands where a day would."""
    if line.is_beside(at):
        return True
    after = line.skip_mark(end, SEPARATORS)
    if line.number(after) is not None or line.find(after, line.language.before_time):
        return True
    return after >= len(line.tokens) and at > 0 and line.tokens[at].is_capital


def _is_fixed_name(line: Line, at: int, end: int) -> bool:
    """Good Friday, Guten Morgen; and Morgen as a noun in the middle of a line."""
    if (line.low(at - 1), line.low(end - 1)) in line.language.fixed_names:
        return True
    is_noun = line.tokens[at].text == "Morgen" and line.language.tag == "de"
    return is_noun and at > 0 and line.token(at - 1) is not None and not _begins(line, at)


def _begins(line: Line, at: int) -> bool:
    return line.low(at - 1) in (":", ".", "(")


def nth_weekday(line: Line, at: int) -> Found[Days] | None:
    """the first Monday in June, am letzten Freitag im Mai: the next one"""
    ordinal = line.ordinal(at)
    weekday = line.find(ordinal.end, line.language.weekdays) if ordinal else None
    joined = line.skip(weekday.end, line.language.of_one_month) if weekday else at
    month = line.find(joined, line.language.months) if weekday and joined > weekday.end else None
    if ordinal is None or weekday is None or month is None:
        return None
    for year in (line.today.year, line.today.year + 1):
        on = place_of_month(date(year, month.value, 1), ordinal.value, weekday.value)
        if on is None or on >= line.today:
            return Found(month.end, one_day(on)) if on else None
    return None


def week(line: Line, at: int) -> Found[Days] | None:
    """next week, nächste Woche Freitag"""
    further = line.find(at, line.language.next_week)
    if further is None:
        return None
    start = line.skip(line.skip_mark(further.end, SEPARATORS), line.language.before_day)
    weekday = line.find(start, line.language.weekdays)
    if weekday:
        return Found(weekday.end, one_day(_in_week(line, further.value, weekday.value)))
    monday = _in_week(line, further.value, 0)
    doubt: Doubt = ("whole-week", (monday,))
    return Found(further.end, Days(monday, monday + timedelta(days=6), (doubt,)))


def weekend(line: Line, at: int) -> Found[Days] | None:
    """this weekend, am Wochenende, next weekend"""
    language = line.language
    further = line.find(at, language.next)
    start = further.end if further else line.skip(line.skip(at, language.this), language.coming)
    found = line.find(start, language.weekend)
    if found is None or (start == at and found.end == at + 1 and not line.is_beside(at)):
        return None  # Weekend plans
    saturday = next_weekday(line.today - timedelta(days=1), 5)
    if line.today.weekday() == 6:
        saturday = line.today - timedelta(days=1) if further is None else saturday
    doubts: tuple[Doubt, ...] = ()
    if further:
        doubts = (("which-week", (saturday + timedelta(weeks=further.value),)),)
        saturday += timedelta(weeks=1 + further.value)
    return Found(found.end, Days(saturday, saturday + timedelta(days=1), doubts))


def end_of_month(line: Line, at: int) -> Found[Days] | None:
    """end of month, Ende Mai"""
    this = line.find(at, line.language.end_of_month)
    if this:
        return found_day(this.end, last_of_month(line.today.year, line.today.month))
    of_one = line.find(at, line.language.end_of)
    month = line.find(of_one.end, line.language.months) if of_one else None
    return Found(month.end, one_day(month_end(line, month.value))) if month else None


def month_end(line: Line, month: int) -> date:
    """Return the last day of the next such month, this one included."""
    return last_of_month(line.today.year + (month < line.today.month), month)
