"""Free slots for a meeting, best first. No database.

A slot begins at a full quarter of an hour, is free for all whose time is known, and lies within the
hours and on the weekdays that were asked for, in the zone of the person who asks. Clocks that
change move those hours with them; a slot lasts as long as asked for all the same.

Best is, in this order:

1. within the same hours of the other people's own zones, on one of the same weekdays there, for as
   many of them as possible;
2. with ROOM before and after it in which nobody has a meeting;
3. the earliest.

Slots that overlap a better one are left out, so that the list offers choices and not one morning
in steps of a quarter of an hour.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.timeline.insights import Span

MINUTE = 60
QUARTER = 15 * MINUTE
ROOM = 15 * MINUTE
MOST_SLOTS = 20
MIDNIGHT = 24 * 60  # the minute at which a day ends


class Hours(NamedTuple):
    """Hours of the wall clock, in minutes since midnight, on these weekdays (0: Monday)."""

    begins: int = 9 * 60
    ends: int = 18 * 60
    days: frozenset[int] = frozenset(range(5))

    def on(self, day: date, zone: ZoneInfo) -> Span | None:
        """Return the hours of a date in a zone, in seconds since 1970."""
        if day.weekday() not in self.days:
            return None
        return Span(_instant(day, self.begins, zone), _instant(day, self.ends, zone))

    def hold(self, slot: Span, zone: ZoneInfo) -> bool:
        hours = self.on(datetime.fromtimestamp(slot.start, zone).date(), zone)
        return hours is not None and hours.start <= slot.start and slot.end <= hours.end


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for: a slot of `seconds` in [start, end), in the hours of `zone`."""

    seconds: int
    start: int
    end: int
    zone: ZoneInfo
    hours: Hours


class Slot(NamedTuple):
    """`outside`: for how many of the zones it is outside the hours; `is_tight`: a meeting ends or
    begins less than ROOM beside it."""

    outside: int
    is_tight: bool
    start: int
    end: int


def best_slots(
    busy: Iterable[Span], wish: Wish, zones: Sequence[ZoneInfo] = (), *, limit: int = MOST_SLOTS
) -> list[Slot]:
    """Return the best free slots in their order. `busy` is the time of all people; `zones` are
    those of the people beside the one who asks."""
    taken = _Taken.of(busy)
    found = sorted(_rated(slot, taken, wish, zones) for slot in _free(taken, wish))
    chosen: list[Slot] = []
    for slot in found:
        if len(chosen) == limit:
            break
        if all(slot.end <= one.start or one.end <= slot.start for one in chosen):
            chosen.append(slot)
    return chosen


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, joined where they overlap or touch; those without length are left
    out."""
    joined: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


@dataclass(frozen=True, slots=True)
class _Taken:
    """The time that is taken: the bounds of its spans, apart, for bisection."""

    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, busy: Iterable[Span]) -> _Taken:
        spans = union(busy)
        return cls([span.start for span in spans], [span.end for span in spans])

    def touches(self, start: int, end: int) -> bool:
        """Whether any span overlaps [start, end)."""
        return bisect_right(self.ends, start) < bisect_left(self.starts, end)


def _free(taken: _Taken, wish: Wish) -> Iterator[Span]:
    for window in _windows(wish):
        first = -(-max(window.start, wish.start) // QUARTER) * QUARTER
        last = min(window.end, wish.end) - wish.seconds
        for start in range(first, last + 1, QUARTER):
            if not taken.touches(start, start + wish.seconds):
                yield Span(start, start + wish.seconds)


def _windows(wish: Wish) -> Iterator[Span]:
    day = datetime.fromtimestamp(wish.start, wish.zone).date()
    last = datetime.fromtimestamp(wish.end, wish.zone).date()
    while day <= last:
        hours = wish.hours.on(day, wish.zone)
        if hours is not None:
            yield hours
        day += timedelta(days=1)


def _rated(slot: Span, taken: _Taken, wish: Wish, zones: Sequence[ZoneInfo]) -> Slot:
    return Slot(
        outside=sum(not wish.hours.hold(slot, zone) for zone in zones),
        is_tight=taken.touches(slot.start - ROOM, slot.end + ROOM),
        start=slot.start,
        end=slot.end,
    )


@lru_cache(maxsize=4096)
def _instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    if minutes == MIDNIGHT:
        day, minutes = day + timedelta(days=1), 0
    at = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    return int(at.timestamp())
