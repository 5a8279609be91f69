"""From the pieces of a line to one event: its start, its end and how it repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendars.typed_line.dates import Days, Doubt
from calendars.typed_line.durations import Duration
from calendars.typed_line.hours import USUAL, Hours, hours_of
from calendars.typed_line.line import Line, Piece
from calendars.typed_line.repetition import Limit, Repeat
from calendars.typed_line.rules import first_day, rule_of
from calendars.typed_line.selection import limits
from calendars.typed_line.steps import later
from calendars.typed_line.times import Daypart, Moments, Times
from calendars.typed_line.zones import NamedZone

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class When:
    """`start` is None if nothing says when."""

    start: date | None = None
    end: date | None = None
    rule: str = ""


def combine(line: Line, now: datetime, zone: ZoneInfo) -> When:
    """Return when the event is, and put what is unsure into the line's questions."""
    return _Combining(line, now, zone).when()


class _Combining:
    """One line, at one moment, in the zone that the line names or else the person's."""

    def __init__(self, line: Line, now: datetime, zone: ZoneInfo) -> None:
        self.line, self.now = line, now
        named = line.value(NamedZone)
        self.zone = ZoneInfo(named.name) if named else zone
        self.repeat = line.value(Repeat)
        self.length = line.value(Duration)

    def when(self) -> When:
        when = self._when()
        for piece in list(self.line.pieces):
            for code, others in self._doubts(piece.value):
                self.line.ask(code, piece, *(self._like(other, when.start) for other in others))
        return when

    def _when(self) -> When:
        moments, offset = self.line.piece(Moments), self.line.value(timedelta)
        times, part = self.line.piece(Times), self.line.piece(Daypart)
        if moments:
            return self._between(moments)
        if offset:
            start = self._from_now(offset)
            return When(start, self._end(start))
        if times:
            if times.value.is_bare:
                self.line.ask("bare-hour", times)
            name = part.value.name if part else self.repeat.part if self.repeat else ""
            return self._timed(self._hours(times.value, name), times)
        if part:
            self.line.ask("daypart", part)
            return self._timed(Hours(USUAL[part.value.name] * 60), part)
        repetition = self.line.piece(Repeat)
        if repetition and repetition.value.part:
            self.line.ask("daypart", repetition)
            return self._timed(Hours(USUAL[repetition.value.part] * 60), repetition)
        if self._days() or self.repeat:
            return self._whole_days()
        return When()

    def _doubts(self, value: object) -> tuple[Doubt, ...]:
        if not isinstance(value, Days | Repeat | Limit | Moments):
            return ()
        if isinstance(value, Moments):
            return value.first.doubts
        if isinstance(value, Days) and value.yearly and self.repeat:
            return tuple(doubt for doubt in value.doubts if doubt[0] != "next-year")
        return value.doubts

    def _like(self, on: date, start: date | None) -> date:
        """A day at the time of the start."""
        if isinstance(start, datetime) and not isinstance(on, datetime):
            return self._local(datetime.combine(on, start.time()))
        return on

    # Days

    def _days(self) -> Days | None:
        """The days of the event: of a series from day to day, the first one."""
        days = self.line.value(Days) or (self.repeat.on if self.repeat else None)
        return replace(days, last=days.first) if days and self._is_series_of(days) else days

    def _is_series_of(self, days: Days) -> bool:
        """every Tuesday from 2 June to 28 July: the span is that of the series."""
        repeat = self.repeat
        return days.first < days.last and bool(
            repeat and (repeat.weekdays or repeat.month_days or repeat.frequency == "DAILY")
        )

    def _first(self, on: date) -> date:
        return first_day(self.repeat, on) if self.repeat else on

    def _whole_days(self) -> When:
        days, length = self._days(), self.length
        start = self._first(days.first if days else self.line.today)
        last = days.last + (start - days.first) if days else start
        end: date | None = last + _DAY
        if length and not limits(self.line, length):
            end = later(start, length.count, length.unit)
        return When(start, end or start + _DAY, self._rule(start, None))

    def _rule(self, start: date, zone: ZoneInfo | None) -> str:
        return rule_of(self.repeat, self._limit(start), zone) if self.repeat else ""

    def _limit(self, start: date) -> Limit | None:
        length, limit, days = self.length, self.line.piece(Limit), self.line.value(Days)
        if length and limits(self.line, length):
            after = later(start, length.count, length.unit)
            return Limit(after - _DAY) if after else None
        if limit and limit.value.until and limit.value.until < start:
            self.line.drop(limit)
            self.line.ask("ends-before-start", limit)
            return None
        if limit is None and days and self._is_series_of(days):
            return Limit(days.last)
        return limit.value if limit else None

    # Times

    def _timed(self, hours: Hours, piece: Piece[object]) -> When:
        days = self._days()
        on, hours = self._day_of(hours, days, piece)
        start = self._at(on, hours.start, piece)
        if hours.other is not None:
            self.line.ask("hour", piece, self._other_start(on, hours.other, days))
        if days and isinstance(piece.value, Times) and piece.value.start.form == "midnight":
            self.line.ask("midnight", piece, self._local(datetime.combine(on, time())))
        end = self._local(_clock(on, hours.end)) if hours.end is not None else self._end(start)
        each_day = self._each_day(days) if days and days.first < days.last else ""
        return When(start, end, each_day or self._rule(start.date(), self.zone))

    def _day_of(self, hours: Hours, days: Days | None, piece: Piece[object]) -> tuple[date, Hours]:
        """Choose the day of the start. A time that has passed is tomorrow's if no day was said."""
        part, today = self.line.value(Daypart), self.line.today
        if days is not None:
            return self._said_day(days, hours)
        if part and part.today:
            return today, hours
        if not self._has_passed(today, hours.start):
            return self._first(today), hours
        if not self.repeat:
            self.line.ask("tomorrow", piece, self._local(_clock(today, hours.start)))
        return self._first(today + _DAY), hours

    def _said_day(self, days: Days, hours: Hours) -> tuple[date, Hours]:
        """If the time has passed, a weekday is the next one, and today at 9 the evening."""
        on, piece = self._first(days.first), self.line.piece(Days)
        if on != self.line.today or not self._has_passed(on, hours.start) or piece is None:
            return on, hours
        if days.weekday is not None:
            self._replace(piece, replace(days, doubts=(("which-week", (on,)),)))
            return on + timedelta(weeks=1), hours
        if hours.other is not None and not self._has_passed(on, hours.other):
            return on, _exchanged(hours, hours.other)
        if not self.repeat:
            self.line.ask("past", piece)
        return on, hours

    def _replace(self, piece: Piece[object], value: object) -> None:
        at = self.line.pieces.index(piece)
        self.line.pieces[at] = Piece(piece.start, piece.end, piece.meaning, value)

    def _has_passed(self, on: date, minutes: int) -> bool:
        # In UTC: two times of one zone are compared by their clocks.
        return self._local(_clock(on, minutes)).astimezone(UTC) < self.now.astimezone(UTC)

    def _other_start(self, on: date, minutes: int, days: Days | None) -> datetime:
        """Without a day, the next such time."""
        if days is None and not self.repeat:
            on = self.line.today + self._has_passed(self.line.today, minutes) * _DAY
        return self._local(_clock(on, minutes))

    def _end(self, start: datetime) -> datetime | None:
        length = self.length
        if length is None or limits(self.line, length):
            return None
        if length.unit == "minute":
            return _later(start, timedelta(minutes=length.count))
        on = later(start.date(), length.count, length.unit)
        return self._local(datetime.combine(on, start.time())) if on else None

    def _each_day(self, days: Days) -> str:
        """Mon-Wed 9-17 is each day from 9 to 17; or it goes on through the nights."""
        piece = self.line.piece(Days)
        if piece is None or self.repeat:
            return ""
        self.line.ask("each-day", piece)
        count = (days.last - days.first).days + 1
        return rule_of(Repeat("DAILY"), Limit(count=count), self.zone)

    def _from_now(self, offset: timedelta) -> datetime:
        now = self.now.astimezone(self.zone).replace(second=0, microsecond=0)
        return _later(now, offset)

    def _between(self, piece: Piece[Moments]) -> When:
        moments = piece.value
        first, last = self._hours(Times(moments.start)), self._hours(Times(moments.end))
        start = self._at(moments.first.first, first.start, piece)
        end = self._local(_clock(moments.last.last, last.start))
        if end <= start:
            self.line.drop(piece)
            return When()
        if first.other is not None:
            self.line.ask("hour", piece, self._local(_clock(moments.first.first, first.other)))
        return When(start, end)

    def _hours(self, times: Times, part: str = "") -> Hours:
        language = self.line.language
        return hours_of(times, self.line.clock, part, asks=language.clock == "12")

    # Local times

    def _at(self, on: date, minutes: int, piece: Piece[object]) -> datetime:
        """A time that a change of the clocks skips is that much later; of two, it is the first."""
        wall = _clock(on, minutes)
        local = self._local(wall)
        if local.replace(tzinfo=None) != wall:
            self.line.ask("skipped-hour", piece)
        elif local.utcoffset() != local.replace(fold=1).utcoffset():
            self.line.ask("occurs-twice", piece, local.replace(fold=1))
        self._ask_season(local)
        return local

    def _ask_season(self, local: datetime) -> None:
        """PST said in summer, when the clocks of that zone show PDT."""
        named, shown = self.line.piece(NamedZone), local.utcoffset()
        if named is None or named.value.offset is None or shown is None:
            return
        said = timedelta(minutes=named.value.offset)
        if said != shown:
            self.line.ask("zone-season", named, _later(local, shown - said))

    def _local(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)


def _clock(on: date, minutes: int) -> datetime:
    return datetime.combine(on, time()) + timedelta(minutes=minutes)


def _later(start: datetime, length: timedelta) -> datetime:
    """So much time later, also across a change of the clocks."""
    return (start.astimezone(UTC) + length).astimezone(start.tzinfo)


def _exchanged(hours: Hours, other: int) -> Hours:
    """The end moves with the start."""
    end = None if hours.end is None else hours.end - hours.start + other
    return Hours(other, end, hours.start)
