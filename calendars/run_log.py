"""What each run did, latest first, and what is set aside or held: for the page and the API."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from calendars.connections import owned_connection
from calendars.models import QuarantinedEvent, SyncRun, SyncState
from calendars.sync.schedule import request_syncs
from config.problems import DomainError, Kind


class RunCursor(NamedTuple):
    """The place of one run in the order of latest first, and the side to read on."""

    started_at: datetime
    run_id: UUID
    backwards: bool = False


def runs_of(
    *, owner: User, connection_id: UUID, cursor: RunCursor | None = None, limit: int = 20
) -> list[SyncRun]:
    """A connection's runs next to the cursor. Raises DomainError where it is not the owner's."""
    connection = owned_connection(owner=owner, connection_id=connection_id)
    runs = SyncRun.objects.filter(connection=connection).select_related("calendar")
    if cursor is None:
        return list(runs.order_by("-started_at", "-pk")[:limit])
    side = "gt" if cursor.backwards else "lt"
    same = Q(**{"started_at": cursor.started_at, f"pk__{side}": cursor.run_id})
    beside = runs.filter(Q(**{f"started_at__{side}": cursor.started_at}) | same)
    if cursor.backwards:
        return list(beside.order_by("started_at", "pk")[:limit])[::-1]
    return list(beside.order_by("-started_at", "-pk")[:limit])


def quarantined_of(*, owner: User, limit: int = 50) -> list[QuarantinedEvent]:
    """Events that could not be kept, latest first."""
    found = QuarantinedEvent.objects.filter(owner=owner, calendar__removed_at=None)
    return list(found.select_related("calendar").order_by("-seen_at", "-pk")[:limit])


def held_deletions(*, owner: User) -> list[SyncState]:
    """Calendars whose deletions wait for the owner's word."""
    asked = SyncState.objects.filter(
        owner=owner, deletions=SyncState.Deletions.ASKED, calendar__removed_at=None
    )
    return list(asked.select_related("calendar").order_by("pk"))


def approve_deletions(*, owner: User, calendar_id: UUID) -> None:
    """Lets the next full list remove what it does not bring, and asks for that list."""
    asked = SyncState.objects.filter(owner=owner, calendar_id=calendar_id)
    if not apply_deletions(list(asked.values_list("pk", flat=True))):
        raise DomainError(
            Kind.CONFLICT, "nothing-held", "No deletions of this calendar are held any more."
        )


def apply_deletions(state_ids: list[int]) -> int:
    """For those of the collections whose deletions are held; gives how many there are."""
    held = SyncState.objects.filter(
        pk__in=state_ids, deletions__in=[SyncState.Deletions.HELD, SyncState.Deletions.ASKED]
    )
    ids = list(held.values_list("pk", flat=True))
    held.update(deletions=SyncState.Deletions.APPROVED)
    return request_syncs(ids, full=True)
