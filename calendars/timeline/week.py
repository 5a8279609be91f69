"""The week and the day: days as columns on one ruler of hours; pure functions.

Entries of whole days, and those of 24 hours or more, are bars in a lane above the hours. The others
are blocks, side by side where they overlap. What continues over midnight is a block on each day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from accounts.local_time import day_span, full_day
from calendars.timeline.agenda import NO_TOTALS, total_of
from calendars.timeline.clusters import Place, Span, lay_side_by_side
from calendars.timeline.day_entry import DAY, DayEntry, dates_between, entries_by_day
from calendars.timeline.days import COUNTED
from calendars.timeline.grid_week import SATURDAY, WEEK, first_of_week, lay_out, week_number
from calendars.timeline.occurrences import TimelineEntry
from calendars.timeline.ruler import SLOT, SLOTS_OF_HOUR, Band, Ruler

MORNING = 7 * SLOTS_OF_HOUR


class Room(NamedTuple):
    """What fits into a day: rows of its lane, blocks, and of them side by side. A block has `least`
    slots, so that its text can be read."""

    lanes: int
    blocks: int
    beside: int
    least: int = 5


# Side by side in a week, more would be narrower than a finger or a word.
ROOM_OF_WEEK = Room(lanes=3, blocks=40, beside=6)


@dataclass(frozen=True, slots=True)
class Block:
    """An entry among the hours of a day: its slots, and its place beside others."""

    shown: DayEntry
    span: Span
    place: Place


@dataclass(frozen=True, slots=True)
class DayColumn:
    """A day. `total` includes entries that only the page of the day shows; `now` is the height of
    the present in minutes of the ruler, on today alone."""

    on: date
    bars: tuple[DayEntry, ...]
    blocks: tuple[Block, ...]
    bands: tuple[Band, ...]
    total: int
    now: float | None

    @property
    def is_today(self) -> bool:
        return self.now is not None

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= SATURDAY

    @property
    def more(self) -> int:
        return self.total - len(self.bars) - len(self.blocks)

    @property
    def is_counted(self) -> bool:
        return self.total <= COUNTED


@dataclass(frozen=True, slots=True)
class WeekView:
    """Successive days: a week that contains `on`, or `on` alone. `now` is in the viewer's zone."""

    name: str
    on: date
    now: datetime
    ruler: Ruler
    days: tuple[DayColumn, ...]

    @property
    def title(self) -> str:
        first_on, last_on = self.start_on, self.days[-1].on
        if first_on == last_on:
            return full_day(first_on)
        return day_span(first_on, last_on, wide=False)

    @property
    def start_on(self) -> date:
        return self.days[0].on

    @property
    def end_on(self) -> date:
        return self.days[-1].on + DAY

    @property
    def previous_on(self) -> date:
        return self.on - len(self.days) * DAY

    @property
    def next_on(self) -> date:
        return self.on + len(self.days) * DAY

    @property
    def lanes(self) -> int:
        """The rows of the lane above the hours."""
        return max((bar.lane for day in self.days for bar in day.bars), default=0)

    @property
    def has_more(self) -> bool:
        return any(day.more for day in self.days)

    @property
    def start(self) -> int:
        """The slot at which the page opens: now, or else the morning."""
        now = next((day.now for day in self.days if day.now is not None), None)
        return MORNING if now is None else int(now) // SLOT

    @property
    def number(self) -> int:
        return week_number(self.start_on)


def week_span(on: date, week_start: int) -> tuple[date, date]:
    """Return the first day of the week of `on`, and the first day after it."""
    start_on = first_of_week(on, week_start)
    return start_on, start_on + WEEK


def week_view(
    entries: Iterable[TimelineEntry],
    *,
    on: date,
    week_start: int,
    now: datetime,
    room: Room = ROOM_OF_WEEK,
    totals: Mapping[date, int] = NO_TOTALS,
) -> WeekView:
    """Build the week that contains `on`. `now` is in the viewer's zone."""
    days = list(dates_between(*week_span(on, week_start)))
    return _view("week", on, days, entries, now, room, totals)


def day_view(entries: Iterable[TimelineEntry], *, on: date, now: datetime, room: Room) -> WeekView:
    """Build the view of one day with all the given entries."""
    return _view("day", on, [on], entries, now, room, NO_TOTALS)


def _view(
    name: str,
    on: date,
    days: Sequence[date],
    entries: Iterable[TimelineEntry],
    now: datetime,
    room: Room,
    totals: Mapping[date, int],
) -> WeekView:
    ruler = Ruler.of(days, now.tzinfo or UTC)
    by_day = entries_by_day(entries)
    in_lane = {one: [shown for shown in by_day.get(one, ()) if is_bar(shown.entry)] for one in days}
    bars = lay_out(days, in_lane)
    columns = tuple(
        DayColumn(
            on=one,
            bars=tuple(bar for bar in bars[one] if bar.lane <= room.lanes),
            blocks=tuple(
                _blocks([b for b in by_day.get(one, ()) if not is_bar(b.entry)], ruler, room)
            ),
            bands=tuple(ruler.bands_of(one)),
            total=total_of(one, by_day, totals),
            now=ruler.minutes_of(now) if one == now.date() else None,
        )
        for one in days
    )
    return WeekView(name, on, now, ruler, columns)


def is_bar(entry: TimelineEntry) -> bool:
    """Whether an entry is in the lane above the hours."""
    # Times in one zone are subtracted by the wall clock, which a clock change would falsify.
    return entry.all_day or entry.end_at.astimezone(UTC) - entry.start_at.astimezone(UTC) >= DAY


def _blocks(entries: Sequence[DayEntry], ruler: Ruler, room: Room) -> list[Block]:
    spans = sorted(
        ((_span(shown, ruler, room.least), shown) for shown in entries),
        key=lambda one: (one[0].start, -one[0].end),
    )[: room.blocks]
    places = lay_side_by_side([span for span, _ in spans], most=room.beside)
    return [
        Block(shown, span, place)
        for (span, shown), place in zip(spans, places, strict=True)
        if place is not None
    ]


def _span(shown: DayEntry, ruler: Ruler, least: int) -> Span:
    """Return the slots of an entry on one of its days; near the end of the day it starts earlier,
    so that there is room for its text."""
    entry, on = shown.entry, shown.on
    start = ruler.start_of(entry.start_at) if entry.start_at.date() == on else 0
    end = ruler.end_of(entry.end_at) if entry.end_at.date() == on else ruler.slots
    start = min(start, ruler.slots - least)
    return Span(start, min(max(end, start + least), ruler.slots))
