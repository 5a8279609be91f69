"""How long: for 1h, 90 min, 1h30, eineinhalb Stunden, half an hour, für 2 Tage."""

from __future__ import annotations

from dataclasses import dataclass

from calendars.typed_line.line import SEPARATORS, Found, Line, first_of

_MINUTES = {"minute": 1, "hour": 60}
_MOST = {"minute": 60 * 24 * 31, "day": 366, "month": 120, "year": 50}
_LETTERS = {"h": "hour", "m": "minute", "d": "day", "w": "week"}


@dataclass(frozen=True, slots=True)
class Duration:
    """`unit` is minute, day, month or year; `led`: "for" stands before it."""

    count: int
    unit: str
    led: bool
    as_typed: str = ""  # the unit of the text


def duration(line: Line, at: int) -> Found[Duration] | None:
    start = line.skip(at, line.language.before_length)
    found = first_of(line, start, _whole, _and_a_half, _decimal, _letters, _counted)
    if found is None:
        return None
    count, unit, as_typed = found.value
    end = line.skip(found.end, line.language.after_length)
    if not 0 < count <= _MOST[unit]:
        return None
    if start == at and not _is_beside(line, at, end):
        return None
    return Found(end, Duration(count, unit, start > at, as_typed))


Length = tuple[int, str, str]


def _is_beside(line: Line, at: int, end: int) -> bool:
    """A length without "for" stands right after a time or before one."""
    if line.is_beside(at) and line.pieces[-1].meaning in ("time", "day", "repetition"):
        return True
    after = line.token(line.skip_mark(end, SEPARATORS))
    return after is None and line.has("time") and line.low(at - 1) in SEPARATORS


def _whole(line: Line, at: int) -> Found[Length] | None:
    found = line.find(at, line.language.lengths)
    return Found(found.end, (found.value, "minute", "hour")) if found else None


def _and_a_half(line: Line, at: int) -> Found[Length] | None:
    """eineinhalb Stunden, two and a half hours"""
    number = line.find(at, line.language.halves)
    unit = line.find(number.end, line.language.units) if number else None
    if number is None or unit is None or unit.value != "hour":
        return None
    return Found(unit.end, (number.value * 60 + 30, "minute", "hour"))


def _decimal(line: Line, at: int) -> Found[Length] | None:
    """1.5 hours, 1,5 Stunden"""
    whole, part = line.number(at), line.number(at + 2)
    if whole is None or part is None or line.low(at + 1) not in (".", ","):
        return None
    if not (line.is_glued(at + 1) and line.is_glued(at + 2)):
        return None
    unit = line.find(at + 3, line.language.units)
    if unit is None or unit.value != "hour":
        return None
    minutes = whole * 60 + round(part * 60 / 10 ** len(line.low(at + 2)))
    return Found(unit.end, (minutes, "minute", "hour"))


def _letters(line: Line, at: int) -> Found[Length] | None:
    """1h30, 90m, 2d"""
    count = line.number(at, digits=3)
    letter = line.low(at + 1)
    if count is None or letter not in _LETTERS or not line.is_glued(at + 1):
        return None
    unit = _LETTERS[letter]
    minute = line.number(at + 2) if line.is_glued(at + 2) else None
    if minute is not None and unit == "hour":
        end = at + 4 if line.low(at + 3) in ("m", "min") and line.is_glued(at + 3) else at + 3
        return Found(end, (count * 60 + minute, "minute", unit))
    return _with_more(line, Found(at + 2, _length(count, unit)))


def _counted(line: Line, at: int) -> Found[Length] | None:
    """90 minutes, zwei Stunden, 1 hour 15 minutes, 2 weeks"""
    count = line.count(at)
    unit = line.find(count.end, line.language.units) if count else None
    if count is None or unit is None:
        return None
    return _with_more(line, Found(unit.end, _length(count.value, unit.value)))


def _length(count: int, unit: str) -> Length:
    if unit in _MINUTES:
        return count * _MINUTES[unit], "minute", unit
    return (count * 7, "day", unit) if unit == "week" else (count, unit, unit)


def _with_more(line: Line, found: Found[Length]) -> Found[Length]:
    """Minutes may follow hours."""
    count, unit, as_typed = found.value
    if as_typed != "hour":
        return found
    start = line.skip(found.end, line.language.and_)
    more = line.count(start)
    if more is None:
        return found
    if line.low(more.end) == "m" and line.is_glued(more.end):
        return Found(more.end + 1, (count + more.value, unit, as_typed))
    minutes = line.find(more.end, line.language.units)
    if minutes is None or minutes.value != "minute":
        return found
    return Found(minutes.end, (count + more.value, unit, as_typed))
