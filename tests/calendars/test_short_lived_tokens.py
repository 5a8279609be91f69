"""A token that lives shortly is used while it lives; a dead refresher holds no worker."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.google import credentials
from calendars.google.errors import RefreshUnderWay
from calendars.models import Credential, Event, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import ADA
from tests.product import obtain_access_token


@pytest.mark.parametrize("seconds", [5, 60])
def test_a_short_life_is_refreshed_once_in_it(
    google: Control, alice: User, connect: Connect, run_due: RunDue, seconds: float
) -> None:
    connection = connect(alice)
    google.set_token_life(seconds)
    Credential.objects.update(access_expires_at=timezone.now())
    google.clear_requests()

    first = obtain_access_token(connection)
    for _ in range(20):
        assert obtain_access_token(connection) == first

    assert google.counts() == {"token.refresh": 1}


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_token_that_is_said_to_be_dead_is_tried(
    google: Control, alice: User, connect: Connect, seconds: float
) -> None:
    connection = connect(alice)
    google.set_token_life(seconds)
    Credential.objects.update(access_expires_at=timezone.now())
    google.clear_requests()

    for _ in range(20):
        obtain_access_token(connection)

    assert google.counts() == {"token.refresh": 1}


def test_a_sync_of_slow_pages_outlives_its_tokens(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 30, recurring=0)
    google.set_token_life(1)
    connect(alice)
    google.order_fault("slow_answer", "events.list", always=True, seconds=1.1)

    run_due()

    assert Event.objects.count() == 30
    assert not SyncState.objects.exclude(error_code="").exists()


def test_who_finds_a_dead_refreshers_lease_is_put_off_and_waits_no_longer(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(credentials, "WAIT_FOR_WINNER_SECONDS", 0.2)
    connection = connect(alice)
    now = timezone.now()
    Credential.objects.update(
        access_expires_at=now, lease_token=uuid.uuid4(), lease_until=now + timedelta(seconds=90)
    )
    begun = time.monotonic()
    with pytest.raises(RefreshUnderWay):
        obtain_access_token(connection)
    run_due()

    assert time.monotonic() - begun < 10
    state = SyncState.objects.get()
    assert (state.error_code, state.parked) == ("refresh-under-way", False)
    assert timedelta(0) < state.due_at - timezone.now() < timedelta(seconds=10)

    Credential.objects.update(lease_until=timezone.now())
    SyncState.objects.update(due_at=timezone.now())
    run_due()
    assert not SyncState.objects.exclude(error_code="").exists()


def test_no_worker_waits_long_by_default() -> None:
    assert credentials.WAIT_FOR_WINNER_SECONDS <= 3
