"""Fifty workers in several processes meet an expired access token: Google is asked once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import User
from calendars.google.credentials import _claim
from calendars.models import Connection, Credential
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.calendars.seekers import begin, outcomes, start_seekers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

PROCESSES, THREADS = 5, 10
# Of a session that is inside a transaction while it does nothing.
WAITING_IN_TRANSACTION = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""


def lapse() -> None:
    Credential.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1))


def open_transactions() -> int:
    with database.cursor() as cursor:
        cursor.execute(WAITING_IN_TRANSACTION)
        return int(cursor.fetchone()[0])


def is_asking() -> bool:
    return Credential.objects.filter(lease_until__gt=timezone.now()).exists()


def test_one_call_for_all(google: Control, alice: User, connect: Connect) -> None:
    connection = connect(alice)
    lapse()
    google.clear_requests()
    google.order_fault("slow_answer", "token.refresh", seconds=2.0)
    processes = [start_seekers(connection, threads=THREADS) for _ in range(PROCESSES)]

    for process in processes:
        begin(process)
    deadline = time.monotonic() + 30
    while not is_asking() and time.monotonic() < deadline:
        time.sleep(0.02)
    seen = []
    while is_asking() and time.monotonic() < deadline:
        seen.append(open_transactions())
        time.sleep(0.1)
    found = [outcome for process in processes for outcome in outcomes(process)]

    assert len(found) == PROCESSES * THREADS
    assert len(set(found)) == 1
    assert len(found[0]) == 64, f"a token's digest and not {found[0]}"
    assert google.counts() == {"token.refresh": 1}
    assert len(seen) >= 3
    assert min(seen) == 0, "a transaction stayed open while Google was asked"
    assert Credential.objects.get().version == 2


def test_a_failure_since_the_row_was_read_is_adopted_and_not_repeated(
    google: Control, alice: User, connect: Connect
) -> None:
    connect(alice)
    lapse()
    as_read = Credential.objects.get()
    Credential.objects.update(failed_at=timezone.now())

    assert _claim(as_read) is None
    assert _claim(Credential.objects.get()) is not None


def test_one_failure_for_all(google: Control, alice: User, connect: Connect) -> None:
    """Who waits adopts the failure too: nobody queues up to ask a Google that is away."""
    connection = connect(alice)
    lapse()
    google.clear_requests()
    google.order_fault("hang", "token.refresh", always=True, seconds=2.0)
    processes = [start_seekers(connection, threads=THREADS) for _ in range(2)]

    for process in processes:
        begin(process)
    found = [outcome for process in processes for outcome in outcomes(process)]

    assert set(found) == {"GoogleUnavailable"}
    assert google.counts() == {"token.refresh": 1}
    connection.refresh_from_db()
    assert connection.status == Connection.Status.ACTIVE
