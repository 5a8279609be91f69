"""A user's connections: status and progress for the page and the API, and requests for a sync."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from calendars.google.errors import UsageLimitReached
from calendars.models import Calendar, Connection, SyncRun, SyncState
from calendars.models.locks import share_connection
from calendars.models.stored_texts import shown
from calendars.sync.due import request_syncs
from calendars.sync.runs import queue_runs
from config.web.problems import DomainError, Kind

LIST = gettext_lazy("Calendar list")
PAUSED = ("sync-paused", gettext_lazy("An administrator paused the sync."))
HELD = (SyncState.Deletions.HELD, SyncState.Deletions.ASKED)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a connection's sync.

    Google doesn't report totals: `total` and `eta_seconds` are set only if every calendar being
    listed was listed completely before. `parked_until` is the end of a daily limit.
    """

    state: str  # idle, queued, running or parked
    run: UUID | None = None
    fetched: int = 0
    total: int | None = None
    eta_seconds: int | None = None
    parked_until: datetime | None = None


def progress_of(connection: Connection, states: Sequence[SyncState]) -> Progress:
    """Return the progress. Of several runs it names that of the calendar list first, which a
    request for a sync returns too."""
    now = timezone.now()
    states = sorted(states, key=lambda state: (state.calendar_id is not None, state.pk))
    running = [s for s in states if s.run and s.lease_until and s.lease_until > now]
    if running:
        return _running(running, now)
    if connection.status != Connection.Status.ACTIVE:
        return Progress("idle")
    waiting = [s for s in states if not s.parked and s.wanted > s.done and s.due_at <= now]
    if waiting:
        return Progress("queued", next((s.queued_run_id for s in waiting if s.queued_run_id), None))
    if limits := [ends_at for s in states if (ends_at := limit_ends_at(s)) and ends_at > now]:
        return Progress("parked", parked_until=min(limits))
    return Progress("parked" if states and all(state.parked for state in states) else "idle")


def expected_total(run: SyncRun, *, listed_before: bool) -> int | None:
    """Return how many events a run is expected to fetch, or None if that's unknown."""
    if run.outcome == SyncRun.Outcome.COMPLETED:
        return run.fetched
    return run.known if listed_before and run.known > run.fetched else None


def _running(states: Sequence[SyncState], now: datetime) -> Progress:
    runs = [state.run for state in states if state.run]
    fetched = sum(run.fetched for run in runs)
    totals = [
        expected_total(state.run, listed_before=state.last_synced_at is not None)
        for state in states
        if state.run
    ]
    known = [total for total in totals if total is not None]
    total = sum(known) if len(known) == len(runs) else None
    began_at = min(run.started_at for run in runs)
    # After a pause the elapsed time doesn't give the rate.
    has_paused = any(state.attempts for state in states)
    eta_seconds = None if has_paused else _eta_seconds(fetched, total, began_at, now)
    return Progress("running", runs[0].pk, fetched, total, eta_seconds)


def _eta_seconds(fetched: int, total: int | None, began_at: datetime, now: datetime) -> int | None:
    if not fetched or total is None:
        return None
    return round((total - fetched) * (now - began_at).total_seconds() / fetched)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem of one collection; `until` is the end of a daily limit. A collection with held
    deletions is otherwise up to date."""

    calendar: UUID | None
    name: str
    code: str
    message: str
    until: datetime | None
    is_held: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """Problems with the same message; `names` is empty if all collections have it."""

    names: list[str]
    message: str
    until: datetime | None
    is_held: bool

    def __str__(self) -> str:
        return f"{', '.join(self.names)}: {self.message}" if self.names else self.message


def troubles_of(
    states: Iterable[SyncState], calendars: Mapping[UUID | None, Calendar]
) -> list[Trouble]:
    return [
        Trouble(
            calendar=state.calendar_id,
            name=calendars[state.calendar_id].name if state.calendar_id in calendars else str(LIST),
            code=PAUSED[0] if state.paused else state.error_code,
            message=str(PAUSED[1]) if state.paused else shown(state.error_message),
            until=limit_ends_at(state),
            is_held=state.deletions in HELD,
        )
        for state in states
        if state.error_code or state.paused
    ]


def notices_of(troubles: Sequence[Trouble], *, collections: int) -> list[Notice]:
    """Group the problems of `collections` collections by message."""
    alike: defaultdict[str, list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        alike[trouble.message].append(trouble)
    return [
        Notice(
            names=[] if len(those) == collections else [trouble.name for trouble in those],
            message=message,
            until=min((trouble.until for trouble in those if trouble.until), default=None),
            is_held=any(trouble.is_held for trouble in those),
        )
        for message, those in alike.items()
    ]


def in_step_since(states: Sequence[SyncState]) -> datetime | None:
    """Return when all collections that can sync were last synced; the others are listed by name.

    None while a collection that can sync never has.
    """
    calm = [state for state in states if not (state.parked or _is_out_of_step(state))]
    if any(state.last_synced_at is None for state in calm):
        return None
    counted = calm if any(state.calendar_id for state in calm) else states
    return min((state.last_synced_at for state in counted if state.last_synced_at), default=None)


def limit_ends_at(state: SyncState) -> datetime | None:
    is_limited = state.error_code == UsageLimitReached.code and not state.parked
    return state.due_at if is_limited else None


def _is_out_of_step(state: SyncState) -> bool:
    return bool(state.error_code) and state.deletions not in HELD


@dataclass(frozen=True, slots=True)
class ConnectionSummary:
    """A connection as shown to its owner on the page and in the API."""

    id: UUID
    provider: str
    email: str
    status: str
    scopes: list[str]
    may_write: bool
    error_code: str
    error_message: str
    troubles: list[Trouble]
    notices: list[Notice]
    last_synced_at: datetime | None
    next_sync_at: datetime | None
    calendars: list[Calendar]
    progress: Progress
    is_filling: bool  # a collection that can sync has never synced
    first_fetched: int  # events fetched so far in first syncs

    @property
    def left_out(self) -> list[str]:
        """The collections that `last_synced_at` doesn't cover, if it covers any."""
        names = [trouble.name for trouble in self.troubles if not trouble.is_held]
        return names if len(names) <= len(self.calendars) else []


@dataclass(frozen=True, slots=True)
class RequestedSync:
    """The queued runs: that of the calendar list, and that of each calendar."""

    run: UUID | None
    runs: list[UUID]


@transaction.atomic
def request_sync(*, owner: User, connection_id: UUID, full: bool = False) -> RequestedSync:
    """Request a sync of all collections of a connection. Raises DomainError."""
    connection = owned_connection(owner=owner, connection_id=connection_id)
    if connection.status != Connection.Status.ACTIVE:
        raise DomainError(
            Kind.CONFLICT,
            "not-connected",
            shown(connection.error_message) or _("Reconnect this account first."),
        )
    share_connection(connection.pk)
    kept = connection.sync_states.exclude(calendar__removed_at__isnull=False).exclude(paused=True)
    # In a fixed order, the calendar list first, so that two requests can't deadlock.
    states = list(kept.select_for_update(of=("self",)).order_by("pk"))
    if not states:
        raise DomainError(
            Kind.CONFLICT, "sync-paused", _("An administrator paused the sync of this account.")
        )
    queued = queue_runs(states, full=full)
    request_syncs(queued, full=full)
    runs = list(queued.values())
    return RequestedSync(runs[0] if runs else None, runs)


def owned_connection(*, owner: User, connection_id: UUID) -> Connection:
    connection = Connection.objects.filter(owner=owner, pk=connection_id).first()
    if connection is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Connection not found."))
    return connection


def connection_summaries(
    *, owner: User, calendars: Iterable[Calendar] | None = None
) -> list[ConnectionSummary]:
    """Return all connections of a user, with three queries in total, or two if all the owner's
    calendars are given, in their order."""
    if calendars is None:
        calendars = Calendar.objects.of(owner.pk).shown()
    states = SyncState.objects.select_related("run").exclude(calendar__removed_at__isnull=False)
    connections = (
        Connection.objects.filter(owner=owner)
        .order_by("created_at", "pk")
        .prefetch_related(Prefetch("sync_states", states))
    )
    by_connection: defaultdict[UUID | None, list[Calendar]] = defaultdict(list)
    for calendar in calendars:
        by_connection[calendar.connection_id].append(calendar)
    return [_summary(connection, by_connection[connection.pk]) for connection in connections]


def _summary(connection: Connection, calendars: list[Calendar]) -> ConnectionSummary:
    states = list(connection.sync_states.all())
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
        may_write=connection.may_write,
        error_code=connection.error_code or (troubles[0].code if troubles else ""),
        error_message=shown(connection.error_message) or (str(notices[0]) if notices else ""),
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
