"""Rows of work: one worker at a time, late results are discarded, killed workers replaced."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.security_context import acting_as_system
from calendars.models import GrantRevocation
from config.backoff import Backoff
from config.database.due import lock_one

pytestmark = pytest.mark.django_db(transaction=True)
LEASE = timedelta(minutes=1)


def add(*, due_in: float = 0) -> GrantRevocation:
    due_at = timezone.now() + timedelta(seconds=due_in)
    return GrantRevocation.objects.create(
        connection_id=uuid4(), refresh_token=b"sealed", due_at=due_at
    )


def claim_next() -> GrantRevocation | None:
    with acting_as_system(reason="a test"):
        return GrantRevocation.objects.claim_next(lasting=LEASE)


def lapse() -> None:
    GrantRevocation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_the_row_that_is_due_longest_comes_first_and_none_comes_twice() -> None:
    second, first, _later = add(due_in=-1), add(due_in=-2), add(due_in=60)

    assert [claim_next(), claim_next(), claim_next()] == [first, second, None]


def test_workers_that_claim_at_once_get_different_rows() -> None:
    rows = {add(due_in=-1).pk for _ in range(20)}
    claimed: list[object] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while (row := claim_next()) is not None:
            claimed.append(row.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(claimed) == 20
    assert set(claimed) == rows


def test_one_of_many_workers_gets_the_lease_of_a_row() -> None:
    row = GrantRevocation.objects.filter(pk=add().pk)

    tokens = [row.claim(lasting=LEASE) for _ in range(3)]

    assert [token is not None for token in tokens] == [True, False, False]


def test_a_killed_worker_is_followed_and_counts_as_a_failed_attempt() -> None:
    add()
    killed = claim_next()
    assert killed is not None
    assert claim_next() is None
    lapse()

    follower = claim_next()

    assert follower == killed
    assert follower is not None
    follower.refresh_from_db()
    assert (follower.attempts, follower.lease_token != killed.lease_token) == (1, True)


def test_a_late_worker_writes_nothing() -> None:
    add()
    late = claim_next()
    assert late is not None
    lapse()
    holder = claim_next()
    assert holder is not None
    row = GrantRevocation.objects.filter(pk=late.pk)
    before = row.values().get()

    assert not row.keep(late.lease_token, lasting=LEASE, error_code="late")
    assert not row.put_off(late.lease_token, wait=timedelta(days=1), error_code="late")
    assert not row.release(late.lease_token, due_at=timezone.now())
    assert not row.keep(None, lasting=LEASE)

    assert row.values().get() == before


def test_what_is_put_off_says_why_and_is_due_again_when_its_wait_is_over() -> None:
    add()
    claimed = claim_next()
    assert claimed is not None
    row = GrantRevocation.objects.filter(pk=claimed.pk)

    assert row.put_off(
        claimed.lease_token, wait=timedelta(hours=1), error_code="away", error_message="x" * 999
    )

    assert claim_next() is None
    claimed.refresh_from_db()
    assert (claimed.attempts, claimed.error_code, claimed.lease_token) == (1, "away", None)
    assert claimed.error_message == "x" * 300
    row.update(due_at=timezone.now())
    again = claim_next()
    assert again is not None
    assert again.attempts == 1, "no lease lapsed"


def test_a_kept_lease_outlasts_its_first_term() -> None:
    add()
    claimed = claim_next()
    assert claimed is not None

    assert GrantRevocation.objects.keep(claimed.lease_token, lasting=timedelta(hours=1))

    claimed.refresh_from_db()
    assert claimed.lease_until is not None
    assert claimed.lease_until > timezone.now() + timedelta(minutes=59)


def test_a_row_that_another_transaction_has_locked_is_passed_over() -> None:
    row = add()
    found: list[GrantRevocation | None] = []

    def look() -> None:
        with transaction.atomic():
            found.append(lock_one(GrantRevocation.objects.all()))
        connection.close()

    with transaction.atomic():
        assert lock_one(GrantRevocation.objects.all()) == row
        other = threading.Thread(target=look)
        other.start()
        other.join()

    assert found == [None]


def test_waits_double_up_to_a_bound_and_work_is_given_up() -> None:
    backoff = Backoff(
        timedelta(seconds=1),
        timedelta(seconds=6),
        jitter=(0.5, 1.0),
        most_attempts=5,
        give_up_after=timedelta(days=1),
    )
    for failures, longest in ((0, 1), (1, 2), (2, 4), (3, 6), (1000, 6)):
        waits = [backoff.wait(failures).total_seconds() for _ in range(50)]
        assert longest / 2 <= min(waits) < max(waits) <= longest

    now = timezone.now()
    assert not backoff.is_spent(4, since=now)
    assert backoff.is_spent(5)
    assert backoff.is_spent(0, since=now - timedelta(days=2))
    assert not Backoff(timedelta(1), timedelta(1)).is_spent(10**6, since=now - timedelta(days=9999))
