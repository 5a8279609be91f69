"""Times of the day as they are typed: 12:30, 12.30 Uhr, 9 am, halb drei, noon.

What 9 means is decided in hours.py; here is only what was written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from calendars.typed_line.line import Found, Line, first_of

# How an hour was written: as an hour alone, with minutes, with "Uhr", or in words of the clock.
Form = Literal["hour", "minutes", "uhr", "spoken", "sure", "noon", "midnight"]
_MINUTES = (5, 10, 15, 20, 25)  # of the clock in words
_MERIDIANS = {"am": "am", "pm": "pm", "a": "am", "p": "pm"}


@dataclass(frozen=True, slots=True)
class ClockTime:
    """`sure` hours are of 24. `half` is am or pm if that was said."""

    hour: int
    minute: int
    form: Form
    half: str = ""


def clock_time(line: Line, at: int) -> Found[ClockTime] | None:
    """Return a time that can't be anything else, without a preposition."""
    return first_of(line, at, noon, _spoken, _hours_minutes, _military, _hour_with_sign)


def any_clock_time(line: Line, at: int) -> Found[ClockTime] | None:
    """Return a time, also an hour alone, as it stands after "at" or in a span."""
    return first_of(line, at, clock_time, _dotted, _hour_alone, _hour_in_words)


def plain_hour(line: Line, at: int) -> Found[ClockTime] | None:
    """Return an hour alone, which "from 10 to 11" begins with: it isn't 10 minutes to 11 there."""
    return first_of(line, at, _hour_alone, _hour_in_words)


def noon(line: Line, at: int) -> Found[ClockTime] | None:
    found = line.find(at, line.language.noon)
    if found is None:
        return None
    if found.value.startswith("day ") and not line.is_beside(at):
        return None
    name = found.value.removeprefix("day ")
    if line.tokens[at].text.istitle() and name == "midnight" and at == 0:
        return None  # Midnight in Paris
    if (line.low(at - 1), line.low(at)) in line.language.fixed_names:
        return None
    return Found(
        found.end,
        ClockTime(12 if name == "noon" else 0, 0, "noon" if name == "noon" else "midnight"),
    )


def _hours_minutes(line: Line, at: int) -> Found[ClockTime] | None:
    """12:30, 9:15 pm, 12:30 Uhr; 9.15 am, 12.30 Uhr"""
    found = _pair(line, at, ":")
    if found:
        return _with_half(line, found) or _with_uhr(line, found) or found
    dotted = _pair(line, at, ".")
    return _with_half(line, dotted) or _with_uhr(line, dotted) if dotted else None


def _dotted(line: Line, at: int) -> Found[ClockTime] | None:
    """12.30 after "um" or in a span."""
    found = _pair(line, at, ".")
    return None if found is None or line.low(found.end) == "." else found


def _pair(line: Line, at: int, mark: str) -> Found[ClockTime] | None:
    hour, minute = line.number(at), line.number(at + 2)
    if hour is None or minute is None or line.low(at + 1) != mark or len(line.low(at + 2)) != 2:
        return None
    if not (line.is_glued(at + 1) and line.is_glued(at + 2)) or not _is_time(hour, minute):
        return None
    sure = line.low(at).startswith("0") or hour > 12 or hour == 0
    return Found(at + 3, ClockTime(hour, minute, "sure" if sure else "minutes"))


def _is_time(hour: int, minute: int) -> bool:
    return (hour < 24 and minute < 60) or (hour == 24 and minute == 0)


def _hour_with_sign(line: Line, at: int) -> Found[ClockTime] | None:
    """9 am, 5 p.m., 9 Uhr, 17 Uhr 30, 9 o'clock, 9h, 14h30"""
    found = _hour_alone(line, at) or _hour_in_words(line, at)
    return (
        _with_half(line, found) or _with_uhr(line, found) or _with_h(line, found) if found else None
    )


def _hour_alone(line: Line, at: int) -> Found[ClockTime] | None:
    hour = line.number(at)
    if hour is None or hour > 24:
        return None
    sure = line.low(at).startswith("0") or hour > 12 or hour == 0
    return Found(at + 1, ClockTime(hour, 0, "sure" if sure else "hour"))


def _hour_in_words(line: Line, at: int) -> Found[ClockTime] | None:
    token = line.token(at)
    found = line.find(at, line.language.numbers) if token and token.kind == "word" else None
    if found is None or not 1 <= found.value <= 12 or line.low(at) in ("a", "an", "ein", "eine"):
        return None
    return Found(found.end, ClockTime(found.value, 0, "spoken"))


def _with_half(line: Line, found: Found[ClockTime]) -> Found[ClockTime] | None:
    """Return the time with am or pm, which may be written p.m. or 20PM."""
    word = line.low(found.end)
    if word not in _MERIDIANS:
        return None
    if word == "am" and line.language.tag == "de" and not line.is_glued(found.end):
        return None  # um 5 am Dienstag
    end = found.end + 1
    if len(word) == 1:
        end = _dotted_m(line, found.end)
        if end == found.end:
            return None
    time = found.value
    if time.hour > 12 or time.hour == 0:
        return Found(end, replace(time, form="sure"))
    return Found(end, replace(time, half=_MERIDIANS[word]))


def _dotted_m(line: Line, at: int) -> int:
    """Return the index after p.m. or p.m, or the same one; a p alone only if it is glued."""
    if line.low(at + 1) == "." and line.low(at + 2) == "m":
        return line.skip_mark(at + 3, ".") if line.is_glued(at + 3) else at + 3
    return at + 1 if line.is_glued(at) else at


def _with_uhr(line: Line, found: Found[ClockTime]) -> Found[ClockTime] | None:
    end = line.skip(found.end, line.language.o_clock)
    time = found.value
    if end == found.end:
        return None
    minute = line.number(end)
    if time.minute == 0 and minute is not None and _are_minutes(line, end):
        return Found(end + 1, replace(time, minute=minute, form=_uhr(time)))
    return Found(end, replace(time, form=_uhr(time)))


def _are_minutes(line: Line, at: int) -> bool:
    """17 Uhr 30, but not 17 Uhr 12.5. or 17 Uhr 30 Minuten."""
    is_number = len(line.low(at)) == 2 and line.low(at) < "60"
    is_more = line.low(at + 1) in (".", ":", "-") or line.find(at + 1, line.language.units)
    return line.language.tag == "de" and is_number and not is_more


def _uhr(time: ClockTime) -> Form:
    return "sure" if time.form == "sure" else "uhr"


def _with_h(line: Line, found: Found[ClockTime]) -> Found[ClockTime] | None:
    """9h and 14h30, unless a time is known: then they are lengths."""
    if line.low(found.end) != "h" or not line.is_glued(found.end):
        return None
    time = found.value
    if not 6 <= time.hour < 24 or (line.has("time") and not line.has("duration")):
        return None
    minute = line.number(found.end + 1) if line.is_glued(found.end + 1) else None
    if minute is not None and len(line.low(found.end + 1)) == 2 and minute < 60:
        return Found(found.end + 2, replace(time, minute=minute, form=_uhr(time)))
    return Found(found.end + 1, replace(time, form=_uhr(time)))


def _military(line: Line, at: int) -> Found[ClockTime] | None:
    """1500 hours"""
    number = line.number(at, digits=4)
    if number is None or len(line.low(at)) != 4 or line.low(at + 1) not in ("hours", "hrs"):
        return None
    hour, minute = divmod(number, 100)
    return Found(at + 2, ClockTime(hour, minute, "sure")) if _is_time(hour, minute) else None


# The clock in words


def _spoken(line: Line, at: int) -> Found[ClockTime] | None:
    """half past two, quarter to 9, halb drei, dreiviertel acht, fünf vor halb vier"""
    found = first_of(line, at, _half_past, _half_to, _three_quarters, _minutes_of)
    if found is None:
        return None
    return _with_half(line, found) or _with_spoken_uhr(line, found) or found


def _with_spoken_uhr(line: Line, found: Found[ClockTime]) -> Found[ClockTime] | None:
    end = line.skip(found.end, line.language.o_clock)
    return Found(end, found.value) if end > found.end else None


def _hour(line: Line, at: int) -> Found[int] | None:
    found = _hour_in_words(line, at) or _hour_alone(line, at)
    return Found(found.end, found.value.hour) if found and 1 <= found.value.hour <= 12 else None


def _half_past(line: Line, at: int) -> Found[ClockTime] | None:
    return _after(line, line.skip(at, line.language.half_past), at, 30)


def _half_to(line: Line, at: int) -> Found[ClockTime] | None:
    return _after(line, line.skip(at, line.language.half_to), at, -30)


def _three_quarters(line: Line, at: int) -> Found[ClockTime] | None:
    return _after(line, line.skip(at, line.language.three_quarters), at, -15)


def _after(line: Line, start: int, at: int, minutes: int) -> Found[ClockTime] | None:
    hour = _hour(line, start) if start > at else None
    return Found(hour.end, _spoken_time(hour.value, minutes)) if hour else None


def _spoken_time(hour: int, minutes: int) -> ClockTime:
    total = (hour % 12 * 60 + minutes) % 720
    return ClockTime(total // 60 or 12, total % 60, "spoken")


def _minutes_of(line: Line, at: int) -> Found[ClockTime] | None:
    """quarter past nine, ten to three, zehn vor drei, fünf nach halb vier"""
    language = line.language
    quarter = line.skip(at, language.quarter)
    count = Found(quarter, 15) if quarter > at else line.count(at)
    if count is None or count.value not in _MINUTES:
        return None
    start = line.skip(count.end, language.past)
    sign = 1
    if start == count.end:
        before = line.number(at) is None or line.low(count.end) != "to"
        start, sign = line.skip(count.end, language.before) if before else count.end, -1
    if start == count.end:
        return None
    return _of_half(line, start, sign * count.value) or _after(line, start, at, sign * count.value)


def _of_half(line: Line, at: int, minutes: int) -> Found[ClockTime] | None:
    return _after(line, line.skip(at, line.language.half_to), at, minutes - 30)
