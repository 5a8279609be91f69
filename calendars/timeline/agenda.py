"""Build the month, agenda and day views from timeline entries, with pure functions.

This module runs no query and reads no clock. The times of an all-day entry are midnights UTC that
stand for dates; those of a timed entry are instants in the viewer's zone, which determines its
dates.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from accounts.local_time import clock
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.days import COUNTED
from calendars.timeline.occurrences import TimelineEntry

LANES = 3
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
AGENDA_DAYS = 14
# The most entries that a list of days shows in total, the least per day, and the most of the
# selected day beside the month.
ROOM = 150
LEAST = 5
CHOSEN = 60
NO_TOTALS: Mapping[date, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DayEntry:
    """An entry as shown on one of its days.

    In a month cell it's a bar, with its lane and the number of days that it covers. `days` is 0 in
    a cell that is covered by a bar from the left; there it's only for screen readers.
    """

    entry: TimelineEntry
    on: date
    first_on: date
    last_on: date
    lane: int = 0
    days: int = 1

    @property
    def begins(self) -> bool:
        return self.on == self.first_on

    @property
    def ends(self) -> bool:
        return self.on == self.last_on

    @property
    def key(self) -> str:
        """An id of the occurrence that is the same on every page and valid in HTML."""
        return f"{self.entry.event_id}-{int(self.entry.original_start_at.timestamp())}"

    @property
    def fills_day(self) -> bool:
        return self.entry.all_day or not (self.begins or self.ends)

    @property
    def goes_on(self) -> bool:
        """Whether the bar ends before the entry's last day and continues in the next week."""
        return self.on + timedelta(days=self.days) <= self.last_on

    @property
    def is_block(self) -> bool:
        """Whether it's drawn as a block in the calendar's colour instead of a line of text."""
        return self.days > 1 or self.fills_day or not self.begins

    @property
    def when(self) -> str:
        start, end = clock(self.entry.start_at), clock(self.entry.end_at)
        if self.fills_day:
            return "All day"
        if not self.begins:
            return f"Until {end}"
        if not self.ends:
            return f"From {start}"
        return _span(start, end)

    @property
    def elsewhere(self) -> str:
        """The time in the event's own zone, if its offset differs from the viewer's."""
        entry = self.entry
        try:
            zone = event_zone(entry.time_zone, entry.zone_definition)
        except InvalidRecurrence:  # logged when it was stored
            return ""
        start_at, end_at = (at.astimezone(zone) for at in (entry.start_at, entry.end_at))
        is_here = start_at.utcoffset() == entry.start_at.utcoffset()
        if entry.all_day or is_here or entry.time_zone == "UTC":  # UTC isn't a place
            return ""
        day = (
            ""
            if start_at.date() == self.first_on
            else f"{start_at:%A} {start_at.day} {start_at:%B}, "
        )
        return f"{day}{_span(clock(start_at), clock(end_at))} in {entry.time_zone}"


@dataclass(frozen=True, slots=True)
class AgendaDay:
    """A day of the agenda. `total` includes entries that only the page of the day shows."""

    on: date
    is_today: bool
    entries: tuple[DayEntry, ...]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.entries)

    @property
    def is_counted(self) -> bool:
        return self.total <= COUNTED


@dataclass(frozen=True, slots=True)
class AgendaView:
    """The days from `on` up to `end_on`, without empty days except `on` and today."""

    on: date
    end_on: date
    previous_on: date
    days: tuple[AgendaDay, ...]

    @property
    def last_on(self) -> date:
        return self.end_on - DAY


@dataclass(frozen=True, slots=True)
class DayView:
    on: date
    previous_on: date
    next_on: date
    day: AgendaDay


@dataclass(frozen=True, slots=True)
class MonthDay:
    on: date
    in_month: bool
    is_today: bool
    bars: tuple[DayEntry, ...]
    total: int

    @property
    def more(self) -> int:
        """The number of entries without a lane."""
        return self.total - len(self.bars)

    @property
    def is_counted(self) -> bool:
        return self.total <= COUNTED


@dataclass(frozen=True, slots=True)
class MonthView:
    on: date
    previous_on: date
    next_on: date
    weeks: tuple[tuple[MonthDay, ...], ...]
    day: AgendaDay


def _span(start: str, end: str) -> str:
    return start if start == end else f"{start}–{end}"  # noqa: RUF001


def dates_of(entry: TimelineEntry) -> tuple[date, date]:
    """Return the first and last date of an entry. An entry that ends at midnight doesn't touch the
    day that starts then."""
    first_on = entry.start_at.date()
    if entry.end_at <= entry.start_at:
        return first_on, first_on
    # Around a clock change only UTC arithmetic finds the instant before the end.
    last_at = entry.end_at.astimezone(UTC) - timedelta.resolution
    last_on = last_at.astimezone(entry.end_at.tzinfo).date()
    return min(first_on, last_on), max(first_on, last_on)


def entries_by_day(entries: Iterable[TimelineEntry]) -> dict[date, list[DayEntry]]:
    """Return the entries by day: those that fill the day first, then by start."""
    days: defaultdict[date, list[DayEntry]] = defaultdict(list)
    for entry in entries:
        first_on, last_on = dates_of(entry)
        for on in _dates(first_on, last_on + DAY):
            days[on].append(DayEntry(entry, on, first_on, last_on))
    for shown in days.values():
        shown.sort(key=lambda one: (not one.fills_day, one.begins, one.entry.start_at))
    return dict(days)


def agenda_view(
    entries: Iterable[TimelineEntry],
    *,
    on: date,
    today: date,
    days: int = AGENDA_DAYS,
    totals: Mapping[date, int] = NO_TOTALS,
) -> AgendaView:
    """Build the agenda. `totals` are the totals of the days with only some of their entries
    given."""
    by_day = entries_by_day(entries)
    span = timedelta(days=days)
    shown = [one for one in _dates(on, on + span) if one in by_day or one in (on, today)]
    most = _fair_share([len(by_day.get(one, ())) for one in shown])
    return AgendaView(
        on=on,
        end_on=on + span,
        previous_on=on - span,
        days=tuple(_agenda_day(one, by_day, today, totals, most) for one in shown),
    )


def day_view(entries: Sequence[TimelineEntry], *, on: date, today: date) -> DayView:
    """Build the view of one day with all the given entries."""
    by_day = entries_by_day(entries)
    day = _agenda_day(on, by_day, today, NO_TOTALS, len(entries))
    return DayView(on=on, previous_on=on - DAY, next_on=on + DAY, day=day)


def month_span(on: date) -> tuple[date, date]:
    """Return the Monday of the month's first week, and the Monday after its last week."""
    first_on, last_on = on.replace(day=1), on.replace(day=_length_of_month(on))
    return _monday(first_on), _monday(last_on) + WEEK


def month_view(
    entries: Iterable[TimelineEntry],
    *,
    on: date,
    today: date,
    totals: Mapping[date, int] = NO_TOTALS,
) -> MonthView:
    """Build the weeks of the month that contains `on`, and the view of that day."""
    by_day = entries_by_day(entries)
    mondays = _dates(*month_span(on), WEEK)
    return MonthView(
        on=on,
        previous_on=_same_day(on.replace(day=1) - DAY, on.day),
        next_on=_same_day(on.replace(day=_length_of_month(on)) + DAY, on.day),
        weeks=tuple(
            _week(monday, by_day, month=on.month, today=today, totals=totals) for monday in mondays
        ),
        day=_agenda_day(on, by_day, today, totals, CHOSEN),
    )


def _week(
    monday: date,
    by_day: dict[date, list[DayEntry]],
    *,
    month: int,
    today: date,
    totals: Mapping[date, int],
) -> tuple[MonthDay, ...]:
    days = tuple(_dates(monday, monday + WEEK))
    bars = _bars(days, by_day)
    return tuple(
        MonthDay(
            on=on,
            in_month=on.month == month,
            is_today=on == today,
            bars=tuple(bar for bar in bars[on] if bar.lane <= LANES),
            total=_total(on, by_day, totals),
        )
        for on in days
    )


def _bars(days: Sequence[date], by_day: dict[date, list[DayEntry]]) -> dict[date, list[DayEntry]]:
    """Assign each entry of a week the first lane that is free on all its days."""
    spans: defaultdict[str, list[tuple[date, DayEntry]]] = defaultdict(list)
    for on in days:
        for shown in by_day.get(on, ()):
            spans[shown.key].append((on, shown))
    bars: dict[date, list[DayEntry]] = {on: [] for on in days}
    for span in sorted(spans.values(), key=_bar_order):
        lane = _free_lane([bars[on] for on, _ in span])
        for index, (on, shown) in enumerate(span):
            bars[on].append(replace(shown, lane=lane, days=0 if index else len(span)))
    return {on: sorted(laid, key=lambda bar: bar.lane) for on, laid in bars.items()}


def _bar_order(span: Sequence[tuple[date, DayEntry]]) -> tuple[date, int, bool, datetime]:
    """Return the sort key: by start, which needs the fewest lanes; on the same day the longest
    first."""
    (first_on, shown), *_ = span
    return (first_on, -len(span), not shown.fills_day, shown.entry.start_at)


def _free_lane(days: Sequence[Sequence[DayEntry]]) -> int:
    taken = {bar.lane for day in days for bar in day}
    return next(lane for lane in range(1, len(taken) + 2) if lane not in taken)


def _agenda_day(
    on: date,
    by_day: dict[date, list[DayEntry]],
    today: date,
    totals: Mapping[date, int],
    most: int,
) -> AgendaDay:
    entries = tuple(by_day.get(on, ())[:most])
    return AgendaDay(on, on == today, entries, _total(on, by_day, totals))


def _total(on: date, by_day: dict[date, list[DayEntry]], totals: Mapping[date, int]) -> int:
    return max(totals.get(on, 0), len(by_day.get(on, ())))


def _fair_share(counts: Sequence[int]) -> int:
    """Return how many entries each day may show so that the total fits ROOM; days with few entries
    leave their share to the others."""
    most = max(counts, default=0)
    while most > LEAST and sum(min(count, most) for count in counts) > ROOM:
        most -= 1
    return most


def _dates(start_on: date, end_on: date, step: timedelta = DAY) -> Iterator[date]:
    while start_on < end_on:
        yield start_on
        start_on += step


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def _length_of_month(on: date) -> int:
    return calendar.monthrange(on.year, on.month)[1]


def _same_day(on: date, day: int) -> date:
    """Return that day in the month of `on`, or the month's last day if it's shorter."""
    return on.replace(day=min(day, _length_of_month(on)))
