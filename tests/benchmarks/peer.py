"""`python -m tests.benchmarks.peer TOKEN CALENDAR`: gcal_sync's first sync, into memory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

import aiohttp
from gcal_sync.api import GoogleCalendarService
from gcal_sync.auth import AbstractAuth
from gcal_sync.sync import CalendarEventSyncManager


class _Auth(AbstractAuth):
    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        super().__init__(session, f"{os.environ['GOOGLE_API_ROOT']}/calendar/v3")
        self._token = token

    async def async_get_access_token(self) -> str:
        return self._token


async def sync(token: str, calendar: str) -> None:
    async with aiohttp.ClientSession() as session:
        await CalendarEventSyncManager(GoogleCalendarService(_Auth(session, token)), calendar).run()


if __name__ == "__main__":
    begun = time.perf_counter()
    asyncio.run(sync(*sys.argv[1:]))
    print(json.dumps({"seconds": time.perf_counter() - begun}))
