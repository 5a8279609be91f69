"""Keeps one collection in step: claims it, fetches its pages, commits each page whole.

A page is one transaction: its rows, the run's counts, the checkpoint. The cursor moves last.
Google is asked outside any transaction.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from calendars.google.client import CalendarClient, Page
from calendars.google.credentials import access_token_source, require_reconnect
from calendars.google.errors import (
    AccessTokenRejected,
    BadRequest,
    GoogleError,
    GrantRevoked,
    Retry,
    SyncTokenExpired,
)
from calendars.models import SyncRun, SyncState
from calendars.sync.calendar_list import CalendarListCollection
from calendars.sync.events import EventsCollection
from calendars.sync.lease import Lease, LeaseLost, claim, keep, release
from calendars.sync.writer import PageCounts

RETRY_AFTER = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
HOURS = timedelta(hours=4)
JITTER = 0.25  # of the interval, to both sides, so that collections do not march in step
log = structlog.get_logger(__name__)


class Collection(Protocol):
    """What is listed page by page: a calendar's events, or a connection's calendar list."""

    def fetch(self, client: CalendarClient, *, page_token: str, sync_token: str) -> Page: ...

    def write(self, page: Page, run: SyncRun) -> PageCounts: ...

    def finish_full(self, run: SyncRun) -> int:
        """Removes what a full run did not see; gives the number removed."""


Progress = Callable[[SyncRun], None]


def sync_collection(state_id: int, *, progress: Progress | None = None) -> SyncRun | None:
    """One run of one collection to its end. None: somebody else is at it, or it is parked."""
    lease = claim(state_id)
    if lease is None:
        return None
    state = SyncState.objects.select_related("connection", "calendar", "run").get(pk=state_id)
    run = _begin(state, lease)
    pull = _Pull(state, run, lease, progress)
    try:
        pull.run_pages()
    except GoogleError as error:
        _settle_failure(state, run, lease, error)
    except LeaseLost:
        log.info("lease_lost", state=state_id, run=str(run.pk))
    return run


@dataclass(slots=True)
class _Pull:
    state: SyncState
    run: SyncRun
    lease: Lease
    progress: Progress | None
    started_over: bool = False

    def run_pages(self) -> None:
        client = CalendarClient(access_token_source(self.state.connection_id))
        collection = _collection(self.state)
        while True:
            page = self._fetch(client, collection)
            if page is None:
                continue
            self._store(collection, page, client)
            if self.progress:
                self.progress(self.run)
            if not page.next_page_token:
                return

    def _fetch(self, client: CalendarClient, collection: Collection) -> Page | None:
        """None: Google wants a full list, and the run has been turned into one."""
        full = self.run.kind == SyncRun.Kind.FULL
        sync_token = "" if full else self.state.sync_token
        try:
            return collection.fetch(client, page_token=self.state.page_token, sync_token=sync_token)
        except (SyncTokenExpired, BadRequest) as error:
            if self.started_over or not self._may_start_over(error):
                raise
            self._start_over()
            return None

    def _may_start_over(self, error: GoogleError) -> bool:
        """A sync token can be too old, and so can the page token of a run that was resumed."""
        expired = isinstance(error, SyncTokenExpired) and self.run.kind != SyncRun.Kind.FULL
        return expired or bool(self.state.page_token)

    def _start_over(self) -> None:
        """Readers go on seeing the old set; ghosts leave at the end of the full run."""
        with transaction.atomic():
            keep(self.lease, page_token="")
            SyncRun.objects.filter(pk=self.run.pk).update(kind=SyncRun.Kind.FULL)
        self.state.page_token = ""
        self.run.kind = SyncRun.Kind.FULL
        self.started_over = True

    def _store(self, collection: Collection, page: Page, client: CalendarClient) -> None:
        last = not page.next_page_token
        with transaction.atomic():
            counts = collection.write(page, self.run)
            if last and self.run.kind == SyncRun.Kind.FULL:
                counts.deleted += collection.finish_full(self.run)
            _count(self.run, counts, client.retries)
            if last:
                _settle_success(self.state, self.run, self.lease, page.sync_token)
            else:
                keep(self.lease, page_token=page.next_page_token)
        client.retries = 0
        self.state.page_token = page.next_page_token
        self.run.refresh_from_db()


def _collection(state: SyncState) -> Collection:
    if state.calendar is None:
        return CalendarListCollection(state.connection)
    return EventsCollection(state.calendar)


def _begin(state: SyncState, lease: Lease) -> SyncRun:
    """Goes on with the run whose worker died, or begins a new one."""
    if state.run is not None and _may_go_on(state, state.run):
        return state.run
    full = state.full_wanted or not state.sync_token
    with transaction.atomic():
        run = SyncRun.objects.create(
            owner_id=state.owner_id,
            connection_id=state.connection_id,
            calendar_id=state.calendar_id,
            kind=SyncRun.Kind.FULL if full else SyncRun.Kind.INCREMENT,
        )
        keep(lease, run=run, page_token="", full_wanted=False)
    state.page_token = ""
    return run


def _may_go_on(state: SyncState, run: SyncRun) -> bool:
    """Not when a full list was asked for while an increment was under way."""
    as_asked = run.kind == SyncRun.Kind.FULL or not state.full_wanted
    return run.outcome == SyncRun.Outcome.RUNNING and as_asked


def _count(run: SyncRun, counts: PageCounts, retries: int) -> None:
    SyncRun.objects.filter(pk=run.pk).update(
        pages=F("pages") + 1,
        fetched=F("fetched") + counts.fetched,
        created=F("created") + counts.created,
        updated=F("updated") + counts.updated,
        deleted=F("deleted") + counts.deleted,
        quarantined=F("quarantined") + counts.quarantined,
        retries=F("retries") + retries,
    )


def _settle_success(state: SyncState, run: SyncRun, lease: Lease, sync_token: str) -> None:
    now = timezone.now()
    SyncRun.objects.filter(pk=run.pk).update(
        outcome=SyncRun.Outcome.COMPLETED, finished_at=now, error_code=""
    )
    release(
        lease,
        sync_token=sync_token,
        page_token="",
        run=None,
        done=lease.wanted,
        due_at=now + _interval(),
        attempts=0,
        error_code="",
        error_message="",
        last_synced_at=now,
    )
    # What was asked for during the run is due at once: its change may have missed our pages.
    SyncState.objects.filter(pk=state.pk, wanted__gt=F("done")).update(due_at=now)


def _settle_failure(state: SyncState, run: SyncRun, lease: Lease, error: GoogleError) -> None:
    """The row says what happened and when the run goes on, from the page it came to.

    What no retry mends ends the run and parks the row until somebody asks for it again.
    """
    log.warning("sync_failed", state=state.pk, run=str(run.pk), code=error.code)
    now = timezone.now()
    try:
        with transaction.atomic():
            release(
                lease,
                due_at=now + _pause(state.attempts, error),
                attempts=state.attempts + 1,
                parked=error.retry is Retry.NEVER,
                error_code=error.code,
                error_message=error.message,
            )
            _note_failure(state, run, error)
            if isinstance(error, GrantRevoked | AccessTokenRejected):
                require_reconnect(state.connection_id, error)
    except LeaseLost:
        log.info("lease_lost", state=state.pk, run=str(run.pk))


def _note_failure(state: SyncState, run: SyncRun, error: GoogleError) -> None:
    ended = {"outcome": SyncRun.Outcome.FAILED, "finished_at": timezone.now()}
    final = error.retry is Retry.NEVER
    SyncRun.objects.filter(pk=run.pk).update(error_code=error.code, **(ended if final else {}))
    if final and run.kind == SyncRun.Kind.FULL:
        SyncState.objects.filter(pk=state.pk).update(full_wanted=True)


def _pause(attempts: int, error: GoogleError) -> timedelta:
    if error.retry is Retry.HOURS:
        return HOURS * _spread()
    asked = timedelta(seconds=error.retry_after_seconds or 0)
    backoff: timedelta = min(RETRY_AFTER * 2 ** min(attempts, 10), LONGEST_RETRY)
    spread = random.uniform(0.5, 1)  # noqa: S311  # nosec B311 - jitter
    return max(asked, backoff * spread)


def _interval() -> timedelta:
    return timedelta(seconds=settings.SYNC_INTERVAL_SECONDS) * _spread()


def _spread() -> float:
    return random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # nosec B311 - jitter
