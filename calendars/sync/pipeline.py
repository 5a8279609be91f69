"""The pipeline of a calendar's events: fetch ahead, sort, write a page.

While a page is written, a thread without a database connection fetches, sorts and expands the
next one. At most two pages are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from django.utils import timezone
from msgspec import Raw

from calendars.events.three_versions import only_here
from calendars.events.writing import (
    PageCounts,
    SortedPage,
    prepare_page,
    reason_of,
    remove_ghosts,
    set_aside_refused,
    write_page,
)
from calendars.google.client import Page, StartedCall, client_for
from calendars.google.errors import EndlessList
from calendars.google.quota import Priority
from calendars.google.resources import event_resource, whole_item
from calendars.google.wire import event_row
from calendars.models import Calendar, Event, SyncRun, SyncState
from calendars.sync.settling import Decision, decide_deletions

MOST_EMPTY_PAGES = 20  # in a row
WEEK = timedelta(weeks=1)  # the month view shows adjacent weeks, and time zones differ
Items = TypeVar("Items")


class _Ahead(NamedTuple):
    """A page being fetched and sorted in a thread, and its tokens."""

    tokens: tuple[str, str]
    fetched: StartedCall[Page[list[Raw]]]
    sorted: Future[SortedPage]


class EventPipeline:
    """The events of one calendar, page by page, for one run and one calling thread."""

    def __init__(self, state: SyncState, calendar: Calendar, *, priority: Priority) -> None:
        self._state = state
        self._calendar = calendar
        self._client = client_for(state.connection, priority=priority)
        self._clients = [self._client]
        self._ahead: _Ahead | None = None

    def fetch(self, *, page_token: str, sync_token: str) -> Page[SortedPage]:
        """Return one page of the list, and start fetching the next."""
        tokens = page_token, sync_token
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.tokens != tokens:
            ahead = None
        page = self._client.list_events(
            self._calendar.remote_id,
            page_token=page_token,
            sync_token=sync_token,
            started=ahead.fetched if ahead else None,
        )
        if page.next_page_token:
            self._call_ahead(page.next_page_token, sync_token)
        if ahead is None or ahead.sorted.exception():
            return page.holding(sort_page(page.items, self._calendar))
        return page.holding(ahead.sorted.result())

    def first_look(self) -> Iterator[Page[SortedPage]]:
        """Return pages of the current month and adjacent weeks, outside the list and its cursor.

        Fetching of the full list starts with the first page.
        """
        client = client_for(self._state.connection, priority=Priority.PERSON)
        self._clients.append(client)
        start_at, end_at = _month_around(timezone.now(), ZoneInfo(self._calendar.time_zone))
        fetch = partial(
            client.list_events_between,
            self._calendar.remote_id,
            start_at=start_at,
            end_at=end_at,
        )
        for number, page in enumerate(walk_pages(lambda token: fetch(page_token=token))):
            if number == 0:
                self._call_ahead("", "")
            yield page.holding(sort_page(page.items, self._calendar))

    def take_retries(self) -> int:
        """Return the number of repeated calls since the last call of this method."""
        retries = sum(client.retries for client in self._clients)
        for client in self._clients:
            client.retries = 0
        return retries

    def write(self, page: SortedPage, run: SyncRun, *, seen: bool = True) -> PageCounts:
        return write_page(calendar=self._calendar, page=page, run=run, seen=seen)

    def set_aside_refused(self, page: SortedPage) -> bool:
        return set_aside_refused(calendar=self._calendar, page=page)

    def finish_full(self, run: SyncRun) -> tuple[int, Decision]:
        """Events that the list names as deleted are gone; the guard concerns those it omits."""
        here = Event.objects.filter(calendar=self._calendar)
        seen = here.filter(seen_run=run.pk).count()
        known = here.exclude(pk__in=only_here(self._calendar)).count()
        decision = decide_deletions(self._state, seen=seen, known=known)
        if decision.is_held:
            return 0, decision
        return remove_ghosts(calendar=self._calendar, run=run), decision

    def _call_ahead(self, page_token: str, sync_token: str) -> None:
        """Fetch and sort the page in the thread, if the quota allows it now."""
        fetched = self._client.start_listing(
            self._thread, self._calendar.remote_id, page_token=page_token, sync_token=sync_token
        )
        if fetched is not None:
            is_sorted = self._thread.submit(_sort_fetched, fetched.result, self._calendar)
            self._ahead = _Ahead((page_token, sync_token), fetched, is_sorted)

    @cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="google-ahead")


def _sort_fetched(fetched: Future[Page[list[Raw]]], calendar: Calendar) -> SortedPage:
    """Runs in the fetching thread."""
    return sort_page(fetched.result().items, calendar)


def sort_page(items: Sequence[Raw], calendar: Calendar) -> SortedPage:
    """Sort a page into rows, deletions and malformed items, without the database."""
    page = SortedPage(fetched=len(items))
    for item in items:
        try:
            page.take(event_row(event_resource(item), calendar.time_zone))
        except Exception as error:  # noqa: BLE001 - whatever one item brings, the others go on
            whole = whole_item(item)
            page.malformed[str(whole.get("id") or "")[:1024]] = (whole, reason_of(error))
    prepare_page(page, calendar)
    return page


class PageWalk:
    """Walks the pages of one list and ensures that it ends: pages may be empty, but must not
    repeat."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._empty = 0

    def pass_by(self, page: Page[Any]) -> None:
        """Raises EndlessList."""
        token = page.next_page_token
        if not token:
            return
        self._empty = self._empty + 1 if page.is_empty else 0
        if token in self._asked or self._empty > MOST_EMPTY_PAGES:
            raise EndlessList
        self._asked.add(token)


def walk_pages(fetch: Callable[[str], Page[Items]]) -> Iterator[Page[Items]]:
    """Yield every page of a list; `fetch` takes a page token. Raises EndlessList."""
    walk = PageWalk()
    page_token = ""
    while True:
        page = fetch(page_token)
        walk.pass_by(page)
        yield page
        page_token = page.next_page_token
        if not page_token:
            return


def _month_around(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return first - WEEK, following + WEEK
