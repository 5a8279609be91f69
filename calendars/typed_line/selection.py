"""Which pieces of a line are kept. What doesn't fit the others stays in the title.

A line has one day, one time, one length. A length needs a start, and "in the morning" a day.
"""

from __future__ import annotations

from datetime import timedelta

from calendars.typed_line.dates import Days
from calendars.typed_line.durations import Duration
from calendars.typed_line.line import Line, Piece
from calendars.typed_line.repetition import Limit, OnlyEnd, Repeat
from calendars.typed_line.result import Code
from calendars.typed_line.times import Daypart, Moments, Times

_SECONDS: dict[type, Code] = {Days: "two-days", Moments: "two-days", Times: "two-times"}
_NAMES = ("person", "place", "calendar", "category")


def select(line: Line) -> None:
    _drop_ends(line)
    _drop_seconds(line)
    _drop_offset(line)
    _drop_daypart(line)
    _drop_length(line)


def _drop_ends(line: Line) -> None:
    """An end without a start stays in the title, and is asked about. A series ends on that day."""
    for piece in list(line.pieces):
        value = piece.value
        if isinstance(value, OnlyEnd) and _has_any(line, Repeat) and not _has_any(line, Limit):
            at = line.pieces.index(piece)
            line.pieces[at] = Piece(piece.start, piece.end, piece.meaning, Limit(value.last))
        elif isinstance(value, OnlyEnd) or (isinstance(value, Times) and value.is_end):
            line.drop(piece)
            line.ask("only-end", piece)


def _drop_seconds(line: Line) -> None:
    """Keep the first of each kind; a second day or time is asked about."""
    seen: set[type] = set()
    for piece in list(line.pieces):
        if piece.meaning in _NAMES:
            continue
        kind = type(piece.value)
        kinds = {Moments, Days, Times} if kind is Moments else {kind}
        if isinstance(piece.value, Days) and _agrees(line.value(Days), piece.value):
            continue
        if seen & kinds:
            line.drop(piece)
            if kind in _SECONDS:
                line.ask(_SECONDS[kind], piece)
        seen |= kinds


def _agrees(first: Days | None, second: Days) -> bool:
    """Whether a day is told twice: 12 May 2026, Tuesday; every year on 12 May."""
    if first is None or first is second or second.first != second.last:
        return False
    on, again = first.first, second.first
    if second.weekday is not None:
        return on.weekday() == second.weekday
    return on == again or (second.yearly and (on.month, on.day) == (again.month, again.day))


def _has_any(line: Line, *kinds: type) -> bool:
    return any(isinstance(piece.value, kinds) for piece in line.pieces)


def _has_day(line: Line) -> bool:
    return _has_any(line, Days, Repeat, Moments)


def _drop_offset(line: Line) -> None:
    """Minutes from now go with nothing else."""
    offset = line.piece(timedelta)
    if offset and (_has_day(line) or _has_any(line, Times)):
        line.drop(offset)


def _drop_daypart(line: Line) -> None:
    part = line.piece(Daypart)
    if part and not (_has_day(line) or line.piece(Times) or part.value.today):
        line.drop(part)


def _drop_length(line: Line) -> None:
    length = line.piece(Duration)
    if length is None or limits(line, length.value):
        return
    times, on = line.value(Times), line.value(Days)
    if line.piece(Moments) or (times and times.end) or (on and on.first != on.last):
        line.drop(length)
        return
    is_timed = _has_any(line, timedelta, Times, Daypart)
    if not is_timed and (length.value.unit == "minute" or not _has_day(line)):
        line.drop(length)
        if _has_day(line) and length.value.led:
            line.ask("no-time", length)


def limits(line: Line, length: Duration | None) -> bool:
    """Whether the length is that of the repetition: every Tuesday for 6 weeks."""
    repeat = line.value(Repeat)
    if length is None or repeat is None or not length.led or line.piece(Limit):
        return False
    is_in_days = length.as_typed == "day" and repeat.frequency == "DAILY"
    return is_in_days or length.as_typed in ("week", "month", "year")
