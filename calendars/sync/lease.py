"""Who works on a collection: a lease in its row, claimed and kept by conditional UPDATEs.

A heartbeat of its own thread and connection renews it, so that a long page keeps its lease and
a killed worker loses it within LEASE.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.locks import share_connection
from calendars.models import SyncState

LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15.0
log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another worker has taken over; whoever gets this writes nothing more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for one collection."""

    state_id: int
    owner_id: int
    connection_id: uuid.UUID
    token: uuid.UUID


def claim(state_id: int, *, early: bool = False) -> Lease | None:
    """None: somebody else is at it, or it is gone, parked or (unless `early`) not due."""
    now = timezone.now()
    token = uuid.uuid4()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    ready = Q() if early else Q(due_at__lte=now)
    mine = SyncState.objects.filter(pk=state_id, parked=False)
    with acting_as_system(reason="to claim a collection, and learn whose it is"):
        if not mine.filter(free, ready).update(lease_token=token, lease_until=now + LEASE):
            return None
        owner_id, connection_id = mine.values_list("owner_id", "connection_id").get()
    return Lease(state_id, owner_id, connection_id, token)


@contextmanager
def acting_under(lease: Lease) -> Iterator[None]:
    """A transaction of the owner's that writes for the collection, and takes its locks in the order
    of calendars.locks. Raises LeaseLost where the connection is gone."""
    with acting_as(user_id=lease.owner_id):
        if not share_connection(lease.connection_id):
            raise LeaseLost
        yield


def owner_of(state_id: int) -> int | None:
    """Whose collection it is: a message to the workers names only the row."""
    with acting_as_system(reason="to find whose a collection is"):
        return SyncState.objects.filter(pk=state_id).values_list("owner_id", flat=True).first()


def keep(lease: Lease, **changes: Any) -> None:
    """Writes to the row and renews the lease, in the caller's transaction. Raises LeaseLost."""
    changes.setdefault("lease_until", timezone.now() + LEASE)
    held = SyncState.objects.filter(pk=lease.state_id, lease_token=lease.token)
    if not held.update(**changes):
        raise LeaseLost


def release(lease: Lease, **changes: Any) -> None:
    keep(lease, lease_token=None, lease_until=None, **changes)


@contextmanager
def heartbeat(lease: Lease) -> Iterator[None]:
    """Renews the lease until the block ends, however long a page takes."""
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
    """A lease that is lost stays lost: its holder learns it when it writes."""
    try:
        with acting_as(user_id=lease.owner_id):
            SyncState.objects.filter(pk=lease.state_id, lease_token=lease.token).update(
                lease_until=timezone.now() + LEASE
            )
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        log.warning("heartbeat_missed", state=lease.state_id, error=type(error).__name__)
