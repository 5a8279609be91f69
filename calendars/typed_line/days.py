"""A day or a span of days, with the preposition before it: on Tuesday, 12-14 May, Mo-Mi."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from calendars.typed_line.dates import (
    Days,
    Doubt,
    day_month,
    day_of_month,
    dotted,
    iso,
    month_day,
    short_dotted,
    skip_ending,
    slashed,
    with_lead,
    with_year,
)
from calendars.typed_line.line import DASHES, Found, Line, first_of
from calendars.typed_line.steps import date_of, next_weekday
from calendars.typed_line.weekdays import (
    end_of_month,
    in_units,
    nth_weekday,
    relative,
    week,
    weekday_rule,
    weekdays_later,
    weekend,
)


def days(line: Line, at: int) -> Found[Days] | None:
    """Return a day or a span of days, with the preposition before it."""
    lead = line.find(at, line.language.before_day)
    if lead is not None and lead.end > at:
        found = first_of(line, lead.end, _spans, _led_day(lead.value))
        if found is not None:
            return found
    return first_of(line, at, _spans, _led_day(""))


def day(line: Line, at: int) -> Found[Days] | None:
    """Return one day, as it stands after "until"."""
    start = line.skip(at, line.language.before_day)
    return first_of(line, start, _led_day("on")) or first_of(line, at, _led_day(""))


def _led_day(lead: str) -> Callable[[Line, int], Found[Days] | None]:
    def rule(line: Line, at: int) -> Found[Days] | None:
        short = with_lead(short_dotted) if lead in ("on", "from") else short_dotted
        numeric = with_lead(slashed) if lead else slashed
        found = first_of(
            line, at, in_units, relative, weekdays_later, nth_weekday, iso, day_month, month_day,
            dotted, short, numeric, weekend, end_of_month, week,
            weekday_rule(lead.replace("the", "")),
        )  # fmt: skip
        return found or (day_of_month(line, at) if lead in ("on", "from") else None)

    return rule


# Spans


def _spans(line: Line, at: int) -> Found[Days] | None:
    return first_of(line, at, _numbers_of_month, _month_numbers, _weekday_span, _any_span)


def _to(line: Line, at: int) -> int:
    """Return the index after a dash or "to", or the same one if there is none."""
    after = line.skip_mark(at, DASHES)
    return after if after > at else line.skip(at, line.language.to)


def _numbers_of_month(line: Line, at: int) -> Found[Days] | None:
    """12-14 May, 12.-14. Mai, 12. bis 14. Mai, 12.-14.5.; and 12. und 13. Mai, 12./13. Mai"""
    first = line.number(at)
    if first is None:
        return None
    dash = skip_ending(line, at + 1)
    second = _to(line, dash)
    is_pair = second == dash
    if is_pair:
        second = line.skip(line.skip_mark(dash, "/&+"), line.language.and_)
    last = day_month(line, second) or dotted(line, second) if second > dash else None
    if last is None or (is_pair and last.value.last.day != first + 1):
        return None
    return _months_span(line, last, first)


def _months_span(line: Line, last: Found[Days], first: int) -> Found[Days] | None:
    on = last.value.last
    start = date_of(on.year, on.month, first)
    if start is None or start >= on:
        return None
    return Found(last.end, replace(last.value, first=start))


def _month_numbers(line: Line, at: int) -> Found[Days] | None:
    """May 12-14, May 12th to 14th"""
    first = month_day(line, at)
    if first is None:
        return None
    second = _to(line, first.end)
    number = line.number(second) if second > first.end else None
    if number is None or line.low(second + 1) in (":", "am", "pm"):
        return None
    end = skip_ending(line, second + 1)
    on = date_of(first.value.first.year, first.value.first.month, number)
    if on is None or on <= first.value.first or line.find(end, line.language.months):
        return None
    found = with_year(line, end, on.month, on.day)
    if found is None:
        return None
    start = found.value.last.replace(day=first.value.first.day)
    return Found(found.end, replace(found.value, first=start))


def _weekday_span(line: Line, at: int) -> Found[Days] | None:
    """Mon-Wed, Montag bis Mittwoch; and Sat and Sun, which may be each week's"""
    first = line.find(at, line.language.weekdays)
    if first is None:
        return None
    dash = line.skip_mark(first.end, ".")
    second = _to(line, dash)
    is_pair = second == dash
    if is_pair:
        second = line.skip(line.skip_mark(dash, "/&+"), line.language.and_)
    last = line.find(second, line.language.weekdays) if second > dash else None
    length = (last.value - first.value) % 7 if last else 0
    if last is None or not length or (is_pair and length > 1):
        return None
    start = next_weekday(line.today, first.value)
    doubts: tuple[Doubt, ...] = (("several-days", ()),) if is_pair else ()
    span = Days(start, start + timedelta(days=length), doubts)
    return Found(line.skip_mark(last.end, "."), span)


def _any_span(line: Line, at: int) -> Found[Days] | None:
    """28 May - 2 June, 12.5.-14.5., from Friday to 12 May"""
    first = _span_end(line, at)
    if first is None:
        return None
    second = _to(line, first.end)
    last = _span_end(line, second) if second > first.end else None
    if last is None or _is_limit(line, first.end, last.value):
        return None
    start, end = first.value.first, last.value.last
    if end < start and last.value.yearly:
        end = date_of(end.year + 1, end.month, end.day) or end
    if first.value.yearly and (end - start).days > 366:
        start = date_of(start.year + 1, start.month, start.day) or start
    if end <= start:
        return None
    return Found(last.end, Days(start, end, first.value.doubts))


def _is_limit(line: Line, at: int, last: Days) -> bool:
    """every year on 1 June until 1 January 2028: the repetition ends there, not the event."""
    ends = line.find(at, line.language.until) is not None
    return ends and line.has("repetition") and not last.yearly


def _span_end(line: Line, at: int) -> Found[Days] | None:
    return first_of(
        line,
        at,
        iso,
        day_month,
        month_day,
        dotted,
        relative,
        weekday_rule("on"),
        with_lead(slashed),
    )
