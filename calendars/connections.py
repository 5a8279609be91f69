"""A person's connections: what the owner is told of each, and syncs on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch

from accounts.models import User
from calendars.locks import share_connection
from calendars.models import Calendar, Connection, SyncState
from calendars.progress import Progress, progress_of
from calendars.sync.runs import queue_runs
from calendars.sync.schedule import request_syncs
from calendars.troubles import Notice, Trouble, in_step_since, notices_of, troubles_of
from config.problems import DomainError, Kind


@dataclass(frozen=True, slots=True)
class ConnectionSummary:
    """A connection as its owner sees it, on the page and in the API."""

    id: UUID
    provider: str
    email: str
    status: str
    scopes: list[str]
    error_code: str
    error_message: str
    troubles: list[Trouble]
    notices: list[Notice]
    last_synced_at: datetime | None
    next_sync_at: datetime | None
    calendars: list[Calendar]
    progress: Progress
    is_filling: bool  # something that is to come was never synced
    first_fetched: int  # events that have come of it so far

    @property
    def left_out(self) -> list[str]:
        """The collections that `last_synced_at` is not about, where it is about any."""
        names = [trouble.name for trouble in self.troubles if not trouble.is_held]
        return names if len(names) <= len(self.calendars) else []


@dataclass(frozen=True, slots=True)
class RequestedSync:
    """The runs that will do what was asked for: of the list of calendars, and of each calendar."""

    run: UUID | None
    runs: list[UUID]


@transaction.atomic
def request_sync(*, owner: User, connection_id: UUID, full: bool = False) -> RequestedSync:
    """Asks for a sync of all collections of a connection. Raises DomainError."""
    connection = owned_connection(owner=owner, connection_id=connection_id)
    if connection.status != Connection.Status.ACTIVE:
        raise DomainError(
            Kind.CONFLICT,
            "not-connected",
            connection.error_message or "Reconnect this account first.",
        )
    share_connection(connection.pk)
    kept = connection.sync_states.exclude(calendar__removed_at__isnull=False).exclude(paused=True)
    # In one order, the list of calendars first, so that two askers never wait for each other.
    states = list(kept.select_for_update(of=("self",)).order_by("pk"))
    if not states:
        raise DomainError(
            Kind.CONFLICT, "sync-paused", "An administrator has paused the syncing of this account."
        )
    queued = queue_runs(states, full=full)
    request_syncs(queued, full=full)
    runs = list(queued.values())
    return RequestedSync(runs[0] if runs else None, runs)


def owned_connection(*, owner: User, connection_id: UUID) -> Connection:
    connection = Connection.objects.filter(owner=owner, pk=connection_id).first()
    if connection is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", "You have no such connection.")
    return connection


def connection_summaries(*, owner: User) -> list[ConnectionSummary]:
    """All connections of a person, in three queries however many calendars there are."""
    visible = Calendar.objects.filter(removed_at=None).order_by("-primary", "name", "pk")
    states = SyncState.objects.select_related("run").exclude(calendar__removed_at__isnull=False)
    connections = (
        Connection.objects.filter(owner=owner)
        .order_by("created_at", "pk")
        .prefetch_related(Prefetch("calendars", visible), Prefetch("sync_states", states))
    )
    return [_summary(connection) for connection in connections]


def _summary(connection: Connection) -> ConnectionSummary:
    states = list(connection.sync_states.all())
    calendars = list(connection.calendars.all())
    troubles = troubles_of(states, {calendar.pk: calendar for calendar in calendars})
    notices = notices_of(troubles, collections=len(states))
    due = [state.due_at for state in states if not state.parked]
    first = [state for state in states if state.last_synced_at is None]
    return ConnectionSummary(
        id=connection.pk,
        provider=connection.provider,
        email=connection.email,
        status=connection.status,
        scopes=connection.scopes,
        error_code=connection.error_code or (troubles[0].code if troubles else ""),
        error_message=connection.error_message or (str(notices[0]) if notices else ""),
        troubles=troubles,
        notices=notices,
        last_synced_at=in_step_since(states),
        next_sync_at=min(due, default=None),
        calendars=calendars,
        progress=progress_of(connection, states),
        is_filling=connection.status == Connection.Status.ACTIVE
        and any(not state.parked for state in first),
        first_fetched=sum(
            max(state.run.fetched, state.run.created) for state in first if state.run
        ),
    )
