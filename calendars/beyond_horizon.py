"""Occurrences outside the stored horizon: expanded as they are read, month by month.

A read stops as soon as it has what it was asked for, so that it costs no more than its page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from calendars.models import Calendar, Event, Occurrence
from calendars.models.event import LONG_SPAN
from calendars.recurrence import InvalidRecurrence, Series, expand
from calendars.sync.horizon import Horizon

SLICE = timedelta(days=31)
ZONES_APART = timedelta(days=1)  # dates are seen from zones up to 14 hours away
Wanted = Callable[[Occurrence], bool]


@dataclass(frozen=True, slots=True)
class _Master:
    event: Event
    horizon: Horizon
    replaced: frozenset[datetime]

    def instances(self, window: Horizon) -> Iterator[Occurrence]:
        """Those that are not stored, and of which no exception says otherwise."""
        event = self.event
        try:
            found = expand(_series(event), after=window.after, before=window.before)
        except InvalidRecurrence:
            return  # it is in the log since it was stored
        for original_at, start_at, end_at in found:
            if original_at in self.replaced or self.horizon.holds(start_at, end_at):
                continue
            yield Occurrence(
                event=event,
                calendar=event.calendar,
                owner_id=event.owner_id,
                original_start_at=original_at,
                start_at=start_at,
                end_at=end_at,
                all_day=event.all_day,
                long=end_at - start_at > LONG_SPAN,
            )


def occurrences_beyond(
    calendars: Iterable[Calendar],
    *,
    start_at: datetime,
    end_at: datetime,
    events: Q,
    wanted: Wanted,
    backwards: bool = False,
    limit: int | None = None,
) -> list[Occurrence]:
    """What is `wanted` of [start_at, end_at) and not stored, without order; at least the first
    (`backwards`: the last) `limit` by start, where there are as many."""
    window = Horizon(start_at - ZONES_APART, end_at + ZONES_APART)
    outside = [one for one in calendars if Horizon.of(one).gaps(window.after, window.before)]
    masters = _masters(outside, events & Q(start_at__lt=window.before)) if outside else []
    found: list[Occurrence] = []
    for part in _slices(window, backwards=backwards) if masters else ():
        found += filter(wanted, _in_slice(masters, part, first=part.after == window.after))
        if limit is not None and len(found) >= limit:
            break
    return found


def _in_slice(masters: list[_Master], part: Horizon, *, first: bool) -> Iterator[Occurrence]:
    """Each instance belongs to the slice that it starts in; the first has what began before."""
    for master in masters:
        for occurrence in master.instances(part):
            if first or occurrence.start_at >= part.after:
                yield occurrence


def _slices(window: Horizon, *, backwards: bool) -> list[Horizon]:
    parts = []
    after = window.after
    while after < window.before:
        parts.append(Horizon(after, min(after + SLICE, window.before)))
        after += SLICE
    return parts[::-1] if backwards else parts


def _masters(calendars: list[Calendar], events: Q) -> list[_Master]:
    by_id = {calendar.pk: calendar for calendar in calendars}
    found = list(
        Event.objects.filter(events, calendar__in=by_id)
        .exclude(recurrence=[])
        .exclude(status=Event.Status.CANCELLED)
    )
    replaced = _replaced(found)
    masters = []
    for event in found:
        event.calendar = by_id[event.calendar_id]
        key = (event.calendar_id, event.remote_id)
        masters.append(_Master(event, Horizon.of(event.calendar), frozenset(replaced[key])))
    return masters


def _replaced(masters: list[Event]) -> defaultdict[tuple[UUID, str], set[datetime]]:
    """By calendar and series: the instances that have an exception, also a cancelled one."""
    exceptions = Event.objects.filter(
        calendar__in={master.calendar_id for master in masters},
        recurring_event_id__in={master.remote_id for master in masters},
        original_start_at__isnull=False,
    ).exclude(recurring_event_id="")
    found: defaultdict[tuple[UUID, str], set[datetime]] = defaultdict(set)
    keys = ("calendar_id", "recurring_event_id", "original_start_at")
    for calendar_id, series, original_at in exceptions.values_list(*keys):
        if original_at is not None:
            found[calendar_id, series].add(original_at)
    return found


def _series(event: Event) -> Series:
    return Series(
        event.start_at,
        event.end_at,
        event.all_day,
        event.time_zone,
        event.recurrence,
        event.zone_definition,
    )
