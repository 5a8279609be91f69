"""No event without its calendar: not by an insert, and not by a deletion beside a sync."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, Occurrence
from calendars.sync.writer import store_events

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20
Step = Callable[[Calendar], None]


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return Calendar.objects.create(owner=alice, name="Own")


def row(remote_id: str) -> EventRow:
    now = timezone.now()
    return EventRow(
        remote_id=remote_id,
        start_at=now,
        end_at=now + timedelta(hours=1),
        all_day=False,
        time_zone="UTC",
        recurrence=[],
        organizer={},
        attendees=[],
        reminders={},
    )


def write(calendar: Calendar) -> None:
    store_events(calendar=calendar, rows=[row("a"), row("b")])


def delete(calendar: Calendar) -> None:
    Calendar.objects.get(pk=calendar.pk).delete()


def work(calendar: Calendar, step: Step, done: Signal, may_end: Signal) -> None:
    """A transaction of the owner's over a connection of its own, which ends when it may."""
    try:
        with acting_as(user_id=calendar.owner_id):
            step(calendar)
            done.set()
            assert may_end.wait(PATIENCE_SECONDS)
    finally:
        done.set()
        connection.close()


def one_beside_the_other(calendar: Calendar, first: Step, second: Step) -> Future[None]:
    """The second begins while the first is under way, and has to wait; gives how it ended."""
    done, may_end, at_once = Signal(), Signal(), Signal()
    at_once.set()
    with ThreadPoolExecutor(2) as threads:
        earlier = threads.submit(work, calendar, first, done, may_end)
        done.wait(PATIENCE_SECONDS)
        later = threads.submit(work, calendar, second, Signal(), at_once)
        wait_until_it_waits(later)
        may_end.set()
        earlier.result(PATIENCE_SECONDS)
    return later


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def wait_until_it_waits(later: Future[None]) -> None:
    pause = Signal()
    for _ in range(PATIENCE_SECONDS * 50):
        if somebody_waits_for_a_lock():
            break
        pause.wait(0.02)
    assert not later.done()


def test_an_event_of_no_calendar_is_refused(alice: User, calendar: Calendar) -> None:
    calendar.pk = uuid4()
    with (
        pytest.raises(IntegrityError, match="names a calendar that is not there"),
        acting_as(user_id=alice.pk),
    ):
        store_events(calendar=calendar, rows=[row("a")])
    assert not Event.objects.exists()


def test_what_a_sync_writes_while_its_calendar_is_deleted_goes_with_it(calendar: Calendar) -> None:
    one_beside_the_other(calendar, write, delete).result()

    assert not Calendar.objects.exists()
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_a_sync_that_comes_after_a_deletion_writes_nothing(calendar: Calendar) -> None:
    writing = one_beside_the_other(calendar, delete, write)

    with pytest.raises(IntegrityError, match="names a calendar that is not there"):
        writing.result()
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()
