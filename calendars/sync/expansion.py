"""Derives the occurrences of events inside the rolling horizon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from calendars.models import Calendar, Event, Occurrence, event_id_for
from calendars.models.event import LONG_SPAN
from calendars.recurrence import InvalidRecurrence, Series, expand
from calendars.sync import bulk

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The window in which the instances of endless series are stored."""

    after: datetime
    before: datetime

    @classmethod
    def current(cls) -> Horizon:
        now = timezone.now()
        past = timedelta(days=settings.SYNC_HORIZON_PAST_DAYS)
        future = timedelta(days=settings.SYNC_HORIZON_FUTURE_DAYS)
        return cls(now - past, now + future)


def derive_occurrences(*, calendar: Calendar, remote_ids: Sequence[str]) -> None:
    """Replaces the occurrences of these events and of every series that they belong to."""
    events = _affected(calendar, remote_ids)
    Occurrence.objects.filter(event_id__in=[event.pk for event in events]).delete()
    bulk.insert(Occurrence, _rows(calendar, events, Horizon.current()))


def _affected(calendar: Calendar, remote_ids: Sequence[str]) -> list[Event]:
    """The events by these ids, their masters, and all exceptions of the masters."""
    own = Event.objects.filter(pk__in=[event_id_for(calendar.pk, id_) for id_ in remote_ids])
    found = {event.pk: event for event in own}
    masters = {event.recurring_event_id for event in found.values()} | {
        event.remote_id for event in found.values() if event.recurrence
    }
    masters.discard("")
    if masters:
        ids = [event_id_for(calendar.pk, master) for master in masters]
        exceptions = Q(calendar=calendar, recurring_event_id__in=masters)
        found |= {event.pk: event for event in Event.objects.filter(Q(pk__in=ids) | exceptions)}
    return list(found.values())


def _rows(
    calendar: Calendar, events: Sequence[Event], horizon: Horizon
) -> Iterator[dict[str, Any]]:
    replaced: dict[str, set[datetime]] = defaultdict(set)
    for event in events:
        if event.recurring_event_id and event.original_start_at:
            replaced[event.recurring_event_id].add(event.original_start_at)
    for event in events:
        if event.status == Event.Status.CANCELLED:
            continue
        for original_at, start_at, end_at in _instances(event, replaced[event.remote_id], horizon):
            yield {
                "event_id": event.pk,
                "original_start_at": original_at,
                "owner_id": calendar.owner_id,
                "calendar_id": calendar.pk,
                "start_at": start_at,
                "end_at": end_at,
                "all_day": event.all_day,
                "long": end_at - start_at > LONG_SPAN,
            }


def _instances(
    event: Event, replaced: set[datetime], horizon: Horizon
) -> Iterator[tuple[datetime, datetime, datetime]]:
    if not event.recurrence:
        yield event.original_start_at or event.start_at, event.start_at, event.end_at
        return
    series = Series(event.start_at, event.end_at, event.all_day, event.time_zone, event.recurrence)
    try:
        instances = expand(series, after=horizon.after, before=horizon.before)
    except InvalidRecurrence as error:
        log.warning("recurrence_not_expanded", event=str(event.pk), code=error.code)
        return
    for instance in instances:
        if instance.original_start_at not in replaced:
            yield instance
