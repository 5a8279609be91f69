"""The agenda: a list by day with the gaps between the events; pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from accounts.local_time import day_span
from calendars.timeline.day_entry import DAY, DayEntry, dates_between, entries_by_day
from calendars.timeline.days import COUNTED
from calendars.timeline.occurrences import TimelineEntry

AGENDA_DAYS = 14
MOST_DAYS = 98  # that an address may name
# The most entries that a list of days shows in total, by its length, and the least per day.
ROOM = 150
ROOM_OF_A_DAY = 11
MOST_ROOM = 500
LEAST = 5
SHORTEST_GAP = timedelta(minutes=30)
NO_TOTALS: Mapping[date, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Gap:
    """Time between two events of a day in which the person is free."""

    start_at: datetime
    end_at: datetime

    @property
    def length(self) -> timedelta:
        return self.end_at - self.start_at


@dataclass(frozen=True, slots=True)
class AgendaDay:
    """A day of a list. `total` includes entries that only the page of the day shows."""

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

    @property
    def rows(self) -> Iterator[DayEntry | Gap]:
        """The entries, with the gaps between them."""
        busy_until: datetime | None = None
        for shown in self.entries:
            if _takes_time(shown):
                start_at, end_at = (at.astimezone(UTC) for at in _times(shown))
                if busy_until and start_at - busy_until >= SHORTEST_GAP:
                    yield Gap(busy_until, start_at)
                busy_until = max(busy_until or end_at, end_at)
            yield shown


def _times(shown: DayEntry) -> tuple[datetime, datetime]:
    return shown.entry.start_at, shown.entry.end_at


def _takes_time(shown: DayEntry) -> bool:
    entry = shown.entry
    is_busy = entry.transparency != "transparent" and entry.response != "declined"
    return is_busy and not shown.fills_day


@dataclass(frozen=True, slots=True)
class AgendaView:
    """The days from `on` up to `end_on`, without empty days except the first and today."""

    on: date
    end_on: date
    days: tuple[AgendaDay, ...]
    name: str = "agenda"

    @property
    def title(self) -> str:
        return day_span(self.on, self.last_on, wide=False)

    @property
    def start_on(self) -> date:
        return self.on

    @property
    def last_on(self) -> date:
        return self.end_on - DAY

    @property
    def previous_on(self) -> date:
        return self.on - AGENDA_DAYS * DAY

    @property
    def next_on(self) -> date:
        return self.end_on

    @property
    def has_events(self) -> bool:
        return any(day.total for day in self.days)


def agenda_view(
    entries: Iterable[TimelineEntry],
    *,
    on: date,
    today: date,
    days: int = AGENDA_DAYS,
    totals: Mapping[date, int] = NO_TOTALS,
    sparse: bool = False,
) -> AgendaView:
    """Build the agenda. `totals` are the totals of the days with only some of their entries given;
    if `sparse`, the first day is left out too if it's empty."""
    by_day = entries_by_day(entries)
    end_on = on + days * DAY
    kept = (today,) if sparse else (on, today)
    shown = [one for one in dates_between(on, end_on) if one in by_day or one in kept]
    room = min(max(ROOM, days * ROOM_OF_A_DAY), MOST_ROOM)
    most = _fair_share([len(by_day.get(one, ())) for one in shown], room)
    return AgendaView(
        on=on,
        end_on=end_on,
        days=tuple(agenda_day(one, by_day, today, totals, most) for one in shown),
    )


def agenda_day(
    on: date,
    by_day: Mapping[date, Sequence[DayEntry]],
    today: date,
    totals: Mapping[date, int],
    most: int,
) -> AgendaDay:
    entries = tuple(by_day.get(on, ())[:most])
    return AgendaDay(on, on == today, entries, total_of(on, by_day, totals))


def total_of(
    on: date, by_day: Mapping[date, Sequence[DayEntry]], totals: Mapping[date, int]
) -> int:
    return max(totals.get(on, 0), len(by_day.get(on, ())))


def _fair_share(counts: Sequence[int], room: int) -> int:
    """Return how many entries each day may show so that the total fits; days with few entries
    leave their share to the others."""
    most = max(counts, default=0)
    while most > LEAST and sum(min(count, most) for count in counts) > room:
        most -= 1
    return most
