"""The vertical axis of the week and the day: the hours of the wall clock, as slots of 5 minutes.

All days of a view share one ruler, so that an hour is at the same height in each. If the clocks go
forward on one of them, the missing hour is a *band* of that day, in which nothing can be. If they
go back, the ruler has the repeated hour twice, and the second one is a band of the other days. So
every event is as high as it is long, and two events in the two equal hours never overlap.

Only changes that move the clock back to a full hour, by 3 hours at most, are drawn twice: all of
the present. Around others (a zone that crossed the date line in 1969) the two passes are drawn over
each other. A repeated part of an hour (Lord Howe Island) takes a whole hour of the ruler.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

SLOT = 5  # minutes
HOUR = 60
DAY_MINUTES = 24 * HOUR
SLOTS_OF_HOUR = HOUR // SLOT
LONGEST_REPEATED = 3 * HOUR
MINUTE = timedelta(minutes=1)
_STEP = timedelta(hours=3)  # no zone ever changed twice within it


class Change(NamedTuple):
    """A clock change of a day: from `start` to `end`, in minutes of the wall clock, time is missing
    or repeated."""

    on: date
    start: int
    end: int
    repeated: bool


class Band(NamedTuple):
    """Slots of a day in which nothing can be."""

    start: int
    end: int


class Hour(NamedTuple):
    """An hour of the ruler: the first is 0. `repeated` is the day on which it comes again."""

    clock: time
    repeated: date | None = None


@dataclass(frozen=True, slots=True)
class Ruler:
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, days: Sequence[date], zone: tzinfo) -> Ruler:
        return cls(tuple(change for on in days for change in clock_changes(on, zone)))

    @property
    def slots(self) -> int:
        return (DAY_MINUTES + sum(map(_height, self._repeated()))) // SLOT

    @property
    def hours(self) -> list[Hour]:
        """Return the hours in their order, repeated ones included."""
        hours = []
        for hour in range(24):
            for change in self._repeated():
                if change.end == hour * HOUR:
                    again = range(hour - _height(change) // HOUR, hour)
                    hours += [Hour(_time(max(h * HOUR, change.start)), change.on) for h in again]
            hours.append(Hour(time(hour)))
        return hours

    def start_of(self, at: datetime) -> int:
        """Return the slot in which an event starts, on the day of `at`."""
        return math.floor(self.minutes_of(at) / SLOT)

    def end_of(self, at: datetime) -> int:
        """Return the slot before which an event ends, on the day of `at`."""
        return math.ceil(self._minutes(at, is_end=True) / SLOT)

    def bands_of(self, on: date) -> list[Band]:
        """Return what is missing on a day: its own gaps, and hours that only other days repeat."""
        bands = [self._gap(one) for one in self.changes if one.on == on and not one.repeated]
        bands += [self._unused(one, on) for one in self._repeated()]
        return sorted(band for band in bands if band.start < band.end)

    def slot_of(self, change: Change) -> int:
        """Return the slot of the missing hour, or of the second pass of the repeated one."""
        if not change.repeated:
            return self._gap(change).start
        before = (_height(one) for one in self._repeated() if one.end < change.end)
        return (change.end + sum(before)) // SLOT

    def minutes_of(self, at: datetime) -> float:
        """Return the height of an instant, in minutes of the ruler."""
        return self._minutes(at, is_end=False)

    def _minutes(self, at: datetime, *, is_end: bool) -> float:
        on, clock = at.date(), at.hour * HOUR + at.minute + at.second / 60
        shift = 0
        for change in self._repeated():
            if change.on == on and at.fold and change.start <= clock < change.end:
                shift += change.end - change.start
            elif clock > change.end or (clock == change.end and (change.on == on or not is_end)):
                shift += _height(change)
        return clock + shift

    def _gap(self, change: Change) -> Band:
        shift = sum(_height(one) for one in self._repeated() if one.end <= change.start)
        return Band((change.start + shift) // SLOT, (change.end + shift) // SLOT)

    def _unused(self, change: Change, on: date) -> Band:
        """Return what a day doesn't use of a repeated hour: all of it, or less on its own day."""
        start = self.slot_of(change)
        used = change.end - change.start if change.on == on else 0
        return Band(start + used // SLOT, start + _height(change) // SLOT)

    def _repeated(self) -> list[Change]:
        """Return the changes that the ruler draws twice; of two at the same hour, the first."""
        found: dict[int, Change] = {}
        for change in self.changes:
            is_drawn = change.end % HOUR == 0 and change.end - change.start <= LONGEST_REPEATED
            if change.repeated and is_drawn:
                found.setdefault(change.end, change)
        return list(found.values())


def clock_changes(on: date, zone: tzinfo) -> Iterator[Change]:
    """Yield the clock changes of a day, by the minute."""
    start_at, end_at = (
        datetime.combine(one, time.min, zone).astimezone(UTC)
        for one in (on, on + timedelta(days=1))
    )
    # A change at midnight belongs to the day that it begins; a skipped date ends as it begins.
    at, until = start_at - MINUTE, max(start_at, end_at - MINUTE)
    while at < until:
        following = min(at + _STEP, until)
        if _offset(at, zone) != _offset(following, zone):
            yield from _change_between(at, following, on, zone)
        at = following


def _change_between(before: datetime, after: datetime, on: date, zone: tzinfo) -> Iterator[Change]:
    offsets = _offset(before, zone), _offset(after, zone)
    while after - before > MINUTE:
        middle = before + (after - before) // MINUTE // 2 * MINUTE
        if _offset(middle, zone) == offsets[0]:
            before = middle
        else:
            after = middle
    midnight = datetime.combine(on, time.min, UTC)
    first, last = sorted(
        int((after + offset - midnight).total_seconds()) // 60 for offset in offsets
    )
    start, end = max(first, 0), min(last, DAY_MINUTES)
    if start < end:
        yield Change(on, start, end, repeated=offsets[1] < offsets[0])


def _height(change: Change) -> int:
    """Return the minutes of the ruler that a repeated part takes: whole hours."""
    return math.ceil((change.end - change.start) / HOUR) * HOUR


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _time(minute: int) -> time:
    return time(*divmod(minute, HOUR))
