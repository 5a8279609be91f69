"""Undo a sync run: restore what it changed to the previous state.

The next full list, with the collection's next run, decides what stays. Park the collection to
keep the restored state until then.
"""

from __future__ import annotations

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.events.expansion import Horizon
from calendars.events.history import Author, Door, latest_before
from calendars.events.pending import with_pending
from calendars.events.undo import restore
from calendars.models import Calendar, EventChange, SyncRun, SyncState
from calendars.models.locks import share_connection
from calendars.sync.due import Lease, claim, release

log = structlog.get_logger(__name__)


class CannotUndo(Exception):
    """The message is for the administrator."""


@transaction.atomic
def undo_run(run: SyncRun) -> SyncRun:
    """Return the run that counts what was restored (created, updated) and removed (deleted).

    Takes its locks in the order of calendars.models.locks. Raises CannotUndo.
    """
    if run.calendar is None:
        raise CannotUndo(_("Only runs of a calendar's events can be undone."))
    if not share_connection(run.connection_id):
        raise CannotUndo(_("The account of this run was disconnected, and its data deleted."))
    changes = latest_before(run.pk)
    if not changes:
        raise CannotUndo(_("There's no record of changes made by this run."))
    state = SyncState.objects.get(calendar=run.calendar)
    lease = _hold(state)
    undone = _restore(run, run.calendar, state, changes, lease)
    log.warning("run_undone", run=str(run.pk), by=str(undone.pk))
    return undone


def _hold(state: SyncState) -> Lease | None:
    """Returns None if it is parked, so no worker holds it."""
    lease = claim(state.pk, early=True)
    if lease is None and not state.parked:
        raise CannotUndo(_("The calendar is being synced. Try again when the sync has finished."))
    return lease


def _restore(
    run: SyncRun,
    calendar: Calendar,
    state: SyncState,
    changes: list[EventChange],
    lease: Lease | None,
) -> SyncRun:
    """What a person changed since, and Google has not confirmed, stays."""
    now = timezone.now()
    undo = SyncRun.objects.create(
        owner_id=run.owner_id,
        connection_id=run.connection_id,
        calendar=calendar,
        kind=SyncRun.Kind.UNDO,
        outcome=SyncRun.Outcome.COMPLETED,
        started_at=now,
        finished_at=now,
    )
    Horizon.locked(calendar)
    kept = with_pending([change.event_id for change in changes])
    changes = [change for change in changes if change.event_id not in kept]
    undone = restore(calendar, changes, Author(Door.UNDO, undo.pk, run_id=undo.pk))
    if lease is not None:
        release(lease)
    SyncState.objects.filter(pk=state.pk).update(full_wanted=True)
    undo.created, undo.updated, undo.deleted = undone.created, undone.updated, undone.deleted
    undo.save(update_fields=["created", "updated", "deleted"])
    return undo
