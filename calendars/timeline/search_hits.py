"""What a search found, with the events and the occurrences that are shown of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from calendars.events.expansion import ReplacedInstances
from calendars.models import Calendar, Event, Occurrence
from calendars.rfc5545.recurrence import Instance
from calendars.timeline.categories import Classifier
from calendars.timeline.nearest import instances, last_instance, next_instance
from calendars.timeline.occurrences import TimelineEntry, entry_of
from calendars.timeline.search_ranking import TYPO

_AT_ONCE = timedelta.resolution
BATCH = 500


class Found(NamedTuple):
    """A row of the statement: its place in the order, and the start of what is shown."""

    cost: int
    past: int
    seconds: int
    event_id: UUID
    at: datetime | None


class Placed(NamedTuple):
    """Where in a range a series is shown that is not stored there."""

    event_id: UUID
    at: datetime
    is_past: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """An event that was found. `entry` is its occurrence that is shown: the next one, or the last
    one if it is over (`past`); None where none is in reach."""

    asked_at: datetime
    cost: int
    past: int
    seconds: int
    event: Event
    entry: TimelineEntry | None

    @property
    def event_id(self) -> UUID:
        return self.event.pk

    @property
    def is_recurring(self) -> bool:
        return bool(self.event.recurrence or self.event.recurring_event_id)

    @property
    def is_by_typo(self) -> bool:
        return self.cost >= TYPO


def load_hits(
    found: Sequence[Found],
    *,
    owner_id: int,
    calendars: Collection[Calendar],
    classifier: Classifier,
    asked_at: datetime,
    zone: tzinfo,
) -> list[Hit]:
    """Load the events, and the occurrences that the database doesn't have. An event that was
    deleted meanwhile is left out."""
    by_id = {calendar.pk: calendar for calendar in calendars}
    kept = Event.objects.filter(owner_id=owner_id, pk__in=[one.event_id for one in found])
    events = {
        event.pk: event
        for event in kept.defer("reminders", "organizer")
        if event.calendar_id in by_id
    }
    for event in events.values():
        event.calendar = by_id[event.calendar_id]
    far = [events[one.event_id] for one in found if one.at is None and one.event_id in events]
    replaced = ReplacedInstances.of(far)
    hits = []
    for one in (one for one in found if one.event_id in events):
        event = events[one.event_id]
        instance = _instance(event, one, replaced, asked_at)
        entry = entry_of(Occurrence.of(event, instance), zone, classifier) if instance else None
        hits.append(Hit(asked_at, one.cost, one.past, one.seconds, event, entry))
    return hits


def of_category(
    found: Sequence[Found], category: UUID, limit: int, *, owner_id: int, classifier: Classifier
) -> list[Found]:
    """Return the first `limit` of a category. Most searches need only the first of two batches."""
    kept: list[Found] = []
    for batch in (found[:BATCH], found[BATCH:]):
        if not batch or len(kept) >= limit:
            break
        known = _categories(batch, owner_id, classifier)
        kept += [one for one in batch if known.get(one.event_id) == category]
    return kept[:limit]


def _categories(
    found: Iterable[Found], owner_id: int, classifier: Classifier
) -> dict[UUID, UUID | None]:
    events = Event.objects.filter(owner_id=owner_id, pk__in=[one.event_id for one in found])
    names = ("pk", "summary", "calendar_id", "recurring_event_id")
    return {
        event_id: category.pk if category else None
        for event_id, summary, calendar_id, series in events.values_list(*names)
        for category in [
            classifier.of(
                event_id=event_id,
                summary=summary,
                calendar_id=calendar_id,
                recurring_event_id=series,
            )
        ]
    }


def place_series(series: Sequence[UUID], frame: Mapping[str, Any]) -> list[Placed]:
    """Expand series within the range of a search: their next instance from its pivot on, or else
    the last one before."""
    masters = list(Event.objects.filter(pk__in=series))
    replaced = ReplacedInstances.of(masters)
    return [one for master in masters if (one := _placed(master, replaced, frame))]


def _placed(master: Event, replaced: ReplacedInstances, frame: Mapping[str, Any]) -> Placed | None:
    names = ("first", "last", "pivot_day") if master.all_day else ("after", "before", "pivot")
    after, before, pivot = (frame[name] for name in names)
    coming = next_instance(master, replaced, after=pivot, before=before)
    if coming is not None:
        return Placed(master.pk, coming.start_at, is_past=False)
    former = last_instance(master, replaced, after=after, before=before)
    return Placed(master.pk, former.start_at, is_past=True) if former else None


def _instance(
    event: Event, found: Found, replaced: ReplacedInstances, asked_at: datetime
) -> Instance | None:
    if not event.recurrence:
        return Instance(event.original_start_at or event.start_at, event.start_at, event.end_at)
    if found.at is None:
        coming = next_instance(event, replaced, after=asked_at)
        return coming or last_instance(event, replaced, before=asked_at)
    at = found.at
    here = instances(event, ReplacedInstances(()), after=at, before=at + _AT_ONCE)
    return next((one for one in here if one.start_at == at), Instance(at, at, at + _length(event)))


def _length(event: Event) -> timedelta:
    return event.end_at - event.start_at
