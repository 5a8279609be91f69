"""Disconnecting, and deleting an account, during a sync: both succeed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Connection, Event, SyncState
from sandbox.control import Control
from tests.calendars import children
from tests.calendars.conftest import Connect
from tests.factories import bearer, make_session
from tests.product import sync_collection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
PEOPLE = ("ada", "kenji", "zoe")
PAGE = 20
SECONDS = 30


def address(name: str) -> str:
    return f"{name}@sandbox.example"


def keep_syncing(owner_id: int) -> bool:
    """Run full lists with small pages until the connection is disconnected or deleted."""
    children.with_short_pages(PAGE)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with acting_as(user_id=owner_id):
            if not Connection.objects.filter(status=Connection.Status.ACTIVE).exists():
                return True
        for state_id in make_due(owner_id):
            sync_collection(state_id)
    return False


def make_due(owner_id: int) -> list[int]:
    with acting_as(user_id=owner_id):
        ids = list(SyncState.objects.order_by("pk").values_list("pk", flat=True))
    for state_id in ids:
        with acting_as(user_id=owner_id):
            SyncState.objects.filter(pk=state_id).update(
                due_at=timezone.now(), full_wanted=True, parked=False
            )
    return ids


def deadlocks() -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def end(path: str, phone: Client, email: str) -> int:
    """Deleting an account requires its address as confirmation; a connection takes no body."""
    body = {"confirm": email} if path.endswith("account") else {}
    try:
        return phone.delete(path, body, "application/json").status_code
    finally:
        connections.close_all()


@pytest.mark.parametrize("how", ["keep", "drop", "account"])
def test_three_at_once_come_through(
    google: Control, alice: User, bob: User, charlie: User, connect: Connect, how: str
) -> None:
    google.create_account(address("kenji"))
    google.create_account(address("zoe"))
    before = deadlocks()
    people = dict(zip(PEOPLE, (alice, bob, charlie), strict=True))
    paths, phones = [], []
    for name, owner in people.items():
        google.bulk(address(name), 10 * PAGE)
        made = connect(owner, address(name))
        sync_collection(made.sync_states.get().pk)
        path = f"/api/v1/connections/{made.pk}?keep_data={'true' if how == 'keep' else 'false'}"
        paths.append("/api/v1/account" if how == "account" else path)
        phones.append(Client(headers=bearer(make_session(owner))))
    workers = [children.start(keep_syncing, owner.pk) for owner in people.values() for _ in "ab"]
    deadline = time.monotonic() + SECONDS
    while Event.objects.values("owner").distinct().count() < 3:
        assert time.monotonic() < deadline, "nobody syncs"
        time.sleep(0.05)

    with ThreadPoolExecutor(len(paths)) as threads:
        answers = list(threads.map(end, paths, phones, [owner.email for owner in people.values()]))

    assert answers == [204, 204, 204]
    assert [children.join(worker) for worker in workers] == [0] * len(workers)
    if how == "keep":
        assert not SyncState.objects.exclude(lease_token=None).exists()
        assert Event.objects.exists()
    else:
        assert not Connection.objects.exists()
        assert not Calendar.objects.exists()
        assert not Event.objects.exists()
    time.sleep(1)  # the statistics are delayed
    assert deadlocks() == before
