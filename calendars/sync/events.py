"""A calendar's events as a collection that is kept in step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from msgspec import Raw

from calendars.google.client import CalendarClient, Page
from calendars.models import Calendar, Event, SyncRun, SyncState
from calendars.sync.page_walk import PageWalk
from calendars.sync.settling import Verdict, judge
from calendars.sync.sorting import SortedPage, sort_page
from calendars.sync.writer import PageCounts, remove_ghosts, set_aside_refused, write_page

WEEK = timedelta(weeks=1)  # the month's page shows the weeks around it, and zones differ
_Page = Page[SortedPage]


@dataclass(frozen=True, slots=True)
class EventsCollection:
    calendar: Calendar
    state: SyncState

    def fetch(self, client: CalendarClient, *, page_token: str, sync_token: str) -> _Page:
        return client.list_events(
            self.calendar.remote_id,
            page_token=page_token,
            sync_token=sync_token,
            read=self._read,
        )

    def call_ahead(self, client: CalendarClient) -> None:
        client.call_ahead_for_events(self.calendar.remote_id, read=self._read)

    def first_look(self, client: CalendarClient) -> Iterator[_Page]:
        """The current month, and the weeks around it."""
        start_at, end_at = _month_around(timezone.now(), ZoneInfo(self.calendar.time_zone))
        page_token = ""
        walk = PageWalk()
        while True:
            page = client.list_events_between(
                self.calendar.remote_id,
                start_at=start_at,
                end_at=end_at,
                page_token=page_token,
                read=self._read,
            )
            walk.pass_by(page)
            yield page
            page_token = page.next_page_token
            if not page_token:
                return

    def write(self, page: _Page, run: SyncRun, *, seen: bool = True) -> PageCounts:
        return write_page(calendar=self.calendar, page=page.items, run=run, seen=seen)

    def set_aside_refused(self, page: _Page) -> bool:
        return set_aside_refused(calendar=self.calendar, page=page.items)

    def finish_full(self, run: SyncRun) -> tuple[int, Verdict]:
        """What the list called deleted is gone by now: the guard is about what it left out."""
        here = Event.objects.filter(calendar=self.calendar)
        seen, known = here.filter(seen_run=run.pk).count(), here.count()
        verdict = judge(self.state, seen=seen, known=known)
        if verdict.is_held:
            return 0, verdict
        return remove_ghosts(calendar=self.calendar, run=run), verdict

    def _read(self, items: list[Raw]) -> SortedPage:
        return sort_page(items, self.calendar)


def _month_around(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return first - WEEK, following + WEEK
