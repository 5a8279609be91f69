"""How far the sync of a connection is, in real counts, and how long it will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from calendars.models import Connection, SyncRun, SyncState
from calendars.troubles import limit_ends_at


@dataclass(frozen=True, slots=True)
class Progress:
    """What the sync of a connection is doing.

    Google tells no total: `total` and `eta_seconds` are there where all calendars that are being
    listed were listed whole before. `parked_until` is when a limit of the day ends.
    """

    state: str  # idle, queued, running or parked
    run: UUID | None = None
    fetched: int = 0
    total: int | None = None
    eta_seconds: int | None = None
    parked_until: datetime | None = None


def progress_of(connection: Connection, states: Sequence[SyncState]) -> Progress:
    """Of several runs it names the calendar list's first: the one that a request answers with."""
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
    """What a run will have fetched at its end; None where nothing tells it."""
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
    # After a pause the time since the beginning says nothing of the pace.
    has_paused = any(state.attempts for state in states)
    eta_seconds = None if has_paused else _eta_seconds(fetched, total, began_at, now)
    return Progress("running", runs[0].pk, fetched, total, eta_seconds)


def _eta_seconds(fetched: int, total: int | None, began_at: datetime, now: datetime) -> int | None:
    if not fetched or total is None:
        return None
    return round((total - fetched) * (now - began_at).total_seconds() / fetched)
