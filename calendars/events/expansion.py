"""Derives the occurrences of events inside the rolling horizon.

Each calendar says what it keeps, so that a reader knows where to expand by himself, also when
the daily task was late. Single events and exceptions are kept wherever they are.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db.models import Q

from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, Occurrence, event_id_for
from calendars.models.event import LONG_SPAN
from calendars.rfc5545.recurrence import Instance, Series, expand
from calendars.rfc5545.recurrence.expansion import DEFAULT_LIMIT
from config.database import bulk
from config.database.bulk import Column

log = structlog.get_logger(__name__)
BATCH = 500  # series at a time
ROWS_AT_A_TIME = 20_000  # a page of endless daily series has millions of occurrences
_Cuts = dict[UUID, datetime]  # by series: the start of the last instance that is stored


@dataclass(frozen=True, slots=True)
class Horizon:
    """What touches [after, before) is kept."""

    after: datetime
    before: datetime

    @classmethod
    def of(cls, calendar: Calendar) -> Horizon:
        return cls(calendar.expanded_from, calendar.expanded_until)

    @classmethod
    def locked(cls, calendar: Calendar) -> Horizon:
        """As it stands, and it stands until the caller's transaction ends."""
        kept = Calendar.objects.select_for_update(no_key=True).only(
            "expanded_from", "expanded_until"
        )
        return cls.of(kept.get(pk=calendar.pk))

    def holds(self, start_at: datetime, end_at: datetime) -> bool:
        """As `rfc5545.recurrence.expand` has it: what has no length touches where it stands."""
        return (start_at < self.before and end_at > self.after) or start_at == self.after

    def gaps(self, start_at: datetime, end_at: datetime) -> list[Horizon]:
        """The parts of [start_at, end_at) outside: before it, after it, or both."""
        early = Horizon(start_at, min(end_at, self.after))
        late = Horizon(max(start_at, self.before), end_at)
        return [gap for gap in (early, late) if gap.after < gap.before]


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
    zone_definition: str
    recurrence: list[str]
    recurring_event_id: str
    original_start_at: datetime | None
    stored_until: datetime | None

    @property
    def series(self) -> Series:
        return Series(
            self.start_at,
            self.end_at,
            self.all_day,
            self.time_zone,
            self.recurrence,
            self.zone_definition,
        )


@dataclass(frozen=True, slots=True)
class ExpandedAhead:
    """Occurrences of series, packed before the database is asked what replaces some of them.

    They are right inside that horizon, of masters that are new and have no exception yet.
    """

    horizon: Horizon
    masters: list[UUID]
    columns: list[Column]


def expand_ahead(
    calendar: Calendar, rows: Collection[EventRow]
) -> tuple[ExpandedAhead | None, dict[str, Exception]]:
    """Of a page as many as memory bears; the others are expanded when they are stored.

    Also gives, by remote id, why a series cannot be expanded.
    """
    horizon = Horizon.of(calendar)
    with_exceptions = {row.recurring_event_id for row in rows}
    masters: list[UUID] = []
    occurrences: list[_Row] = []
    faults: dict[str, Exception] = {}
    for row in rows:
        if not row.recurrence:
            continue
        is_ahead = row.remote_id not in with_exceptions and len(occurrences) < ROWS_AT_A_TIME
        if not (is_ahead or _may_fail(row)):
            continue
        try:
            instances = _expand(row.series, horizon)
        except Exception as error:  # noqa: BLE001 - whatever one series brings, the others go on
            faults[row.remote_id] = error
            continue
        if is_ahead and len(instances) < DEFAULT_LIMIT:
            event_id = event_id_for(calendar.pk, row.remote_id)
            occurrences += [_row(event_id, row.all_day, instance) for instance in instances]
            masters.append(event_id)
    packed = bulk.pack_rows(Occurrence, _Row._fields, occurrences)
    return ExpandedAhead(horizon, masters, packed) if masters else None, faults


def _may_fail(row: EventRow) -> bool:
    """Whether a series that can be read may be too much to be expanded: what is left out is held
    whole, and a COUNT is counted from the first instance."""
    return any("EXRULE" in line.upper() or "COUNT" in line.upper() for line in row.recurrence)


def derive_occurrences(
    *, calendar: Calendar, remote_ids: Sequence[str], horizon: Horizon | None = None
) -> None:
    """Replaces the occurrences of these events and of every series that they belong to.

    `horizon` is the calendar's, where the caller has locked it already.
    """
    if not remote_ids:
        return
    events = _affected(calendar, remote_ids)
    Occurrence.objects.filter(event_id__in=[event.id for event in events]).delete()
    cuts: _Cuts = {}
    _insert(calendar, _derived(events, horizon or Horizon.locked(calendar), cuts))
    _mark((event for event in events if event.stored_until != cuts.get(event.id)), cuts)


def exceptions_of(calendar: Calendar, remote_ids: Collection[str]) -> Q:
    """Said as the partial index has it: of a long list the planner would not see it by itself."""
    of_masters = Q(calendar=calendar, recurring_event_id__in=remote_ids)
    return of_masters & ~Q(recurring_event_id="")


def extend_occurrences(*, calendar: Calendar, window: Horizon) -> None:
    """Adds what is missing of all series of a calendar inside the window."""
    masters = Event.objects.filter(calendar=calendar).exclude(recurrence=[])
    remote_ids = list(masters.values_list("remote_id", flat=True))
    for first in range(0, len(remote_ids), BATCH):
        events = _affected(calendar, remote_ids[first : first + BATCH])
        events = [event for event in events if not _is_cut_before(event, window)]
        cuts: _Cuts = {}
        _insert(calendar, _derived(events, window, cuts))
        _mark((event for event in events if event.id in cuts), cuts)


def _is_cut_before(event: _Event, window: Horizon) -> bool:
    """Readers expand what follows: rows behind a gap would be of no use to them."""
    return event.stored_until is not None and event.stored_until < window.after


def _mark(events: Iterable[_Event], cuts: _Cuts) -> None:
    """Says in the rows of series up to where their instances are stored."""
    for event in events:
        Event.objects.filter(pk=event.id).update(stored_until=cuts.get(event.id))
        if event.id in cuts:
            log.info("series_stored_in_part", event_id=str(event.id))


def _insert(calendar: Calendar, rows: Iterator[_Row]) -> None:
    shared = {"owner_id": calendar.owner_id, "calendar_id": calendar.pk}
    while some := list(itertools.islice(rows, ROWS_AT_A_TIME)):
        columns = bulk.pack_rows(Occurrence, _Row._fields, some, **shared)
        bulk.insert(bulk.Batch(Occurrence, columns))


def _affected(calendar: Calendar, remote_ids: Collection[str]) -> list[_Event]:
    """The events by these ids, their masters, and all exceptions of the masters."""
    found = _with_exceptions(calendar, remote_ids)
    masters = {event.recurring_event_id for event in found.values()} - {"", *remote_ids}
    if masters:
        found |= _with_exceptions(calendar, masters)
    return list(found.values())


def _with_exceptions(calendar: Calendar, remote_ids: Collection[str]) -> dict[UUID, _Event]:
    """By its id each event of these remote ids, and what replaces an instance of one."""
    own = Q(pk__in=[event_id_for(calendar.pk, remote_id) for remote_id in remote_ids])
    events = Event.objects.filter(own | exceptions_of(calendar, remote_ids))
    rows = events.values_list(*_Event._fields)
    return {event.id: event for event in itertools.starmap(_Event, rows)}


def _derived(events: Sequence[_Event], horizon: Horizon, cuts: _Cuts) -> Iterator[_Row]:
    replaced: dict[str, set[datetime]] = defaultdict(set)
    for event in events:
        if event.recurring_event_id and event.original_start_at:
            replaced[event.recurring_event_id].add(event.original_start_at)
    for event in events:
        if event.status != Event.Status.CANCELLED:
            for instance in _instances(event, replaced[event.remote_id], horizon, cuts):
                yield _row(event.id, event.all_day, instance)


def _row(event_id: UUID, all_day: bool, instance: Instance) -> _Row:
    original_at, start_at, end_at = instance
    long = end_at - start_at > LONG_SPAN
    return _Row(event_id, original_at, start_at, end_at, all_day, long)


def _instances(
    event: _Event, replaced: set[datetime], horizon: Horizon, cuts: _Cuts
) -> Iterator[Instance]:
    if not event.recurrence:
        first_at = event.original_start_at or event.start_at
        yield Instance(first_at, event.start_at, event.end_at)
        return
    try:
        instances = _expand(event.series, horizon)
    except Exception as error:  # noqa: BLE001 - whatever one series brings, the others go on
        log.warning("series_not_expanded", event_id=str(event.id), error=type(error).__name__)
        return
    if len(instances) == DEFAULT_LIMIT:
        cuts[event.id] = instances[-1].start_at
    for instance in instances:
        if instance.original_start_at not in replaced:
            yield instance


def _expand(series: Series, horizon: Horizon) -> list[Instance]:
    return expand(series, after=horizon.after, before=horizon.before)
