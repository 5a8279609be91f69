"""A worker keeps its calendar while it lives, however long a page takes, and no longer."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.models import Event, SyncRun, SyncState
from calendars.sync import due
from sandbox.control import Control
from tests.calendars import children
from tests.calendars.conftest import Connect, RunDue
from tests.product import sync_collection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
ADA = "ada@sandbox.example"
SHORT = timedelta(seconds=2)
PATIENCE_SECONDS = 40


@pytest.fixture
def state(google: Control, alice: User, connect: Connect) -> SyncState:
    """A calendar with ten events that nobody has fetched yet."""
    google.bulk(ADA, 10, recurring=0)
    connection = connect(alice)
    assert sync_collection(connection.sync_states.get().pk)
    return SyncState.objects.get(calendar__remote_id=ADA)


def pull(state_id: int) -> bool:
    """Only in a child: its leases are short, and it renews them often."""
    due.LEASE, due.HEARTBEAT_SECONDS = SHORT, 0.2
    return sync_collection(state_id) is not None


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.05)


def renewed_until(state: SyncState) -> timedelta:
    """How far beyond the beginning of the run its lease reaches by now."""
    state.refresh_from_db()
    run = SyncRun.objects.get(calendar__remote_id=ADA)
    return state.lease_until - run.started_at if state.lease_until else timedelta()


def test_a_page_that_takes_longer_than_a_lease_keeps_it(google: Control, state: SyncState) -> None:
    google.order_fault("delay", "events.list", seconds=6.0)
    worker = children.start(pull, state.pk)
    eventually(SyncRun.objects.filter(calendar__remote_id=ADA).exists)

    eventually(lambda: renewed_until(state) > 2 * SHORT)
    assert sync_collection(state.pk) is None, "another worker leaves"

    assert children.join(worker) == 0
    assert Event.objects.count() == 10
    assert SyncRun.objects.get(calendar__remote_id=ADA).fetched == 10


def test_who_lost_the_lease_writes_nothing(
    google: Control, state: SyncState, run_due: RunDue
) -> None:
    """A worker is frozen with an answer on its way, and wakes up when another has gone on."""
    gone = google.truth(ADA)["events"][0]["id"]
    google.order_fault("slow_answer", "events.list", seconds=3.0)
    worker = children.start(pull, state.pk)
    assert worker.pid is not None
    # The first page has been made and waits; it still tells of the event that goes now.
    eventually(lambda: bool(google.faults()[0]["hits"]))
    os.kill(worker.pid, signal.SIGSTOP)
    google.delete_event(ADA, gone)
    eventually(lambda: SyncState.objects.due(timezone.now()).filter(pk=state.pk).exists())

    run_due()
    os.kill(worker.pid, signal.SIGCONT)

    assert children.join(worker) == 0
    assert Event.objects.count() == 9
    assert not Event.objects.filter(remote_id=gone).exists()
    run = SyncRun.objects.get(calendar__remote_id=ADA)
    assert (run.outcome, run.pages) == (SyncRun.Outcome.COMPLETED, 2)
    state.refresh_from_db()
    assert (state.lease_token, state.error_code) == (None, "")


def test_who_was_parked_meanwhile_stays_parked(google: Control, state: SyncState) -> None:
    """An administrator parks a calendar whose run then meets a fault that passes."""
    google.order_fault("delay", "events.list", seconds=1.0)
    google.order_fault("google_error", "events.list", error="quotaExceeded", always=True)
    worker = children.start(pull, state.pk)
    eventually(SyncRun.objects.filter(calendar__remote_id=ADA).exists)
    SyncState.objects.filter(pk=state.pk).update(parked=True)

    assert children.join(worker) == 0
    state.refresh_from_db()
    assert (state.parked, state.error_code) == (True, "usage-limit")
