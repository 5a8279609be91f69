"""Derives the occurrences of events inside the rolling horizon."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db.models import Q

from calendars.models import Calendar, Event, Occurrence, event_id_for
from calendars.models.event import LONG_SPAN
from calendars.recurrence import Instance, InvalidRecurrence, Series, expand
from calendars.sync.horizon import Horizon
from config.postgresql import bulk

BATCH = 500  # series at a time
log = structlog.get_logger(__name__)


class _Row(NamedTuple):
    """What an event's occurrence has of its own."""

    event_id: UUID
    original_start_at: datetime
    start_at: datetime
    end_at: datetime
    all_day: bool
    long: bool


class _Event(NamedTuple):
    """What a stored event's occurrences are derived from."""

    id: UUID
    remote_id: str
    status: str
    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    recurrence: list[str]
    recurring_event_id: str
    original_start_at: datetime | None


def derive_occurrences(*, calendar: Calendar, remote_ids: Sequence[str]) -> None:
    """Replaces the occurrences of these events and of every series that they belong to."""
    if not remote_ids:
        return
    events = _affected(calendar, remote_ids)
    Occurrence.objects.filter(event_id__in=[event.id for event in events]).delete()
    _insert(calendar, _derived(events, Horizon.locked(calendar)))


def extend_occurrences(*, calendar: Calendar, window: Horizon) -> None:
    """Adds what is missing of all series of a calendar inside the window."""
    masters = Event.objects.filter(calendar=calendar).exclude(recurrence=[])
    remote_ids = list(masters.values_list("remote_id", flat=True))
    for first in range(0, len(remote_ids), BATCH):
        events = _affected(calendar, remote_ids[first : first + BATCH])
        _insert(calendar, _derived(events, window))


def _insert(calendar: Calendar, rows: Iterable[_Row]) -> None:
    shared = {"owner_id": calendar.owner_id, "calendar_id": calendar.pk}
    columns = bulk.pack_rows(Occurrence, _Row._fields, rows, **shared)
    bulk.insert(bulk.Batch(Occurrence, columns))


def _affected(calendar: Calendar, remote_ids: Sequence[str]) -> list[_Event]:
    """The events by these ids, their masters, and all exceptions of the masters."""
    own = Q(pk__in=[event_id_for(calendar.pk, remote_id) for remote_id in remote_ids])
    found = {event.id: event for event in _read(own)}
    masters = {event.recurring_event_id for event in found.values()} | {
        event.remote_id for event in found.values() if event.recurrence
    }
    masters.discard("")
    missing = {event_id_for(calendar.pk, master) for master in masters} - found.keys()
    if missing:
        found |= {event.id: event for event in _read(Q(pk__in=missing))}
    if masters:
        exceptions = Q(calendar=calendar, recurring_event_id__in=masters)
        found |= {event.id: event for event in _read(exceptions)}
    return list(found.values())


def _read(condition: Q) -> Iterator[_Event]:
    return itertools.starmap(_Event, Event.objects.filter(condition).values_list(*_Event._fields))


def _derived(events: Sequence[_Event], horizon: Horizon) -> Iterator[_Row]:
    replaced: dict[str, set[datetime]] = defaultdict(set)
    for event in events:
        if event.recurring_event_id and event.original_start_at:
            replaced[event.recurring_event_id].add(event.original_start_at)
    for event in events:
        if event.status != Event.Status.CANCELLED:
            for instance in _instances(event, replaced[event.remote_id], horizon):
                yield _row(event.id, event.all_day, instance)


def _row(event_id: UUID, all_day: bool, instance: Instance) -> _Row:
    original_at, start_at, end_at = instance
    long = end_at - start_at > LONG_SPAN
    return _Row(event_id, original_at, start_at, end_at, all_day, long)


def _instances(event: _Event, replaced: set[datetime], horizon: Horizon) -> Iterator[Instance]:
    if not event.recurrence:
        first_at = event.original_start_at or event.start_at
        yield Instance(first_at, event.start_at, event.end_at)
        return
    series = Series(event.start_at, event.end_at, event.all_day, event.time_zone, event.recurrence)
    try:
        instances = expand(series, after=horizon.after, before=horizon.before)
    except InvalidRecurrence as error:
        log.warning("recurrence_not_expanded", event=str(event.id), code=error.code)
        return
    for instance in instances:
        if instance.original_start_at not in replaced:
            yield instance
