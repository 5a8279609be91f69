"""The instances of one series: which one an address names, and which come next.

Read from the rule and not from the stored occurrences, so that dates beyond the horizon count too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import nsmallest
from uuid import UUID

from calendars.models import Event, event_id_for
from calendars.models.event import with_exceptions
from calendars.rfc5545.recurrence import Instance, InvalidRecurrence, expand
from calendars.rfc5545.recurrence.rules import FIRST_YEAR, LAST_YEAR

NEXT = 5
LOOKED_AHEAD = timedelta(days=3653)
_SECOND = timedelta(seconds=1)  # an address names an instance to the second
# What a series is expanded from, and what replaces its instances.
_READ = (
    *("remote_id", "status", "start_at", "end_at", "all_day", "time_zone", "zone_definition"),
    *("recurrence", "original_start_at"),
)
_AT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class NextDate:
    """An instance to come. `event_id` is the exception's where the instance was changed."""

    event_id: UUID
    original_start_at: datetime
    start_at: datetime
    end_at: datetime
    all_day: bool

    @property
    def at(self) -> str:
        return at_of(self.original_start_at)

    @property
    def on(self) -> date:
        """The date, of an all-day instance."""
        return self.start_at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Replacement:
    """An exception of a series; a cancelled one takes its instance away."""

    event_id: UUID
    start_at: datetime
    end_at: datetime
    all_day: bool
    is_cancelled: bool

    @classmethod
    def of(cls, exception: Event) -> Replacement:
        return cls(
            exception.pk,
            exception.start_at,
            exception.end_at,
            exception.all_day,
            exception.status == Event.Status.CANCELLED,
        )


@dataclass(frozen=True, slots=True)
class SeriesInstances:
    """A series with its exceptions, by original start."""

    master: Event
    replaced: dict[datetime, Replacement]

    @classmethod
    def of(cls, event: Event) -> SeriesInstances | None:
        """Load the series that the event is, or of which it is an exception, by one query.

        Returns None if it doesn't repeat, or if its series isn't there.
        """
        remote_id = event.recurring_event_id or (event.remote_id if event.recurrence else "")
        if not remote_id:
            return None
        loaded = Event.objects.filter(with_exceptions(event.calendar, [remote_id])).only(*_READ)
        found = {one.pk: one for one in loaded}
        master = found.pop(event_id_for(event.calendar_id, remote_id), None)
        if master is None or not master.recurrence:
            return None
        return cls(
            master,
            {
                one.original_start_at: Replacement.of(one)
                for one in found.values()
                if one.original_start_at is not None
            },
        )

    @property
    def cancelled(self) -> int:
        return sum(one.is_cancelled for one in self.replaced.values())

    def at(self, at: datetime) -> Instance | None:
        """Return the instance that starts in this second by the rule, also if it was replaced."""
        found = self._expanded(at, at + _SECOND, limit=1)
        return next((one for one in found if at <= one.original_start_at < at + _SECOND), None)

    def replacement_at(self, at: datetime) -> Replacement | None:
        return next((one for key, one in self.replaced.items() if at <= key < at + _SECOND), None)

    def next_own(self, now: datetime) -> Instance | None:
        """Return the first instance after `now` that no exception replaces."""
        return next(self._own(now, 1), None)

    def upcoming(self, now: datetime) -> list[NextDate]:
        """Return the next dates, changed ones included, by their start."""
        master = self.master
        own = [NextDate(master.pk, *one, master.all_day) for one in self._own(now, NEXT)]
        changed = [
            NextDate(one.event_id, original_at, one.start_at, one.end_at, one.all_day)
            for original_at, one in self.replaced.items()
            if not one.is_cancelled and one.end_at > now
        ]
        return nsmallest(NEXT, [*own, *changed], key=lambda one: one.start_at)

    def _own(self, now: datetime, count: int) -> Iterator[Instance]:
        found = self._expanded(now, now + LOOKED_AHEAD, limit=count + len(self.replaced))
        kept = (one for one in found if one.original_start_at not in self.replaced)
        return (one for _, one in zip(range(count), kept, strict=False))

    def _expanded(self, after: datetime, before: datetime, *, limit: int) -> list[Instance]:
        try:
            return expand(self.master, after=after, before=before, limit=limit)
        except InvalidRecurrence:  # logged when it was stored
            return []


def at_of(original_start_at: datetime) -> str:
    """Return how an address names an instance: 20260131T090000Z."""
    return original_start_at.astimezone(UTC).strftime(_AT)


def parse_at(text: str) -> datetime:
    """Read it. Raises ValueError."""
    at = datetime.strptime(text, _AT).replace(tzinfo=UTC)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError("no event is so far away")
    return at
