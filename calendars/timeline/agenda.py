"""The agenda and day views, built from timeline entries with pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from django.utils.dateformat import format as formatted

from calendars.timeline.day_entry import DAY, DayEntry, dates_between, entries_by_day
from calendars.timeline.days import COUNTED
from calendars.timeline.occurrences import TimelineEntry

AGENDA_DAYS = 14
# The most entries that a list of days shows in total, and the least per day.
ROOM = 150
LEAST = 5
NO_TOTALS: Mapping[date, int] = MappingProxyType({})


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

    @property
    def name(self) -> str:
        return "agenda"

    @property
    def title(self) -> str:
        return f"{formatted(self.on, 'j F')} – {formatted(self.last_on, 'j F Y')}"  # noqa: RUF001

    @property
    def next_on(self) -> date:
        return self.end_on


@dataclass(frozen=True, slots=True)
class DayView:
    on: date
    previous_on: date
    next_on: date
    day: AgendaDay

    @property
    def name(self) -> str:
        return "day"

    @property
    def title(self) -> str:
        return formatted(self.on, "l j F Y")


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
    shown = [one for one in dates_between(on, on + span) if one in by_day or one in (on, today)]
    most = _fair_share([len(by_day.get(one, ())) for one in shown])
    return AgendaView(
        on=on,
        end_on=on + span,
        previous_on=on - span,
        days=tuple(agenda_day(one, by_day, today, totals, most) for one in shown),
    )


def day_view(entries: Sequence[TimelineEntry], *, on: date, today: date) -> DayView:
    """Build the view of one day with all the given entries."""
    by_day = entries_by_day(entries)
    day = agenda_day(on, by_day, today, NO_TOTALS, len(entries))
    return DayView(on=on, previous_on=on - DAY, next_on=on + DAY, day=day)


def agenda_day(
    on: date,
    by_day: dict[date, list[DayEntry]],
    today: date,
    totals: Mapping[date, int],
    most: int,
) -> AgendaDay:
    entries = tuple(by_day.get(on, ())[:most])
    return AgendaDay(on, on == today, entries, total_of(on, by_day, totals))


def total_of(on: date, by_day: dict[date, list[DayEntry]], totals: Mapping[date, int]) -> int:
    return max(totals.get(on, 0), len(by_day.get(on, ())))


def _fair_share(counts: Sequence[int]) -> int:
    """Return how many entries each day may show so that the total fits ROOM; days with few entries
    leave their share to the others."""
    most = max(counts, default=0)
    while most > LEAST and sum(min(count, most) for count in counts) > ROOM:
        most -= 1
    return most
