"""Who works on a collection: a lease in its row, claimed and kept by conditional UPDATEs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from calendars.models import SyncState

LEASE = timedelta(minutes=3)  # above any wait inside one page; each page renews it


class LeaseLost(Exception):
    """Another worker has taken over; whoever gets this writes nothing more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for one collection. `wanted` is what was asked for when it was claimed."""

    state_id: int
    token: uuid.UUID
    wanted: int


def claim(state_id: int) -> Lease | None:
    """None: somebody else is at it, or it is parked or not due (a message came twice)."""
    now = timezone.now()
    token = uuid.uuid4()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    claimed = SyncState.objects.filter(free, pk=state_id, parked=False, due_at__lte=now).update(
        lease_token=token, lease_until=now + LEASE
    )
    if not claimed:
        return None
    wanted = SyncState.objects.values_list("wanted", flat=True).get(pk=state_id)
    return Lease(state_id, token, wanted)


def keep(lease: Lease, **changes: Any) -> None:
    """Writes to the row and renews the lease, in the caller's transaction. Raises LeaseLost."""
    changes.setdefault("lease_until", timezone.now() + LEASE)
    held = SyncState.objects.filter(pk=lease.state_id, lease_token=lease.token)
    if not held.update(**changes):
        raise LeaseLost


def release(lease: Lease, **changes: Any) -> None:
    keep(lease, lease_token=None, lease_until=None, **changes)
