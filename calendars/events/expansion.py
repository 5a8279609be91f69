"""Derive occurrences of events inside the rolling horizon.

Each calendar records its horizon, so that readers know where to expand on read, even if the
daily task is late. Single events and exceptions are always stored.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, Occurrence, event_id_for
from calendars.models.event import IS_EXCEPTION, IS_SERIES, is_long, with_exceptions
from calendars.rfc5545.recurrence import Instance, Series, expand, touches
from calendars.rfc5545.recurrence.expansion import DEFAULT_LIMIT
from config.database import bulk
from config.database.bulk import Column

log = structlog.get_logger(__name__)
BATCH = 500  # series per batch
ROWS_AT_A_TIME = 20_000  # a page of unbounded daily series has millions of occurrences
_COLUMNS = ("event_id", "original_start_at", "start_at", "end_at", "all_day", "long")
_Values = tuple[UUID, datetime, datetime, datetime, bool, bool]

# The columns from which occurrences are derived.
_READ = (
    *("calendar_id", "remote_id", "status", "start_at", "end_at", "all_day", "time_zone"),
    *("zone_definition", "recurrence", "recurring_event_id", "original_start_at", "stored_until"),
)
_Cuts = dict[UUID, datetime]  # by series: the start of the last stored instance


@dataclass(frozen=True, slots=True)
class Horizon:
    """The window [after, before) whose occurrences are stored."""

    after: datetime
    before: datetime

    @classmethod
    def of(cls, calendar: Calendar) -> Horizon:
        return cls(calendar.expanded_from, calendar.expanded_until)

    @classmethod
    def locked(cls, calendar: Calendar) -> Horizon:
        """Return the calendar's horizon, locked until the caller's transaction ends."""
        kept = Calendar.objects.select_for_update(no_key=True).only(
            "expanded_from", "expanded_until"
        )
        return cls.of(kept.get(pk=calendar.pk))

    def holds(self, start_at: datetime, end_at: datetime) -> bool:
        return touches(start_at, end_at, after=self.after, before=self.before)

    def gaps(self, start_at: datetime, end_at: datetime) -> list[Horizon]:
        """Return the parts of [start_at, end_at) outside the horizon."""
        early = Horizon(start_at, min(end_at, self.after))
        late = Horizon(max(start_at, self.before), end_at)
        return [gap for gap in (early, late) if gap.after < gap.before]


class ReplacedInstances:
    """Which instances of series have an exception, also a cancelled one: the one place that takes
    them out of a series.

    `exceptions` are (calendar id, the master's remote id, original start).
    """

    def __init__(self, exceptions: Iterable[tuple[UUID, str, datetime | None]]) -> None:
        self._starts: defaultdict[tuple[UUID, str], set[datetime]] = defaultdict(set)
        for calendar_id, master, original_at in exceptions:
            if master and original_at is not None:
                self._starts[calendar_id, master].add(original_at)

    @classmethod
    def of(cls, masters: Collection[Event]) -> ReplacedInstances:
        """Load them from the database."""
        exceptions = Event.objects.filter(
            IS_EXCEPTION,
            calendar__in={master.calendar_id for master in masters},
            recurring_event_id__in={master.remote_id for master in masters},
        )
        keys = ("calendar_id", "recurring_event_id", "original_start_at")
        return cls(exceptions.values_list(*keys)) if masters else cls(())

    def without(self, master: Event, instances: Iterable[Instance]) -> Iterator[Instance]:
        """Return the instances that no exception replaces."""
        replaced = self._starts.get((master.calendar_id, master.remote_id), ())
        return (one for one in instances if one.original_start_at not in replaced)


@dataclass(frozen=True, slots=True)
class ExpandedAhead:
    """Occurrences of series, packed before the database is queried for exceptions.

    They are valid inside that horizon for new masters without exceptions.
    """

    horizon: Horizon
    masters: list[UUID]
    columns: list[Column]


def expand_ahead(
    calendar: Calendar, rows: Collection[EventRow]
) -> tuple[ExpandedAhead | None, dict[str, Exception]]:
    """Expand as many series of a page as memory allows; the others are expanded when stored.

    Also returns, by remote id, why a series can't be expanded.
    """
    horizon = Horizon.of(calendar)
    with_exceptions = {row.recurring_event_id for row in rows}
    masters: list[UUID] = []
    occurrences: list[_Values] = []
    faults: dict[str, Exception] = {}
    for row in rows:
        if not row.recurrence:
            continue
        is_ahead = row.remote_id not in with_exceptions and len(occurrences) < ROWS_AT_A_TIME
        if not (is_ahead or _may_fail(row)):
            continue
        try:
            instances = _expand(row, horizon)
        except Exception as error:  # noqa: BLE001 - one series must not affect the others
            faults[row.remote_id] = error
            continue
        if is_ahead and len(instances) < DEFAULT_LIMIT:
            event_id = event_id_for(calendar.pk, row.remote_id)
            occurrences += [_values(event_id, row.all_day, instance) for instance in instances]
            masters.append(event_id)
    packed = bulk.pack_rows(Occurrence, _COLUMNS, occurrences)
    return ExpandedAhead(horizon, masters, packed) if masters else None, faults


def _may_fail(row: EventRow) -> bool:
    """Whether a series that can be read may be too much to be expanded: what is left out is held
    whole, and a COUNT is counted from the first instance."""
    return any("EXRULE" in line.upper() or "COUNT" in line.upper() for line in row.recurrence)


def derive_occurrences(
    *, calendar: Calendar, remote_ids: Sequence[str], horizon: Horizon | None = None
) -> None:
    """Replace the occurrences of these events and of every series that they belong to.

    `horizon` is the calendar's, if the caller has locked it already.
    """
    if not remote_ids:
        return
    events = _affected(calendar, remote_ids)
    Occurrence.objects.filter(event_id__in=[event.id for event in events]).delete()
    cuts: _Cuts = {}
    _insert(calendar, _derived(events, horizon or Horizon.locked(calendar), cuts))
    _mark((event for event in events if event.stored_until != cuts.get(event.id)), cuts)


def extend_occurrences(*, calendar: Calendar, window: Horizon) -> None:
    """Add missing occurrences of all series of a calendar inside the window."""
    masters = Event.objects.filter(IS_SERIES, calendar=calendar)
    remote_ids = list(masters.values_list("remote_id", flat=True))
    for first in range(0, len(remote_ids), BATCH):
        events = _affected(calendar, remote_ids[first : first + BATCH])
        events = [event for event in events if not _is_cut_before(event, window)]
        cuts: _Cuts = {}
        _insert(calendar, _derived(events, window, cuts))
        _mark((event for event in events if event.id in cuts), cuts)


def _is_cut_before(event: Event, window: Horizon) -> bool:
    """Drop rows behind a gap, because readers expand everything after it."""
    return event.stored_until is not None and event.stored_until < window.after


def _mark(events: Iterable[Event], cuts: _Cuts) -> None:
    """Record up to where the instances of series are stored."""
    for event in events:
        Event.objects.filter(pk=event.id).update(stored_until=cuts.get(event.id))
        if event.id in cuts:
            log.info("series_stored_in_part", event_id=str(event.id))


def _insert(calendar: Calendar, rows: Iterator[_Values]) -> None:
    shared = {"owner_id": calendar.owner_id, "calendar_id": calendar.pk}
    while some := list(itertools.islice(rows, ROWS_AT_A_TIME)):
        columns = bulk.pack_rows(Occurrence, _COLUMNS, some, **shared)
        bulk.insert(bulk.Batch(Occurrence, columns))


def _affected(calendar: Calendar, remote_ids: Collection[str]) -> list[Event]:
    """Return these events, their masters, and all exceptions of the masters."""
    found = _with_exceptions(calendar, remote_ids)
    masters = {event.recurring_event_id for event in found.values()} - {"", *remote_ids}
    if masters:
        found |= _with_exceptions(calendar, masters)
    return list(found.values())


def _with_exceptions(calendar: Calendar, remote_ids: Collection[str]) -> dict[UUID, Event]:
    """Return events by id: those with these remote ids, and their exceptions."""
    found = Event.objects.filter(with_exceptions(calendar, remote_ids))
    return found.only(*_READ).in_bulk()


def _derived(events: Sequence[Event], horizon: Horizon, cuts: _Cuts) -> Iterator[_Values]:
    replaced = ReplacedInstances(
        (event.calendar_id, event.recurring_event_id, event.original_start_at) for event in events
    )
    for event in events:
        if event.status != Event.Status.CANCELLED:
            for instance in _instances(event, replaced, horizon, cuts):
                yield _values(event.pk, event.all_day, instance)


def _values(event_id: UUID, all_day: bool, instance: Instance) -> _Values:
    """Return the values of _COLUMNS."""
    return (event_id, *instance, all_day, is_long(instance.start_at, instance.end_at))


def _instances(
    event: Event, replaced: ReplacedInstances, horizon: Horizon, cuts: _Cuts
) -> Iterator[Instance]:
    if not event.recurrence:
        first_at = event.original_start_at or event.start_at
        return iter([Instance(first_at, event.start_at, event.end_at)])
    try:
        instances = _expand(event, horizon)
    except Exception as error:  # noqa: BLE001 - whatever one series brings, the others go on
        log.warning("series_not_expanded", event_id=str(event.pk), error=type(error).__name__)
        return iter(())
    if len(instances) == DEFAULT_LIMIT:
        cuts[event.pk] = instances[-1].start_at
    return replaced.without(event, instances)


def _expand(series: Series, horizon: Horizon) -> list[Instance]:
    return expand(series, after=horizon.after, before=horizon.before)
