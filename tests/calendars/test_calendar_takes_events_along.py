"""No event without its calendar: not by an insert, and not by a deletion beside a sync."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.event_rows import EventRow
from calendars.models import Calendar, Event, Occurrence
from calendars.sync.writer import store_events

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20


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


def write(calendar: Calendar, begun: Signal, may_end: Signal) -> None:
    """A sync's transaction, which ends when it may."""
    try:
        with acting_as(user_id=calendar.owner_id):
            store_events(calendar=calendar, rows=[row("a"), row("b")])
            begun.set()
            assert may_end.wait(PATIENCE_SECONDS)
    finally:
        begun.set()
        connection.close()


def delete(calendar: Calendar, begun: Signal, may_end: Signal) -> None:
    try:
        with acting_as(user_id=calendar.owner_id):
            Calendar.objects.get(pk=calendar.pk).delete()
            begun.set()
            assert may_end.wait(PATIENCE_SECONDS)
    finally:
        begun.set()
        connection.close()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def wait_until(done: Future[None]) -> None:
    """The second has come to wait for the first, and does not end before it."""
    pause = Signal()
    for _ in range(PATIENCE_SECONDS * 50):
        if somebody_waits_for_a_lock():
            break
        pause.wait(0.02)
    assert not done.done()


def test_an_event_of_no_calendar_is_refused(alice: User, calendar: Calendar) -> None:
    calendar.pk = uuid4()
    with (
        pytest.raises(IntegrityError, match="names a calendar that is not there"),
        acting_as(user_id=alice.pk),
    ):
        store_events(calendar=calendar, rows=[row("a")])
    assert not Event.objects.exists()


def test_what_a_sync_writes_while_its_calendar_is_deleted_goes_with_it(calendar: Calendar) -> None:
    begun, may_end, at_once = Signal(), Signal(), Signal()
    at_once.set()
    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(write, calendar, begun, may_end)
        begun.wait(PATIENCE_SECONDS)
        deleting = threads.submit(delete, calendar, Signal(), at_once)
        wait_until(deleting)
        may_end.set()
        writing.result(PATIENCE_SECONDS)
        deleting.result(PATIENCE_SECONDS)

    assert not Calendar.objects.exists()
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_a_sync_that_comes_after_a_deletion_writes_nothing(calendar: Calendar) -> None:
    begun, may_end, at_once = Signal(), Signal(), Signal()
    at_once.set()
    with ThreadPoolExecutor(2) as threads:
        deleting = threads.submit(delete, calendar, begun, may_end)
        begun.wait(PATIENCE_SECONDS)
        writing = threads.submit(write, calendar, Signal(), at_once)
        wait_until(writing)
        may_end.set()
        deleting.result(PATIENCE_SECONDS)
        with pytest.raises(IntegrityError, match="names a calendar that is not there"):
            writing.result(PATIENCE_SECONDS)

    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()
