"""A worker is killed after Google answered and before the commit: the next one refreshes."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.models import Connection, Credential
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.calendars.seekers import begin, outcomes, start_seekers
from tests.product import obtain_access_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


def test_the_lease_lapses_and_the_next_worker_refreshes(
    google: Control, alice: User, connect: Connect
) -> None:
    connection = connect(alice)
    Credential.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1))
    google.clear_requests()
    google.order_fault("slow_answer", "token.refresh", seconds=3.0)
    victim = start_seekers(connection)
    begin(victim)
    wait_for_lease()

    victim.kill()
    assert outcomes(victim) == []

    left = Credential.objects.get()
    assert (left.version, left.lease_token is not None) == (1, True)
    Credential.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert obtain_access_token(connection).version == 2
    assert calls(google) == 2, "the victim's and the next worker's"
    connection.refresh_from_db()
    assert (connection.status, connection.error_code) == (Connection.Status.ACTIVE, "")
    assert Credential.objects.get().lease_token is None


def calls(google: Control) -> int:
    """How often Google refreshed, once the answer that nobody reads any more is over too."""
    deadline = time.monotonic() + 30
    while google.counts().get("token.refresh", 0) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    return google.counts()["token.refresh"]


def wait_for_lease() -> None:
    deadline = time.monotonic() + 30
    while not Credential.objects.filter(lease_until__gt=timezone.now()).exists():
        assert time.monotonic() < deadline, "nobody refreshes"
        time.sleep(0.02)
    time.sleep(0.5)  # Google has done the work, and its answer is on the way
