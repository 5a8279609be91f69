"""Which collections are due, and the messages that say "look".

A message that is lost costs a tick of the sweep, never work: what is due stands in the rows.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.locks import lock_states
from calendars.models import SyncState
from calendars.sync import follow_up
from calendars.sync.lease import owner_of
from config.workers import announce, send

SWEEP_SIZE = 500
TASK = "calendars.tasks.sync_collection"
AUDIT_TASK = "calendars.tasks.audit_collection"


def request_syncs(state_ids: Iterable[int], *, full: bool = False, unpause: bool = False) -> int:
    """Marks collections as wanted and tells the workers; gives how many there are.

    What a run parked is tried anew. What an administrator paused takes `unpause`.
    """
    ids = list(state_ids)
    changes = {"wanted": F("wanted") + 1, "due_at": timezone.now(), "parked": False}
    if full:
        changes["full_wanted"] = True
    states = SyncState.objects.filter(pk__in=ids)
    if unpause:
        changes["paused"] = False
    else:
        states = states.filter(paused=False)
    if len(ids) > 1:
        lock_states(states)
    count = states.update(**changes)
    for state_id in ids:
        announce_sync(state_id)
    return count


def request_audits(state_ids: Iterable[int]) -> int:
    """Asks the workers to compare calendars with Google; gives how many there are."""
    ids = list(state_ids)
    for state_id in ids:
        announce(AUDIT_TASK, state_id)
    return len(ids)


def announce_sync(state_id: int) -> None:
    """Sends the message when the transaction has committed."""
    announce(TASK, state_id)


def look_again(state_id: int) -> None:
    """For a message that found nothing to do: the pull may have been put off since it was sent."""
    owner_id = owner_of(state_id)
    if owner_id is not None:
        with acting_as(user_id=owner_id):
            follow_up.look_again(state_id)


def sweep_due() -> int:
    """Tells the workers of everything that is due; gives how many there are."""
    due = SyncState.objects.due(timezone.now()).values_list("pk", flat=True)
    with acting_as_system(reason="to list what is due"):
        ids = list(due[:SWEEP_SIZE])
    for state_id in ids:
        send(TASK, state_id)
    return len(ids)
