"""Due collections: their leases, the sweep, and the messages that tell workers to look.

`config.database.due` claims rows; here is what only collections have. A heartbeat with a thread and
a connection of its own renews a lease, so that a long page keeps it and a killed worker loses it
within LEASE. A lost message costs a tick of the sweep, never work: what is due is in the rows.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.models import SyncState
from calendars.models.locks import lock_states, share_connection
from calendars.models.sync import SyncStateQuerySet
from calendars.sync import notifications
from config.workers import announce, send

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15.0
SWEEP_SIZE = 500
TASK = "calendars.tasks.sync_collection"
AUDIT_TASK = "calendars.tasks.audit_collection"


class LeaseLost(Exception):
    """Another worker has taken over; the former holder must not write."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for one collection."""

    state_id: int
    owner_id: int
    connection_id: uuid.UUID
    token: uuid.UUID


def claim(state_id: int, *, early: bool = False) -> Lease | None:
    """Returns None if another worker holds it, or it is gone, parked or (unless `early`) not
    due."""
    mine = SyncState.objects.filter(pk=state_id, parked=False)
    ready = mine if early else mine.filter(due_at__lte=timezone.now())
    with acting_as_system(reason="to claim a collection, and learn whose it is"):
        token = ready.claim(lasting=LEASE)
        if token is None:
            return None
        owner_id, connection_id = mine.values_list("owner_id", "connection_id").get()
    return Lease(state_id, owner_id, connection_id, token)


@contextmanager
def acting_under(lease: Lease) -> Iterator[None]:
    """Run a transaction of the owner's that writes for the collection, with locks in the order
    of calendars.models.locks. Raises LeaseLost if the connection no longer exists."""
    with acting_as(user_id=lease.owner_id):
        if not share_connection(lease.connection_id):
            raise LeaseLost
        yield


def owner_of(state_id: int) -> int | None:
    """Return the owner's id: messages to workers name only the row."""
    with acting_as_system(reason="to find whose a collection is"):
        return SyncState.objects.filter(pk=state_id).values_list("owner_id", flat=True).first()


def keep(lease: Lease, **changes: Any) -> None:
    """Write to the row and renew the lease, in the caller's transaction. Raises LeaseLost."""
    if not _collection(lease).keep(lease.token, lasting=LEASE, **changes):
        raise LeaseLost


def release(lease: Lease, **changes: Any) -> None:
    """End the lease and write to the row. Raises LeaseLost."""
    if not _collection(lease).release(lease.token, **changes):
        raise LeaseLost


def put_off(lease: Lease, *, wait: timedelta, **changes: Any) -> None:
    """End the lease after a failed attempt. Raises LeaseLost."""
    if not _collection(lease).put_off(lease.token, wait=wait, **changes):
        raise LeaseLost


def _collection(lease: Lease) -> SyncStateQuerySet:
    return SyncState.objects.filter(pk=lease.state_id)


@contextmanager
def heartbeat(lease: Lease) -> Iterator[None]:
    """Renew the lease until the block ends."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, over), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(lease: Lease, over: threading.Event) -> None:
    try:
        while not over.wait(HEARTBEAT_SECONDS):
            _renew(lease)
    finally:
        connection.close()


def _renew(lease: Lease) -> None:
    """A lost lease stays lost; the holder notices when it writes."""
    try:
        with acting_as(user_id=lease.owner_id):
            _collection(lease).keep(lease.token, lasting=LEASE)
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        log.warning("heartbeat_missed", state=lease.state_id, error=type(error).__name__)


def request_syncs(state_ids: Iterable[int], *, full: bool = False, unpause: bool = False) -> int:
    """Request syncs and notify the workers; return how many.

    Parked collections are retried; those an administrator paused need `unpause`.
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
    """Ask the workers to audit calendars; return how many."""
    ids = list(state_ids)
    for state_id in ids:
        announce(AUDIT_TASK, state_id)
    return len(ids)


def announce_sync(state_id: int) -> None:
    """Send the message after the commit."""
    announce(TASK, state_id)


def look_again(state_id: int) -> None:
    """Re-send a message that found nothing due: the pull may have been put off meanwhile."""
    owner_id = owner_of(state_id)
    if owner_id is not None:
        with acting_as(user_id=owner_id):
            notifications.look_again(state_id)


def sweep_due() -> int:
    """Notify the workers of everything due; return how many."""
    due = SyncState.objects.due(timezone.now()).values_list("pk", flat=True)
    with acting_as_system(reason="to list what is due"):
        ids = list(due[:SWEEP_SIZE])
    for state_id in ids:
        send(TASK, state_id)
    return len(ids)
