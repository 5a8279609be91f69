"""What Google answers badly is retried, waited for or told; nothing is half applied."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.google import transport
from calendars.models import Event, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA = "ada@sandbox.example"

TRANSIENT = [
    ("status", {}),
    ("status", {"status": 503}),
    ("html", {}),
    ("half_json", {}),
    ("drop", {}),
    ("drop_mid_body", {}),
    ("google_error", {"error": "rateLimitExceeded"}),
]


@pytest.mark.parametrize(("fault", "parameters"), TRANSIENT)
def test_a_passing_fault_is_retried_in_place(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    fault: str,
    parameters: dict[str, Any],
) -> None:
    google.bulk(ADA, 5, recurring=0)
    google.order_fault(fault, "events.list", **parameters)
    connect(alice)

    run_due()

    run = SyncRun.objects.get(calendar__remote_id=ADA)
    assert (run.outcome, run.retries) == (SyncRun.Outcome.COMPLETED, 1)
    assert Event.objects.count() == 5


def test_a_socket_that_hangs_is_left_and_the_page_is_asked_for_again(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    google.bulk(ADA, 5, recurring=0)
    google.order_fault("hang", "events.list", seconds=30.0)
    connect(alice)
    monkeypatch.setattr(transport, "READ_TIMEOUT_SECONDS", 1.0)
    transport._pool.cache_clear()

    run_due()

    transport._pool.cache_clear()
    run = SyncRun.objects.get(calendar__remote_id=ADA)
    assert (run.outcome, run.retries) == (SyncRun.Outcome.COMPLETED, 1)
    assert Event.objects.count() == 5


def test_a_lasting_fault_is_waited_for_from_the_page_it_came_to(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 3000, recurring=0)
    google.order_fault("status", "events.list", first=3, always=True)  # the month is the first
    connect(alice)

    run_due()

    state = SyncState.objects.get(calendar__remote_id=ADA)
    assert (state.error_code, state.parked) == ("google-unavailable", False)
    assert state.due_at > timezone.now()
    assert state.page_token
    assert Event.objects.exclude(seen_run=None).count() == 2500

    google.clear_faults()
    google.clear_requests()
    SyncState.objects.update(due_at=timezone.now())
    run_due()

    assert Event.objects.count() == 3000
    assert google.counts()["events.list"] == 2, "the last page, and what changed since the first"
    kinds = SyncRun.objects.filter(calendar__remote_id=ADA).order_by("started_at")
    assert list(kinds.values_list("kind", flat=True)) == ["full", "increment"]


def test_a_limit_of_the_day_parks_for_hours(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.order_fault("google_error", "events.list", error="quotaExceeded", always=True)
    connect(alice)

    run_due()

    state = SyncState.objects.get(calendar__remote_id=ADA)
    assert state.error_code == "usage-limit"
    assert (state.due_at - timezone.now()).total_seconds() > 3 * 3600 - 60
    assert google.counts()["events.list"] == 1


def test_an_empty_page_in_the_middle_is_not_the_end(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 5, recurring=0)
    google.order_fault("empty_page", "events.list", first=2)
    connect(alice)

    run_due()

    assert Event.objects.count() == 5
    assert SyncRun.objects.get(calendar__remote_id=ADA).pages == 3


def test_a_second_rebuild_order_in_a_rebuild_backs_off(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.order_fault("google_error", "events.list", error="fullSyncRequired", always=True)
    connect(alice)

    run_due()

    state = SyncState.objects.get(calendar__remote_id=ADA)
    assert (state.error_code, state.parked) == ("sync-token-expired", False)
    assert google.counts()["events.list"] == 1
