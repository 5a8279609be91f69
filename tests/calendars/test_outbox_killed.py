"""Workers that are killed while they send a change: it arrives once, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from calendars.events.moving import move_event
from calendars.models import Calendar, Event, PendingChange
from calendars.sync import outbox
from calendars.sync.delivery import deliver
from sandbox.control import Control
from tests.calendars import children
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, LUNCH, SERIES, Writer
from tests.product import send_change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
TEAM = "team@group.calendar.sandbox.example"
KINDS = ("create", "update", "delete", "move")


@pytest.fixture
def her(
    google: Control, alice: User, connect: Connect, run_due: RunDue, quick_calls: None
) -> Writer:
    google.add_events(ADA, [LUNCH, SERIES])
    google.create_calendar("Team", calendar_id=TEAM, owner=ADA)
    made = connect(alice)
    run_due()
    return Writer(alice, made, google, run_due)


def before_the_call(event_id: UUID) -> None:
    claim = outbox._claim(event_id)
    assert claim is not None
    outbox._begin(claim)
    children.die()


def after_the_answer(event_id: UUID) -> None:
    claim = outbox._claim(event_id)
    assert claim is not None
    change = outbox._begin(claim)
    assert change is not None
    deliver(change, outbox._client(change))
    children.die()


def before_the_commit(event_id: UUID) -> None:
    def watch(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        answer = execute(statement, params, many, context)
        if str(statement).startswith('DELETE FROM "calendars_pendingchange"'):
            children.die()
        return answer

    with connection.execute_wrapper(watch):
        outbox.send_change(event_id)


def edit(her: Writer, kind: str) -> UUID:
    """Change something here; return the event whose change is to be sent."""
    if kind == "create":
        return her.create("Dentist").pk
    event = her.event()
    if kind == "update":
        her.change(summary="Brunch")
    elif kind == "delete":
        her.delete()
    else:
        team = Calendar.objects.get(remote_id=TEAM)
        moved = move_event(
            owner_id=her.owner.pk,
            event_id=event.pk,
            base=event.change_set,
            calendar_id=team.pk,
            author=her.author,
        )
        return moved.pk
    return event.pk


def let_leases_lapse() -> None:
    past = timezone.now() - timedelta(seconds=1)
    PendingChange.objects.exclude(lease_until=None).update(lease_until=past)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_each_point(her: Writer, google: Control, kind: str) -> None:
    """One after the other: each next worker begins where the former one was killed."""
    event_id = edit(her, kind)
    points: list[Callable[[UUID], None]] = [before_the_call, after_the_answer, before_the_commit]
    for point in points:
        assert children.join(children.start(partial(point), event_id)) == children.KILLED
        assert send_change(event_id) == 0, "the killed worker's lease still holds"
        let_leases_lapse()

    assert her.send() <= 5

    titles = [event["summary"] for place in (ADA, TEAM) for event in google.truth(place)["events"]]
    assert titles.count("Dentist") == (kind == "create")
    assert titles.count("Brunch") == (kind == "update")
    assert titles.count("Lunch") == (kind in ("create", "move"))
    assert Event.objects.filter(summary="Lunch").count() == (kind in ("create", "move"))
    her.assert_equal()


def test_a_sync_between_the_answer_and_the_next_worker(her: Writer) -> None:
    event_id = edit(her, "create")
    children.join(children.start(after_the_answer, event_id))
    let_leases_lapse()
    her.sync()
    her.send()
    assert Event.objects.filter(summary="Dentist").count() == 1
    her.assert_equal()


def send(event_id: UUID) -> bool:
    return outbox.send_change(event_id) == 1


def test_the_database_restarts_while_google_answers(her: Writer, google: Control) -> None:
    """All connections are cut. The answer is stored when the database is back."""
    event_id = edit(her, "update")
    google.order_fault("delay", "events.patch", seconds=1.5)
    worker = children.start(send, event_id)
    deadline = time.monotonic() + 30
    while not PendingChange.objects.exclude(lease_until=None).exclude(sent=[]).exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert children.join(worker) == 0

    assert her.theirs()["summary"] == "Brunch"
    her.assert_equal()
