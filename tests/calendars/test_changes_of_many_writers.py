"""Eight writers at once, and a reader that follows the cursor: each change seen, none twice.

CHANGES=10000 makes as many changes; the usual suite makes fewer.
"""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event as Signal
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.changes import Cursor, changes_since
from calendars.events.writing import store_events
from calendars.models import Calendar, Event, event_id_for
from tests.calendars.test_change_sequence import row

WRITERS = 8
CHANGES = int(os.environ.get("CHANGES", "600"))
MOST_PER_TRANSACTION = 4
OPEN_SECONDS = 0.004  # how long a transaction stays open at most, so that commits interleave
Version = tuple[UUID, str]  # "": deleted


class Writer:
    """Creates, changes and deletes events of its own, in transactions of one calendar each."""

    def __init__(self, number: int, calendars: list[Calendar], changes: int) -> None:
        self.random = random.Random(number)
        self.number = number
        self.calendars = calendars
        self.left = changes
        self.last: dict[UUID, str] = {}
        self.known: list[tuple[Calendar, str]] = []
        self.made = 0

    def run(self) -> dict[UUID, str]:
        try:
            while self.left > 0:
                with acting_as(user_id=self.calendars[0].owner_id):
                    self.change_some()
                    time.sleep(self.random.uniform(0, OPEN_SECONDS))
        finally:
            connection.close()
        return self.last

    def change_some(self) -> None:
        calendar = self.random.choice(self.calendars)
        mine = [remote_id for home, remote_id in self.known if home == calendar]
        size = min(self.left, self.random.randint(1, MOST_PER_TRANSACTION))
        chosen = self.random.sample(mine, min(len(mine), size // 2))
        if chosen and self.random.random() < 0.2:
            self.delete(calendar, chosen)
        else:
            self.store(calendar, chosen + [self.new(calendar) for _ in range(size - len(chosen))])

    def new(self, calendar: Calendar) -> str:
        self.made += 1
        remote_id = f"{self.number}of{self.made}"
        self.known.append((calendar, remote_id))
        return remote_id

    def store(self, calendar: Calendar, remote_ids: list[str]) -> None:
        rows = [row(remote_id, f"version {self.left}") for remote_id in remote_ids]
        store_events(calendar=calendar, rows=rows)
        self.note(calendar, remote_ids, f"version {self.left}")

    def delete(self, calendar: Calendar, remote_ids: list[str]) -> None:
        Event.objects.filter(calendar=calendar, remote_id__in=remote_ids).delete()
        self.known = [place for place in self.known if place[1] not in remote_ids]
        self.note(calendar, remote_ids, "")

    def note(self, calendar: Calendar, remote_ids: list[str], version: str) -> None:
        for remote_id in remote_ids:
            self.last[event_id_for(calendar.pk, remote_id)] = version
        self.left -= len(remote_ids)


def follow(owner_id: int, written: Signal) -> list[Version]:
    """What a client is told until the writers have ended and nothing is left."""
    told: list[Version] = []
    cursor: Cursor | None = None
    try:
        while True:
            is_last_round = written.is_set()
            with acting_as(user_id=owner_id):
                page = changes_since(owner_id=owner_id, cursor=cursor, limit=7)
            cursor = page.cursor
            told += [
                (change.id, change.row.summary if isinstance(change.row, Event) else "")
                for change in page.changes
            ]
            if is_last_round and not page.more:
                return told
    finally:
        connection.close()


def by_event(told: list[Version]) -> list[Version]:
    """The versions of each event in the order in which they were told."""
    return sorted(told, key=lambda version: version[0])


@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_each_change_is_seen_and_none_after_its_last_version(alice: User) -> None:
    calendars = [Calendar.objects.create(owner=alice, name=name) for name in ("One", "Two", "Six")]
    writers = [Writer(number, calendars, CHANGES // WRITERS) for number in range(WRITERS)]
    written = Signal()
    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reader = threads.submit(follow, alice.pk, written)
        last: dict[UUID, str] = {}
        try:
            for writing in [threads.submit(writer.run) for writer in writers]:
                last |= writing.result()
        finally:
            written.set()
        told = [version for version in reader.result() if version[0] in last]

    assert dict(told) == last
    assert not [version for version, following in pairwise(by_event(told)) if version == following]
    kept = {event_id: version for event_id, version in last.items() if version}
    assert dict(Event.objects.values_list("pk", "summary")) == kept
