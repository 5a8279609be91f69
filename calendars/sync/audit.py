"""Audit: list a calendar independently of its cursor, and compare it row by row.

A difference may just be newer than our last pull. So the calendar is pulled before and after the
listing, and remaining differences are drift, which is repaired and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db.models import F
from django.utils import timezone
from msgspec import Raw

from accounts.security_context import acting_as, acting_as_system
from calendars.events import writing
from calendars.events.rows import Deletion, EventRow
from calendars.events.three_versions import only_here
from calendars.google.client import Page, client_for
from calendars.google.errors import GoogleError
from calendars.google.quota import Priority
from calendars.google.resources import event_resource
from calendars.google.wire import event_row
from calendars.models import Calendar, Connection, Event, SyncRun, SyncState, event_id_for
from calendars.models.locks import share_connection
from calendars.sync.due import (
    Lease,
    LeaseLost,
    acting_under,
    claim,
    heartbeat,
    owner_of,
    release,
    request_syncs,
)
from calendars.sync.pipeline import sort_page, walk_pages
from calendars.sync.pull import sync_collection
from calendars.sync.runs import count_page, end_run
from calendars.sync.settling import decide_deletions
from config.workers import OneOfMany

MOST_REPAIRS = 5000  # above this, the calendar is listed in full instead
SAMPLE = 5
CLOCKS_APART = timedelta(minutes=2)
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Findings:
    """The result of one listing. `differing` are Google's items that differ from ours."""

    listed: set[str] = field(default_factory=set)
    differing: dict[str, Raw] = field(default_factory=dict)
    ghosts: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.differing) + len(self.ghosts)


def audit_sample(size: int = SAMPLE) -> list[SyncRun]:
    """Audit the calendars with the oldest audit."""
    candidates = SyncState.objects.filter(
        calendar__removed_at=None,
        calendar__isnull=False,
        connection__status=Connection.Status.ACTIVE,
        parked=False,
        run=None,
        last_synced_at__isnull=False,
    ).order_by(F("audited_at").asc(nulls_first=True), "pk")
    with acting_as_system(reason="to choose what is audited"):
        chosen = list(candidates.values_list("pk", flat=True)[:size])
    runs = []
    for state_id in chosen:
        with OneOfMany("audit_fault", state=state_id):
            runs.append(audit_collection(state_id))
    return [run for run in runs if run is not None]


def audit_collection(state_id: int) -> SyncRun | None:
    """Run one audit. Its run counts missing (created), different (updated) and superfluous
    (deleted) events. Returns None if the calendar can't be synced right now."""
    owner_id = owner_of(state_id)
    if owner_id is None:
        return None
    with acting_as(user_id=owner_id):
        SyncState.objects.filter(pk=state_id).update(audited_at=timezone.now())
    if not _pull(state_id, owner_id):
        return None
    if (begun := _begin(state_id, owner_id)) is None:
        return None
    state, calendar, run = begun
    outcome, error_code = SyncRun.Outcome.COMPLETED, ""
    try:
        findings = _compare(state, calendar, run)
        if findings.count:
            _repair(state, calendar, run, findings)
    except GoogleError as error:
        outcome, error_code = SyncRun.Outcome.FAILED, error.code
    except LeaseLost:
        outcome, error_code = SyncRun.Outcome.FAILED, "lease-lost"
    except Exception:  # the run must end whatever happened
        log.exception("audit_fault", state=state_id)
        outcome, error_code = SyncRun.Outcome.FAILED, "unforeseen"
    with acting_as(user_id=owner_id):
        end_run(run, outcome, error_code=error_code)
        return SyncRun.objects.filter(pk=run.pk).first()


def _pull(state_id: int, owner_id: int) -> bool:
    """Return whether the calendar is synced now."""
    with acting_as(user_id=owner_id):
        request_syncs([state_id])
    run = sync_collection(state_id)
    return run is not None and run.outcome == SyncRun.Outcome.COMPLETED


def _begin(state_id: int, owner_id: int) -> tuple[SyncState, Calendar, SyncRun] | None:
    """Returns None if the calendar was deleted with its connection meanwhile."""
    with acting_as(user_id=owner_id):
        state = SyncState.objects.select_related("connection").filter(pk=state_id).first()
        if state is None or not share_connection(state.connection_id):
            return None
        calendar = Calendar.objects.get(sync_state=state)
        run = SyncRun.objects.create(
            owner_id=owner_id,
            connection=state.connection,
            calendar=calendar,
            kind=SyncRun.Kind.AUDIT,
        )
    return state, calendar, run


def _compare(state: SyncState, calendar: Calendar, run: SyncRun) -> _Findings:
    with acting_as(user_id=run.owner_id):
        events = Event.objects.filter(calendar=calendar)
        known = set(events.values_list("remote_id", flat=True))
    findings = _Findings()
    client = client_for(state.connection, priority=Priority.BACKFILL)
    fetch = partial(client.list_events, calendar.remote_id)
    for page in walk_pages(lambda token: fetch(page_token=token)):
        with acting_as(user_id=run.owner_id):
            _compare_page(calendar, page, findings)
            count_page(run, writing.PageCounts(fetched=len(page.items)), client.retries)
        client.retries = 0
    findings.ghosts = sorted(known - findings.listed)
    return findings


def _compare_page(calendar: Calendar, page: Page[list[Raw]], findings: _Findings) -> None:
    theirs = dict(_read(calendar, page.items))
    ours = _stored(calendar, list(theirs))
    for remote_id, (row, item) in theirs.items():
        findings.listed.add(remote_id)
        if ours.get(remote_id) != row._asdict():
            findings.differing[remote_id] = item.copy()  # without the page


def _read(calendar: Calendar, items: list[Raw]) -> Iterator[tuple[str, tuple[EventRow, Raw]]]:
    """Convert the items; deleted and malformed events have no row to compare with."""
    for item in items:
        try:
            row = event_row(event_resource(item), calendar.time_zone)
        except Exception as error:  # noqa: BLE001 - one item must not affect the others
            writing.reason_of(error)
            continue
        if not isinstance(row, Deletion):
            yield row.remote_id, (row, item)


def _stored(calendar: Calendar, remote_ids: list[str]) -> dict[str, dict[str, Any]]:
    ids = [event_id_for(calendar.pk, remote_id) for remote_id in remote_ids]
    columns = EventRow._fields
    return {row["remote_id"]: row for row in Event.objects.filter(pk__in=ids).values(*columns)}


def _repair(state: SyncState, calendar: Calendar, run: SyncRun, findings: _Findings) -> None:
    if findings.count > MOST_REPAIRS:
        with acting_as(user_id=state.owner_id):
            request_syncs([state.pk], full=True)
        return
    if not _pull(state.pk, state.owner_id) or (lease := claim(state.pk, early=True)) is None:
        return
    with heartbeat(lease), acting_under(lease):
        _repair_drift(lease, state, calendar, run, findings)


def _repair_drift(
    lease: Lease, state: SyncState, calendar: Calendar, run: SyncRun, findings: _Findings
) -> None:
    """Repair drift. Differences that the pull resolved meanwhile are skipped."""
    since = run.started_at
    items = [item for item in findings.differing.values() if not _moved_on(calendar, item, since)]
    ghosts = Event.objects.filter(
        calendar=calendar, remote_id__in=findings.ghosts, changed_at__lt=since
    )
    ghosts = ghosts.exclude(pk__in=only_here(calendar))
    removed_ids = list(ghosts.values_list("remote_id", flat=True))
    known = Event.objects.filter(calendar=calendar).count()
    if decide_deletions(state, seen=known - len(removed_ids), known=known).is_held:
        removed_ids = []
        SyncState.objects.filter(pk=state.pk).update(full_wanted=True)
    counts = writing.write_page(calendar=calendar, page=sort_page(items, calendar), run=run)
    counts.deleted += writing.remove_events(calendar=calendar, remote_ids=removed_ids, run=run)
    counts.fetched = 0
    count_page(run, counts, 0, pages=0)
    release(lease)
    if counts.created + counts.updated + counts.deleted:
        log.warning("drift_repaired", calendar=str(calendar.pk), run=str(run.pk))


def _moved_on(calendar: Calendar, item: Raw, since: datetime) -> bool:
    """Whether it recently changed at Google, or a pull wrote it after the audit began."""
    row = event_row(event_resource(item), calendar.time_zone)
    if row.remote_updated_at and row.remote_updated_at > since - CLOCKS_APART:
        return True
    event_id = event_id_for(calendar.pk, row.remote_id)
    return Event.objects.filter(pk=event_id, changed_at__gte=since).exists()
