"""How far the sync of a connection is, in real counts, and how long it will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from calendars.models import Connection, SyncRun, SyncState


@dataclass(frozen=True, slots=True)
class Progress:
    """What the sync of a connection is doing; `total` and `eta_seconds` where they are known.

    `total` is what was known before. Google does not tell it; so a first list is taken to be half
    way, which is the median of what somebody sees who looks at a moment of their own.
    """

    state: str  # idle, queued, running or parked
    run: UUID | None = None
    fetched: int = 0
    total: int | None = None
    eta_seconds: int | None = None


def progress_of(connection: Connection, states: Sequence[SyncState]) -> Progress:
    """Of several runs it names the calendar list's first: the one that a request answers with."""
    now = timezone.now()
    states = sorted(states, key=lambda state: (state.calendar_id is not None, state.pk))
    running = [s for s in states if s.run and s.lease_until and s.lease_until > now]
    if running:
        return _running(running, now)
    waiting = [s for s in states if not s.parked and s.wanted > s.done and s.due_at <= now]
    if waiting and connection.status == Connection.Status.ACTIVE:
        queued = next((s.queued_run_id for s in waiting if s.queued_run_id), None)
        return Progress("queued", queued)
    return Progress("parked" if states and all(state.parked for state in states) else "idle")


def expected_total(run: SyncRun, *, more: bool) -> int | None:
    """None where nothing tells it: an increment's first page, or a first list's."""
    if run.known > run.fetched:
        return run.known
    if not more or not run.fetched:
        return run.fetched or None
    return 2 * run.fetched


def _running(states: Sequence[SyncState], now: datetime) -> Progress:
    runs = [state.run for state in states if state.run]
    fetched = sum(run.fetched for run in runs)
    totals = [expected_total(s.run, more=bool(s.page_token)) for s in states if s.run]
    total = sum(known for known in totals if known) or None
    began_at = min(run.started_at for run in runs)
    return Progress(
        "running", runs[0].pk, fetched, total, _eta_seconds(fetched, total, began_at, now)
    )


def _eta_seconds(fetched: int, total: int | None, began_at: datetime, now: datetime) -> int | None:
    if not fetched or total is None:
        return None
    return round((total - fetched) * (now - began_at).total_seconds() / fetched)
