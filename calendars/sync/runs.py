"""Sync runs: queued on request, begun or resumed by a worker, counted page by page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.security_context import acting_as_system
from calendars.events.writing import PageCounts
from calendars.models import Event, SyncRun, SyncState
from calendars.sync.due import Lease, keep
from config.database.bulk import delete_in_batches

KEPT = timedelta(days=30)
KEPT_IDLE = timedelta(days=2)


def queue_runs(states: Iterable[SyncState], *, full: bool = False) -> dict[int, uuid.UUID]:
    """Return for each state the run that will serve this request: a waiting one or a new one.
    The caller's transaction has locked the states."""
    queued: dict[int, uuid.UUID] = {}
    for state in states:
        if state.queued_run_id is not None:
            queued[state.pk] = state.queued_run_id
            continue
        state.queued_run = run = SyncRun.objects.create(
            owner_id=state.owner_id,
            connection_id=state.connection_id,
            calendar_id=state.calendar_id,
            kind=SyncRun.Kind.FULL if full else SyncRun.Kind.INCREMENT,
            outcome=SyncRun.Outcome.QUEUED,
        )
        state.save(update_fields=["queued_run"])
        queued[state.pk] = run.pk
    return queued


def begin_run(state: SyncState, lease: Lease) -> SyncRun:
    """Resume the run of a dead worker, or begin a new one."""
    if state.run is not None and _may_go_on(state, state.run):
        return state.run
    run = _new_run(state)
    with transaction.atomic(savepoint=False):
        _end_stale(state)
        run.save()
        keep(lease, run=run, queued_run=None, page_token="", full_wanted=False)
    state.page_token = ""
    return run


def make_full(run: SyncRun) -> None:
    run.kind = SyncRun.Kind.FULL
    run.known = _known_events(run)
    run.save(update_fields=["kind", "known"])


def count_page(
    run: SyncRun, counts: PageCounts, retries: int, *, pages: int = 1, **changes: Any
) -> None:
    """Add to the counts in the row and in `run`; `changes` are written too."""
    added = {"pages": pages, "retries": retries, **asdict(counts)}
    SyncRun.objects.filter(pk=run.pk).update(
        **{name: F(name) + number for name, number in added.items()}, **changes
    )
    changes |= {name: getattr(run, name) + number for name, number in added.items()}
    for name, value in changes.items():
        setattr(run, name, value)


@contextmanager
def counted_if_kept(run: SyncRun) -> Iterator[None]:
    """Restore the run in memory if the inner transaction is rolled back."""
    before = {name: value for name, value in vars(run).items() if name != "_state"}
    try:
        yield
    except BaseException:
        vars(run).update(before)
        raise


def end_run(run: SyncRun, outcome: str, *, error_code: str = "") -> None:
    SyncRun.objects.filter(pk=run.pk).update(**ending(outcome, error_code))


def ending(outcome: str, error_code: str = "") -> dict[str, Any]:
    """Return the changes of a run's row at its end."""
    return {"outcome": outcome, "error_code": error_code, "finished_at": timezone.now()}


def prune_runs() -> int:
    """Delete old runs; those without changes are deleted much sooner."""
    now = timezone.now()
    idle = Q(pages__lte=1, fetched=0, deleted=0, outcome=SyncRun.Outcome.COMPLETED)
    old = Q(started_at__lt=now - KEPT) | (idle & Q(started_at__lt=now - KEPT_IDLE))
    ended = SyncRun.objects.filter(old, finished_at__isnull=False)
    return delete_in_batches(ended, access=partial(acting_as_system, reason="retention"))


def _may_go_on(state: SyncState, run: SyncRun) -> bool:
    """False if a full list was requested during an increment."""
    as_asked = run.kind == SyncRun.Kind.FULL or not state.full_wanted
    return run.outcome == SyncRun.Outcome.RUNNING and as_asked


def _end_stale(state: SyncState) -> None:
    """End an increment that a full list replaces; it would stay "running" otherwise."""
    if state.run is not None and state.run.outcome == SyncRun.Outcome.RUNNING:
        end_run(state.run, SyncRun.Outcome.FAILED, error_code="replaced")


def _new_run(state: SyncState) -> SyncRun:
    run = state.queued_run or SyncRun(
        owner_id=state.owner_id,
        connection_id=state.connection_id,
        calendar_id=state.calendar_id,
    )
    run.kind = SyncRun.Kind.FULL if _must_be_full(state) else SyncRun.Kind.INCREMENT
    run.outcome = SyncRun.Outcome.RUNNING
    run.started_at = timezone.now()
    run.known = _known_events(run) if run.kind == SyncRun.Kind.FULL else 0
    return run


def _known_events(run: SyncRun) -> int:
    if run.calendar_id is None:
        return 0
    return Event.objects.filter(calendar_id=run.calendar_id).count()


def _must_be_full(state: SyncState) -> bool:
    relist = state.relist_at is not None and state.relist_at <= timezone.now()
    return state.full_wanted or relist or not state.sync_token
