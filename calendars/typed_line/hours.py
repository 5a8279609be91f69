"""Which hour was meant: 9 may be the morning's or the evening's, and then both are told.

By a clock of 24 hours, times with minutes or "Uhr" are read as they are; those of the night are
asked about. Hours alone, and the clock in words ("halb drei"), are read as of the day: 1 to 6 are
the afternoon's, 7 to 11 the morning's. In English, "at 9" is asked about by either clock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from calendars.typed_line.clocks import ClockTime
from calendars.typed_line.result import Clock
from calendars.typed_line.times import Times

LAST_OF_NIGHT = 6
USUAL = {"morning": 9, "noon": 12, "afternoon": 15, "evening": 19, "night": 21}
_DAY = 24 * 60


class Hours(NamedTuple):
    """Minutes from midnight; the end may be past the next one. `other` is the other start."""

    start: int
    end: int | None = None
    other: int | None = None


def hours_of(times: Times, clock: Clock, daypart: str = "", *, asks: bool = False) -> Hours:
    start = times.start
    if times.end is None:
        return _start(start, clock, daypart, asks)
    if not start.half and times.end.half and _is_open(start):
        start = _same_half(start, times.end)
    first = _start(start, clock, daypart, asks)
    end = _end(times.end, first.start)
    return Hours(first.start, end, first.other)


def _start(time: ClockTime, clock: Clock, daypart: str, asks: bool) -> Hours:
    if not _is_open(time):
        return Hours(_minutes(_sure_hour(time), time))
    if daypart:
        return Hours(_minutes(_in_daypart(time.hour, daypart), time))
    if time.hour == 12:
        return Hours(_minutes(12, time))
    return _open_hour(time, clock, asks)


def _open_hour(time: ClockTime, clock: Clock, asks: bool) -> Hours:
    morning, later = _minutes(time.hour, time), _minutes(time.hour + 12, time)
    of_night = time.hour <= LAST_OF_NIGHT
    if clock == "24" and time.form in ("minutes", "uhr"):
        return Hours(morning, other=later if of_night else None)
    if of_night:
        return Hours(later, other=morning)
    is_clear = clock == "24" and time.form == "hour" and not asks
    return Hours(morning, other=None if is_clear else later)


def _is_open(time: ClockTime) -> bool:
    return not time.half and time.form not in ("sure", "noon", "midnight")


def _sure_hour(time: ClockTime) -> int:
    if time.form == "midnight":
        return 24
    if not time.half:
        return time.hour
    return time.hour % 12 + (12 if time.half == "pm" else 0)


def _in_daypart(hour: int, daypart: str) -> int:
    if daypart == "morning":
        return hour % 12 if hour < 12 else hour
    if daypart == "night":
        return hour + 12 if LAST_OF_NIGHT < hour < 12 else hour % 12 + (24 if hour == 12 else 0)
    return hour % 12 + 12


def _minutes(hour: int, time: ClockTime) -> int:
    return hour * 60 + time.minute


def _same_half(start: ClockTime, end: ClockTime) -> ClockTime:
    """2-3pm begins at 2 pm, 11-1pm at 11 am."""
    halves = (end.half, "am" if end.half == "pm" else "pm")
    limit = _minutes(_sure_hour(end), end)
    for half in halves:
        given = replace(start, half=half)
        if _minutes(_sure_hour(given), given) < limit:
            return given
    return replace(start, half=end.half)


def _end(time: ClockTime, start: int) -> int:
    """Return the first such time after the start, perhaps on the next day."""
    hours = (time.hour % 12, time.hour % 12 + 12) if _is_open(time) else (_sure_hour(time),)
    minutes = [_minutes(hour, time) % _DAY for hour in hours]
    return min(each + _DAY if each <= start else each for each in minutes)
