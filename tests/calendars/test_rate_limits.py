"""Google's limits: a minute's is waited out with jitter, a day's parks one account for hours."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import connection_summaries
from calendars.google import client, quota
from calendars.models import Event, SyncState
from config.backoff import GOOGLE_CALL
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA, KENJI = "ada@sandbox.example", "kenji@sandbox.example"


def state_of(email: str) -> SyncState:
    return SyncState.objects.get(calendar__remote_id=email)


@pytest.fixture
def two_accounts(google: Control, alice: User, bob: User, connect: Connect) -> None:
    google.create_account(KENJI)
    for email in (ADA, KENJI):
        google.bulk(email, 5, recurring=0)
    connect(alice)
    connect(bob, KENJI)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited in place, without the wait itself."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def test_five_refusals_are_waited_out_and_others_go_on(
    google: Control, two_accounts: None, run_due: RunDue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "FIRST_PAUSE_SECONDS", 0.05)
    quick = replace(GOOGLE_CALL, first=timedelta(seconds=0.05))
    monkeypatch.setattr(client, "GOOGLE_CALL", quick)
    google.order_fault(
        "google_error", "events.list", last=5, account=ADA, error="rateLimitExceeded"
    )

    run_due()
    assert state_of(KENJI).error_code == ""
    assert Event.objects.filter(calendar__remote_id=KENJI).count() == 5
    assert state_of(ADA).error_code == "rate-limited"
    assert state_of(ADA).due_at > timezone.now()

    SyncState.objects.update(due_at=timezone.now())
    run_due()

    assert state_of(ADA).error_code == ""
    assert Event.objects.filter(calendar__remote_id=ADA).count() == 5


def test_an_account_that_is_refused_is_paused_longer_each_time(
    google: Control, two_accounts: None, run_due: RunDue, pauses: list[float]
) -> None:
    """Google does not say for how long: no worker asks it again at once, nor in step."""
    google.order_fault(
        "google_error", "events.list", always=True, account=ADA, error="userRateLimitExceeded"
    )
    google.clear_requests()

    run_due()
    for _ in range(20):
        SyncState.objects.update(due_at=timezone.now())
        run_due()

    asked = [one for one in google.requests("events.list") if one["account"] == ADA]
    assert len(asked) <= 6
    assert state_of(ADA).error_code == "rate-limited"
    assert state_of(KENJI).error_code == ""
    assert len(set(pauses)) == len(pauses), "jitter"


def test_what_is_refused_during_a_pause_does_not_lengthen_it(google: Control) -> None:
    caller = quota.Caller("ada", quota.Priority.INCREMENT)

    first = quota.hold_back(caller, None)

    assert quota.hold_back(caller, None) <= first
    assert quota.hold_back(caller, 30.0) == 30.0
    assert 29 < quota.hold_back(caller, None) <= 30


def test_a_short_retry_after_is_honoured_in_place(
    google: Control, two_accounts: None, run_due: RunDue, pauses: list[float]
) -> None:
    headers = {"Retry-After": "3"}
    google.order_fault(
        "google_error", "events.list", account=ADA, error="tooManyRequests", headers=headers
    )

    run_due()

    assert 3 <= max(pauses) <= 3 + GOOGLE_CALL.first.total_seconds()
    assert Event.objects.count() == 10


def test_a_long_retry_after_waits_in_the_row(
    google: Control, two_accounts: None, run_due: RunDue, pauses: list[float]
) -> None:
    headers = {"Retry-After": "120"}
    google.order_fault(
        "google_error", "events.list", account=ADA, error="tooManyRequests", headers=headers
    )

    run_due()

    assert pauses == []
    assert (state_of(ADA).due_at - timezone.now()).total_seconds() > 100
    assert state_of(KENJI).error_code == ""


@pytest.mark.parametrize("error", ["quotaExceeded", "dailyLimitExceeded"])
def test_a_limit_of_the_day_is_shown_and_parked_for_hours(
    google: Control, two_accounts: None, alice: User, run_due: RunDue, error: str
) -> None:
    google.order_fault("google_error", "events.list", always=True, account=ADA, error=error)
    google.clear_requests()

    run_due()

    assert state_of(ADA).error_code == "usage-limit"
    assert (state_of(ADA).due_at - timezone.now()).total_seconds() > 2.5 * 3600
    assert "a few hours" in connection_summaries(owner=alice)[0].error_message
    asked = [one for one in google.requests("events.list") if one["account"] == ADA]
    assert len(asked) == 1
    assert state_of(KENJI).error_code == ""
