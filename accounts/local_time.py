"""Dates and times in words, as the reader of the page, email or file reads them.

Each function takes dates, or datetimes already in the reader's zone, and writes them by the
reader's locale (CLDR, through Babel) and clock of 12 or 24 hours, which `accounts.reading` knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Literal

from babel.dates import (
    format_date,
    format_interval,
    format_skeleton,
    format_time,
    format_timedelta,
    get_timezone_location,
)
from babel.numbers import format_decimal
from babel.units import format_unit

from accounts.reading import Conventions, HourCycle, current_conventions

Width = Literal["wide", "abbreviated", "short", "narrow"]
Unit = Literal["year", "month", "week", "day", "hour", "minute"]
Clock = Callable[[datetime | time], str]
MINUTE, HOUR, DAY = 60, 3_600, 86_400
# The units in which an age is told, the largest first; static/js/ages.js has the same ones.
AGE_UNITS: tuple[tuple[Unit, int], ...] = (
    ("year", 365 * DAY),
    ("month", 30 * DAY),
    ("week", 7 * DAY),
    ("day", DAY),
    ("hour", HOUR),
    ("minute", MINUTE),
)
_SKELETONS: dict[HourCycle, str] = {"12": "hm", "24": "Hm"}
_QUOTED = re.compile("('[^']*')")
_SUMMARY_WIDTHS = re.compile(r"(?<!E)E{1,3}(?!E)|(?<!M)MMM(?!M)|(?<!L)LLL(?!L)")


def clock(at: datetime | time) -> str:
    """09:15, or 9:15 am. If it occurs twice that day, the zone's abbreviation is added."""
    return readers_clock()(at)


def readers_clock() -> Clock:
    """Return `clock` for the many times of a page: it looks the reader up only once."""
    return partial(_clock, current_conventions())


def hour(at: datetime | time | int) -> str:
    """09:00, or 9 am: for the lines of a grid."""
    number = at if isinstance(at, int) else at.hour
    conventions = current_conventions()
    return conventions.once(("hour", number), lambda: _hour(conventions, number % 24))


def day(on: date) -> str:
    """29 November 2026"""
    return _day(on, "long")


def short_day(on: date) -> str:
    """29 Nov 2026"""
    return _day(on, "medium")


def full_day(on: date) -> str:
    """Sunday 29 November 2026"""
    return _day(on, "full")


def day_month(on: date) -> str:
    """29 November"""
    return _by_skeleton(on, "MMMd", wide=True)


def short_day_month(on: date) -> str:
    """29 Nov"""
    return _by_skeleton(on, "MMMd", wide=False)


def weekday_day(on: date) -> str:
    """Sunday 29 November"""
    return _by_skeleton(on, "MMMEd", wide=True)


def short_weekday_day(on: date) -> str:
    """Sun 29 Nov"""
    return _by_skeleton(on, "MMMEd", wide=False)


def month_title(on: date) -> str:
    """November 2026"""
    return _by_skeleton(on, "yMMMM", wide=False)


def month_name(on: date, width: Width = "wide") -> str:
    """November, standing alone"""
    return str(current_conventions().locale.months["stand-alone"][width][on.month])


def weekday(on: date, width: Width = "wide") -> str:
    """Sunday, standing alone"""
    return str(current_conventions().locale.days["stand-alone"][width][on.weekday()])


def weekdays(first: int = 0, width: Width = "wide") -> list[str]:
    """Return the names of the seven days from `first` (0 is Monday)."""
    names = current_conventions().locale.days["stand-alone"][width]
    return [str(names[(first + number) % 7]) for number in range(7)]


def moment(at: datetime) -> str:
    """29 November 2026, 09:15"""
    return _joined(day(at), clock(at))


def weekday_moment(at: datetime) -> str:
    """Sunday 29 November 2026, 09:15"""
    return _joined(full_day(at), clock(at))


def span(start: datetime, end: datetime) -> str:
    """09:15 to 10:00; with both dates if they differ. Joined by the locale, mostly with a dash."""
    if not _is_one_day(start, end):
        return _between(moment(start), moment(end))
    if _comes_twice(start) or _comes_twice(end):
        return f"{clock(start)}–{clock(end)}"  # noqa: RUF001 - an en dash is meant
    if start == end:
        return clock(start)
    conventions = current_conventions()
    key = (start.hour, start.minute, end.hour, end.minute)
    return conventions.once(key, lambda: _span(conventions, start, end))


def day_span(first_on: date, last_on: date, *, wide: bool = True) -> str:
    """29 November to 2 December 2026, joined by the locale; also one day."""
    first_on, last_on = _plain(first_on), _plain(last_on)
    if first_on == last_on:
        return day(first_on) if wide else short_day(first_on)
    locale = current_conventions().locale
    patterns = locale.interval_formats["yMMMd"][_largest_difference(first_on, last_on)]
    return "".join(
        format_date(on, _widened(pattern) if wide else pattern, locale=locale)
        for on, pattern in zip((first_on, last_on), patterns, strict=True)
    )


def duration(length: timedelta) -> str:
    """1 hr 30 mins"""
    minutes = round(length.total_seconds() / 60)
    parts = ((minutes // 60, "duration-hour"), (minutes % 60, "duration-minute"))
    unit = partial(format_unit, length="short", locale=current_conventions().locale)
    return " ".join(unit(count, name) for count, name in parts if count) or unit(0, parts[1][1])


def age(seconds: float) -> str | None:
    """Return the age in its largest unit ("3 minutes ago"), or None under a minute."""
    for unit, length in AGE_UNITS:
        if seconds >= length:
            past = -timedelta(seconds=seconds // length * length)
            told = partial(format_timedelta, granularity=unit, threshold=1, add_direction=True)
            return told(past, locale=current_conventions().locale)
    return None


def number(value: float) -> str:
    """12,500"""
    return format_decimal(value, locale=current_conventions().locale)


def city(zone: str) -> str:
    """Return the reader's name of a zone's place: Tokyo for Asia/Tokyo."""
    return get_timezone_location(zone, locale=current_conventions().locale, return_city=True)


def _plain(on: date) -> date:
    return on.date() if isinstance(on, datetime) else on


def _clock(conventions: Conventions, at: datetime | time) -> str:
    minute = at.hour * 60 + at.minute
    # Babel takes 13 µs for a time of day, and a month has 500 of them.
    shown = conventions.written.get(minute) or conventions.once(
        minute, lambda: _minute(conventions, at.hour, at.minute)
    )
    if isinstance(at, datetime) and _comes_twice(at):
        return f"{shown} {_abbreviation(at)}"
    return shown


def _minute(conventions: Conventions, hour: int, minute: int) -> str:
    skeleton = _SKELETONS[conventions.hour_cycle]
    return format_skeleton(skeleton, time(hour, minute), locale=conventions.locale)


def _hour(conventions: Conventions, number: int) -> str:
    cycle, locale = conventions.hour_cycle, conventions.locale
    pattern = locale.datetime_skeletons[_SKELETONS[cycle]].pattern
    bare = pattern if cycle == "24" else re.sub(r"[:.]mm", "", pattern)
    return format_time(time(number), bare, locale=locale)


def _span(conventions: Conventions, start: datetime, end: datetime) -> str:
    naive_start, naive_end = (at.replace(tzinfo=None) for at in (start, end))
    skeleton = _SKELETONS[conventions.hour_cycle]
    return format_interval(naive_start, naive_end, skeleton, locale=conventions.locale)


def _day(on: date, length: Literal["full", "long", "medium"]) -> str:
    conventions, plain = current_conventions(), _plain(on)
    return conventions.once(
        (plain, length), lambda: format_date(plain, length, locale=conventions.locale)
    )


def _by_skeleton(on: date, skeleton: str, *, wide: bool) -> str:
    conventions, plain = current_conventions(), _plain(on)

    def written() -> str:
        pattern = conventions.locale.datetime_skeletons[skeleton].pattern
        shown = _widened(pattern) if wide else pattern
        return format_date(plain, shown, locale=conventions.locale)

    return conventions.once((plain, skeleton, wide), written)


def _widened(pattern: str) -> str:
    """Return the pattern with whole names of days and months, as ICU adjusts it (UTS #35, part 4,
    "Matching Skeletons"); CLDR lists the abbreviated form alone."""
    parts = _QUOTED.split(pattern)
    parts[::2] = (_SUMMARY_WIDTHS.sub(lambda m: m[0][0] * 4, part) for part in parts[::2])
    return "".join(parts)


def _largest_difference(first_on: date, last_on: date) -> str:
    if first_on.year != last_on.year:
        return "y"
    return "M" if first_on.month != last_on.month else "d"


def _joined(day: str, clock: str) -> str:
    """CLDR's pattern of length "medium" joins a date and a time by a comma, not by "at"."""
    return str(current_conventions().locale.datetime_formats["medium"]).format(clock, day)


def _between(*texts: str) -> str:
    glue: Sequence[str] = current_conventions().locale.interval_formats[None]
    return str(glue).format(*texts)


def _is_one_day(start: datetime, end: datetime) -> bool:
    """The midnight that ends a day belongs to it."""
    return (end - timedelta(microseconds=1)).date() == start.date() or start == end


def _comes_twice(at: datetime) -> bool:
    return at.replace(fold=not at.fold).utcoffset() != at.utcoffset()


def _abbreviation(at: datetime) -> str:
    """Return "CEST", or "UTC+03" for a zone without abbreviations."""
    name = at.tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"
