"""gcal_sync, an independent calendar client, unchanged except for the URL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import aiohttp
from gcal_sync.api import GoogleCalendarService, LocalListEventsRequest
from gcal_sync.auth import AbstractAuth
from gcal_sync.sync import CalendarEventSyncManager, CalendarListSyncManager

from sandbox.control import Control
from tests.loops import run_async
from tests.sandbox.client import ALICE, lunch

MARCH = LocalListEventsRequest(
    start_time=datetime(2026, 3, 1, tzinfo=UTC), end_time=datetime(2026, 4, 1, tzinfo=UTC)
)


class Auth(AbstractAuth):
    """Gives the library an existing token."""

    def __init__(self, session: aiohttp.ClientSession, control: Control) -> None:
        super().__init__(session, f"{control.url}/calendar/v3")
        self._token = control.grant(ALICE)["access_token"]

    async def async_get_access_token(self) -> str:
        return str(self._token)


def run(control: Control, work: Callable[[GoogleCalendarService], Awaitable[None]]) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            await work(GoogleCalendarService(Auth(session, control)))

    run_async(main())


async def shown(manager: CalendarEventSyncManager) -> list[str]:
    await manager.run()
    found = await manager.store_service.async_list_events(MARCH)
    return [event.summary for event in found.events]


def test_it_lists_calendars(control: Control) -> None:
    control.create_calendar("Family", owner=ALICE)

    async def work(api: GoogleCalendarService) -> None:
        manager = CalendarListSyncManager(api)
        await manager.run()
        control.create_calendar("Garden", owner=ALICE)
        await manager.run()
        found = await manager.store_service.async_list_calendars()
        assert [calendar.summary for calendar in found.calendars] == ["Alice", "Family", "Garden"]

    run(control, work)


def test_it_syncs_events_by_increments(control: Control) -> None:
    control.bulk(ALICE, 1200)

    async def work(api: GoogleCalendarService) -> None:
        manager = CalendarEventSyncManager(api, ALICE)
        await manager.run()
        event = control.add_event(ALICE, lunch("Seen by gcal_sync"))
        assert "Seen by gcal_sync" in await shown(manager)
        control.delete_event(ALICE, event["id"])
        assert "Seen by gcal_sync" not in await shown(manager)

    run(control, work)
    lists = control.requests("events.list")
    assert [dict(entry["query"]).get("syncToken") is not None for entry in lists] == [
        False, False, True, True]  # fmt: skip


def test_it_starts_a_full_sync_when_its_token_has_expired(control: Control) -> None:
    control.add_event(ALICE, {**lunch("Daily"), "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]})

    async def work(api: GoogleCalendarService) -> None:
        manager = CalendarEventSyncManager(api, ALICE)
        assert await shown(manager) == ["Daily"] * 3
        control.invalidate_sync_tokens(ALICE)
        assert await shown(manager) == ["Daily"] * 3

    run(control, work)
    statuses = [entry["status"] for entry in control.requests("events.list")]
    assert statuses == [200, 410, 200]
