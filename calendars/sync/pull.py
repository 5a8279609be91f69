"""Sync one collection: claim it, fetch its pages, commit each page atomically.

A page is one transaction: its rows, the run's counts, the checkpoint. The cursor moves last.
Google is called outside any transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db import DatabaseError

from accounts.security_context import acting_as
from calendars.events.writing import PageCounts
from calendars.google.client import Page
from calendars.google.errors import BadRequest, GoogleError, SyncTokenExpired
from calendars.google.quota import Priority
from calendars.models import SyncRun, SyncState
from calendars.sync.calendar_list import CalendarListCollection
from calendars.sync.due import Lease, acting_under, claim, heartbeat, keep
from calendars.sync.pipeline import EventPipeline, PageWalk
from calendars.sync.runs import begin_run, count_page, counted_if_kept, make_full
from calendars.sync.settling import Decision, interruptions_settled, settle_failure, settle_success
from config.database.faults import is_passing

Items = TypeVar("Items")


class Collection(Protocol[Items]):
    """A paged list: a calendar's events, or a connection's calendar list."""

    def fetch(self, *, page_token: str, sync_token: str) -> Page[Items]:
        """Return one page of the list."""

    def first_look(self) -> Iterator[Page[Items]]:
        """Yield pages that the user sees first, outside the full list and its cursor."""

    def take_retries(self) -> int:
        """How many calls had to be repeated since this was asked last."""

    def write(self, items: Items, run: SyncRun, *, seen: bool = True) -> PageCounts:
        """Write a page. `seen` means that it belongs to the full list."""

    def set_aside_refused(self, items: Items) -> bool:
        """Find the items that the database refuses; False if it refuses none of them."""

    def finish_full(self, run: SyncRun) -> tuple[int, Decision]:
        """Remove what a full run did not see; gives the number removed, and what is held."""


Progress = Callable[[SyncRun], None]


def sync_collection(state_id: int, *, progress: Progress | None = None) -> SyncRun | None:
    """Run one sync of a collection. Returns None if another worker holds it, or it is parked."""
    lease = claim(state_id)
    if lease is None:
        return None
    with acting_as(user_id=lease.owner_id):
        # Separate queries: waiting or abandoned runs are rare, and a join would be planned each
        # time.
        kept = SyncState.objects.select_related("connection", "calendar")
        state = kept.filter(pk=state_id).first()
    if state is None:  # disconnected meanwhile
        return None
    with heartbeat(lease), interruptions_settled(state, lease):
        state.run = _begin(state, lease)
        is_awaited, is_resumed = state.queued_run_id == state.run.pk, bool(state.page_token)
        pull = _Pull(state, state.run, lease, progress, is_awaited, is_resumed)
        try:
            pull.run_pages()
        except GoogleError as error:
            settle_failure(state, state.run, lease, error)
    return state.run


def _begin(state: SyncState, lease: Lease) -> SyncRun:
    with acting_under(lease):
        return begin_run(state, lease)


@dataclass(slots=True)
class _Pull:
    state: SyncState
    run: SyncRun
    lease: Lease
    progress: Progress | None
    is_awaited: bool  # a requested run
    is_resumed: bool = False  # resuming a list that was begun earlier
    started_over: bool = False

    def run_pages(self) -> None:
        collection = _collection(self.state, self._priority())
        self._take_first_look(collection)
        walk = PageWalk()
        while True:
            page = self._fetch(collection)
            if page is None:
                walk = PageWalk()
                continue
            walk.pass_by(page)
            self._store(collection, page)
            if not page.next_page_token:
                return

    def _priority(self) -> Priority:
        """A user who has just connected is waiting for the list of calendars."""
        if self.is_awaited or (self.state.calendar is None and not self.state.last_synced_at):
            return Priority.PERSON
        full = self.run.kind == SyncRun.Kind.FULL
        return Priority.BACKFILL if full else Priority.INCREMENT

    def _take_first_look(self, collection: Collection[Any]) -> None:
        """Load the current month first, so that it appears within seconds."""
        if not self.run.fills or self.run.pages or self.state.last_synced_at:
            return
        for page in collection.first_look():
            self._store_look(collection, page, collection.take_retries())
            self._tell()

    def _store_look(self, collection: Collection[Any], page: Page[Any], retries: int) -> None:
        with counted_if_kept(self.run), self._acting():
            counts = collection.write(page.items, self.run, seen=False)
            counts.fetched = counts.quarantined = 0  # they are repeated in the full list
            count_page(self.run, counts, retries)
            keep(self.lease)

    def _fetch(self, collection: Collection[Any]) -> Page[Any] | None:
        """Returns None if Google requires a full list; the run has been converted."""
        full = self.run.kind == SyncRun.Kind.FULL
        sync_token = "" if full else self.state.sync_token
        try:
            return collection.fetch(page_token=self.state.page_token, sync_token=sync_token)
        except (SyncTokenExpired, BadRequest) as error:
            if self.started_over or not self._may_start_over(error):
                raise
            self._start_over()
            return None

    def _may_start_over(self, error: GoogleError) -> bool:
        """Whether a restart is possible: a sync token, or a resumed run's page token, can be too
        old."""
        expired = isinstance(error, SyncTokenExpired) and self.run.kind != SyncRun.Kind.FULL
        return expired or bool(self.state.page_token)

    def _start_over(self) -> None:
        """Restart as a full list. Readers see the old set; missing events are removed at the
        end."""
        with self._acting():
            make_full(self.run)
            keep(self.lease, page_token="")
        self.state.page_token = ""
        self.started_over, self.is_resumed = True, False

    def _store(self, collection: Collection[Any], page: Page[Any]) -> None:
        retries = collection.take_retries()
        try:
            self._commit(collection, page, retries)
        except DatabaseError as error:
            if is_passing(error) or not self._set_aside_refused(collection, page):
                raise
            self._commit(collection, page, retries)
        self.state.page_token = page.next_page_token
        self._tell()

    def _commit(self, collection: Collection[Any], page: Page[Any], retries: int) -> None:
        with counted_if_kept(self.run), self._acting():
            counts = collection.write(page.items, self.run)
            changes: dict[str, Any] = {}
            if page.next_page_token:
                keep(self.lease, page_token=page.next_page_token)
            else:
                changes = self._finish(collection, counts, page.sync_token)
            count_page(self.run, counts, retries, **changes)

    def _set_aside_refused(self, collection: Collection[Any], page: Page[Any]) -> bool:
        """Return whether the database refused some items, which are now set aside."""
        with self._acting():
            return collection.set_aside_refused(page.items)

    def _finish(
        self, collection: Collection[Any], counts: PageCounts, sync_token: str
    ) -> dict[str, Any]:
        """Finish with the last page; return the changes of the run's row."""
        decision: Decision | None = None
        if self.run.kind == SyncRun.Kind.FULL:
            removed, decision = collection.finish_full(self.run)
            counts.deleted += removed
        return settle_success(
            self.state,
            self.lease,
            sync_token=sync_token,
            decision=decision,
            is_resumed=self.is_resumed,
        )

    def _tell(self) -> None:
        if self.progress:
            with self._acting():
                self.progress(self.run)

    def _acting(self) -> AbstractContextManager[None]:
        """Run a transaction in the owner's security context."""
        return acting_under(self.lease)


def _collection(state: SyncState, priority: Priority) -> Collection[Any]:
    if state.calendar is None:
        return CalendarListCollection(state.connection, priority=priority)
    return EventPipeline(state, state.calendar, priority=priority)
