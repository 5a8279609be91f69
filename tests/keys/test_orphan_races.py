"""Writing a row while its parent is deleted leaves no orphan, in either order."""

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
from calendars.events.expansion import derive_occurrences
from calendars.events.rows import EventRow
from calendars.events.writing import store_events
from calendars.models import Calendar, Event, Occurrence, event_id_for
from tests.keys.catalogue import orphans

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20
Step = Callable[[Calendar], None]


@pytest.fixture
def calendar(alice: User) -> Calendar:
    calendar = Calendar.objects.create(owner=alice, name="Own")
    with acting_as(user_id=alice.pk):
        store_events(calendar=calendar, rows=[row("there", recurrence=["RRULE:FREQ=DAILY"])])
    return calendar


def row(remote_id: str, recurrence: list[str] | None = None) -> EventRow:
    now = timezone.now()
    return EventRow(
        remote_id=remote_id,
        start_at=now,
        end_at=now + timedelta(hours=1),
        all_day=False,
        time_zone="UTC",
        recurrence=recurrence or [],
        organizer={},
        attendees=[],
        reminders={},
    )


def write_events(calendar: Calendar) -> None:
    store_events(calendar=calendar, rows=[row("a"), row("b")])


def delete_calendar(calendar: Calendar) -> None:
    Calendar.objects.get(pk=calendar.pk).delete()


def write_occurrence(calendar: Calendar) -> None:
    """Write without any lock, as the worst writer would."""
    now = timezone.now()
    Occurrence.objects.create(
        event_id=event_id_for(calendar.pk, "there"),
        owner_id=calendar.owner_id,
        calendar_id=calendar.pk,
        original_start_at=now,
        start_at=now,
        end_at=now,
        all_day=False,
        long=False,
    )


def derive(calendar: Calendar) -> None:
    derive_occurrences(calendar=calendar, remote_ids=["there"])


def delete_event(calendar: Calendar) -> None:
    Event.objects.filter(calendar=calendar, remote_id="there").delete()


def work(calendar: Calendar, step: Step, done: Signal, may_end: Signal) -> None:
    """Run a transaction of the owner on its own connection, which ends when it may."""
    try:
        with acting_as(user_id=calendar.owner_id):
            step(calendar)
            done.set()
            assert may_end.wait(PATIENCE_SECONDS)
    finally:
        done.set()
        connection.close()


def one_beside_the_other(calendar: Calendar, first: Step, second: Step) -> Future[None]:
    """Start the second during the first, which it has to wait for; return how it ended."""
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


def a_lock_is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def wait_until_it_waits(later: Future[None]) -> None:
    pause = Signal()
    for _ in range(PATIENCE_SECONDS * 50):
        if a_lock_is_waited_for():
            break
        pause.wait(0.02)
    assert not later.done()


def test_an_event_of_no_calendar_is_refused(alice: User, calendar: Calendar) -> None:
    calendar.pk = uuid4()
    with (
        pytest.raises(IntegrityError, match="names a row of calendars_calendar that is not there"),
        acting_as(user_id=alice.pk),
    ):
        store_events(calendar=calendar, rows=[row("a")])
    assert Event.objects.count() == 1


def test_events_written_while_their_calendar_is_deleted_go_with_it(calendar: Calendar) -> None:
    one_beside_the_other(calendar, write_events, delete_calendar).result()

    assert not Calendar.objects.exists()
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_events_written_after_their_calendar_is_deleted_are_refused(calendar: Calendar) -> None:
    writing = one_beside_the_other(calendar, delete_calendar, write_events)

    with pytest.raises(IntegrityError, match="names a row of calendars_calendar that is not there"):
        writing.result()
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


@pytest.mark.parametrize("write", [write_occurrence, derive])
def test_occurrences_written_while_their_event_is_deleted_go_with_it(
    calendar: Calendar, write: Step
) -> None:
    one_beside_the_other(calendar, write, delete_event).result()

    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_occurrences_written_after_their_event_is_deleted_are_refused(calendar: Calendar) -> None:
    writing = one_beside_the_other(calendar, delete_event, write_occurrence)

    with pytest.raises(IntegrityError, match="names a row of calendars_event that is not there"):
        writing.result()
    assert not Occurrence.objects.exists()


def test_occurrences_of_a_deleted_event_are_not_derived(calendar: Calendar) -> None:
    """The derivation read the event before, and writes after, its deletion."""
    one_beside_the_other(calendar, delete_event, derive).exception()

    assert not Occurrence.objects.exists()
    assert orphans() == {}
