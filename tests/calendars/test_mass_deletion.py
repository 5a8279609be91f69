"""A full list that is unexpectedly almost empty removes nothing without a second list or an
approval."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.models import Event, Occurrence, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA = "ada@sandbox.example"


@pytest.fixture
def filled(google: Control, alice: User, connect: Connect, run_due: RunDue) -> SyncState:
    """A calendar with 30 events that is about to be listed in full."""
    google.bulk(ADA, 30, recurring=0)
    connection = connect(alice)
    run_due()
    request_sync(owner=alice, connection_id=connection.pk, full=True)
    return SyncState.objects.get(calendar__remote_id=ADA)


def relist(state: SyncState, run_due: RunDue) -> SyncState:
    """Run the second list, which is due now."""
    past = timezone.now() - timedelta(seconds=1)
    SyncState.objects.filter(pk=state.pk).update(relist_at=past, due_at=past)
    run_due()
    state.refresh_from_db()
    return state


def run_of_events(state: SyncState) -> SyncRun:
    """The last run of the calendar's events: that of the calendar list is due at the same time."""
    return SyncRun.objects.filter(calendar=state.calendar).latest("started_at")


def test_a_list_that_was_empty_by_mistake_costs_nothing(
    google: Control, filled: SyncState, run_due: RunDue
) -> None:
    google.order_fault("short_list", "events.list", keep=0.0)
    run_due()

    filled.refresh_from_db()
    assert (filled.deletions, filled.held_count) == ("held", 30)
    assert filled.relist_at
    assert filled.due_at <= filled.relist_at
    assert (Event.objects.count(), Occurrence.objects.count()) == (30, 30)

    believed = relist(filled, run_due)
    assert (believed.deletions, believed.error_code, believed.relist_at) == ("applied", "", None)
    assert Event.objects.count() == 30


def test_a_few_left_are_believed_the_second_time(
    google: Control, filled: SyncState, run_due: RunDue
) -> None:
    google.order_fault("short_list", "events.list", keep=0.1, always=True)
    run_due()
    assert Event.objects.count() == 30

    assert relist(filled, run_due).deletions == "applied"
    assert Event.objects.count() == 3
    assert run_of_events(filled).deleted == 27


def test_deletions_that_the_list_names_are_believed_at_once(
    google: Control, filled: SyncState, run_due: RunDue
) -> None:
    for event in google.truth(ADA)["events"]:
        google.delete_event(ADA, event["id"])
    google.invalidate_sync_tokens(ADA)
    run_due()

    filled.refresh_from_db()
    assert run_of_events(filled).deleted == 30
    assert (filled.deletions, filled.error_code, filled.held_count) == ("applied", "", 0)
    assert not Event.objects.exists()


def test_an_empty_list_twice_asks_the_owner(
    google: Control, filled: SyncState, run_due: RunDue, alice: User, client: Client
) -> None:
    google.order_fault("short_list", "events.list", keep=0.0, always=True)
    run_due()
    assert relist(filled, run_due).deletions == "asked"
    assert Event.objects.count() == 30

    client.force_login(alice)
    page = client.get("/settings/calendars/").content.decode()
    assert "Remove what Google no longer lists" in page
    assert "Events missing from it: 30. They are kept until you confirm" in page
    answer = client.post(f"/settings/calendars/{filled.calendar_id}/deletions/")
    assert answer.status_code == 302
    run_due()

    filled.refresh_from_db()
    assert (filled.deletions, filled.error_code) == ("applied", "")
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_an_increment_meanwhile_leaves_the_question_standing(
    google: Control, filled: SyncState, run_due: RunDue
) -> None:
    google.order_fault("short_list", "events.list", keep=0.0)
    run_due()
    google.bulk(ADA, 1, recurring=0)
    SyncState.objects.update(due_at=timezone.now())
    run_due()

    filled.refresh_from_db()
    assert (filled.deletions, filled.error_code) == ("held", "deletions-held")
    assert run_of_events(filled).kind == "increment"


def test_nobody_else_may_apply(
    google: Control, filled: SyncState, run_due: RunDue, charlie: User, client: Client
) -> None:
    google.order_fault("short_list", "events.list", keep=0.0)
    run_due()
    client.force_login(charlie)
    client.post(f"/settings/calendars/{filled.calendar_id}/deletions/")
    filled.refresh_from_db()
    assert filled.deletions == "held"
