"""The way back from a bad sync: what a run changed becomes as it was before it.

The next full list decides what stays; it is due with the collection's next run. Park the
collection to keep what was restored until then.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from calendars.events.expansion import Horizon, derive_occurrences
from calendars.events.history import latest_before
from calendars.models import Calendar, Event, EventChange, SyncRun, SyncState
from calendars.models.locks import share_connection
from calendars.sync.due import Lease, claim, release
from config.database import bulk

log = structlog.get_logger(__name__)
_FIELDS = {field.column: field for field in Event._meta.concrete_fields}


class CannotUndo(Exception):
    """The message says why, for the administrator."""


@transaction.atomic
def undo_run(run: SyncRun) -> SyncRun:
    """Return the run that counts what was restored (created, updated) and removed (deleted).

    Takes its locks in the order of calendars.models.locks. Raises CannotUndo.
    """
    if run.calendar is None:
        raise CannotUndo("Only runs of a calendar's events can be undone.")
    if not share_connection(run.connection_id):
        raise CannotUndo("The account of this run was disconnected, and its data deleted.")
    changes = latest_before(run.pk)
    if not changes:
        raise CannotUndo("There's no record of changes made by this run.")
    state = SyncState.objects.get(calendar=run.calendar)
    lease = _hold(state)
    undone = _restore(run, run.calendar, state, changes, lease)
    log.warning("run_undone", run=str(run.pk), by=str(undone.pk))
    return undone


def _hold(state: SyncState) -> Lease | None:
    """None: it is parked, so nobody is at it."""
    lease = claim(state.pk, early=True)
    if lease is None and not state.parked:
        raise CannotUndo("The calendar is being synced. Try again when the sync has finished.")
    return lease


def _restore(
    run: SyncRun,
    calendar: Calendar,
    state: SyncState,
    changes: list[EventChange],
    lease: Lease | None,
) -> SyncRun:
    created = [change.event_id for change in changes if change.before is None]
    befores = [change.before for change in changes if change.before is not None]
    Horizon.locked(calendar)
    masters = _masters(changes) | _masters_of(created)
    Event.objects.filter(pk__in=created).delete()
    written = _write(befores)
    remote_ids = [change.remote_id for change in changes]
    derive_occurrences(calendar=calendar, remote_ids=[*remote_ids, *masters])
    if lease is not None:
        release(lease)
    SyncState.objects.filter(pk=state.pk).update(full_wanted=True)
    now = timezone.now()
    return SyncRun.objects.create(
        owner_id=run.owner_id,
        connection_id=run.connection_id,
        calendar=calendar,
        kind=SyncRun.Kind.UNDO,
        outcome=SyncRun.Outcome.COMPLETED,
        started_at=now,
        finished_at=now,
        created=written[0],
        updated=written[1],
        deleted=len(created),
    )


def _write(befores: list[dict[str, Any]]) -> tuple[int, int]:
    """Rows of one shape in one statement: a row from before a migration may lack a column.

    They were kept as JSON, which knows neither times nor UUIDs.
    """
    created = updated = 0
    ordered = sorted(befores, key=sorted)
    for names, rows in groupby(ordered, key=sorted):
        given = list(rows)
        columns = {name: [_FIELDS[name].to_python(row[name]) for row in given] for name in names}
        batch = bulk.Batch(Event, bulk.pack_columns(Event, columns))
        written = bulk.upsert(batch, conflict=["id"])
        created, updated = created + len(written.created), updated + len(written.updated)
    return created, updated


def _masters(changes: list[EventChange]) -> set[str]:
    """The series of exceptions, which show an instance again or no more."""
    named = {str((change.before or {}).get("recurring_event_id", "")) for change in changes}
    return named - {""}


def _masters_of(created: list[UUID]) -> set[str]:
    """The series of exceptions that are about to be deleted."""
    events = Event.objects.filter(pk__in=created)
    return set(events.values_list("recurring_event_id", flat=True)) - {""}
