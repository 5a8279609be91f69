"""A calendar's events as a collection that is kept in step."""

from __future__ import annotations

from dataclasses import dataclass

from calendars.google.client import CalendarClient, Page
from calendars.models import Calendar, SyncRun
from calendars.sync.writer import PageCounts, remove_ghosts, write_page


@dataclass(frozen=True, slots=True)
class EventsCollection:
    calendar: Calendar

    def fetch(self, client: CalendarClient, *, page_token: str, sync_token: str) -> Page:
        return client.list_events(
            self.calendar.remote_id, page_token=page_token, sync_token=sync_token
        )

    def write(self, page: Page, run: SyncRun) -> PageCounts:
        return write_page(calendar=self.calendar, items=page.items, run_id=run.pk)

    def finish_full(self, run: SyncRun) -> int:
        return remove_ghosts(calendar=self.calendar, run_id=run.pk)
