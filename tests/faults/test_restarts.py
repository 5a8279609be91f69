"""A sync continues by itself after PostgreSQL, pgbouncer or the broker stops during it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import connection_summaries
from calendars.models import Connection, Event, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.faults.servers import OwnServer, OwnServers

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]
ADA = "ada@sandbox.example"
EVENTS = 6000
PAGES = 3
PATIENCE_SECONDS = 240  # includes the start of the programs on a busy machine
WAYS: dict[str, Callable[[OwnServer], None]] = {"stop": OwnServer.stop, "kill": OwnServer.kill}


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def restart(server: OwnServer, end: Callable[[OwnServer], None]) -> None:
    connection.close()
    end(server)
    time.sleep(2)  # long enough for a page to arrive that can't be stored
    server.start()


def pages() -> int:
    return sum(SyncRun.objects.filter(calendar__remote_id=ADA).values_list("pages", flat=True))


def is_through() -> bool:
    """Return whether the import has finished, with nothing left to do or send."""
    ended = SyncState.objects.exclude(sync_token="").filter(calendar__remote_id=ADA, run=None)
    return ended.exists() and not SyncState.objects.exclude(error_code="").exists()


def assert_equal(google: Control) -> None:
    ours = dict(Event.objects.filter(calendar__remote_id=ADA).values_list("remote_id", "etag"))
    theirs = {event["id"]: event["etag"] for event in google.truth(ADA)["events"]}
    assert ours == theirs


def look_again() -> None:
    """Make the next poll due now."""
    SyncState.objects.filter(calendar__remote_id=ADA).update(due_at=timezone.now())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["postgres", "pgbouncer", "valkey"])
def test_a_restart_in_the_middle_of_a_first_import(
    own: OwnServers,
    google: Control,
    alice: User,
    connect: Connect,
    programs: None,
    name: str,
    way: str,
) -> None:
    google.bulk(ADA, EVENTS)
    # The month's preview and the first page come at once, the second late.
    google.order_fault("delay", "events.list", first=3, seconds=3.0)
    connect(alice)
    eventually(lambda: pages() >= 2, "the import does not begin")

    restart(getattr(own, name), WAYS[way])

    eventually(is_through, "the import does not end")
    assert_equal(google)
    run = SyncRun.objects.get(calendar__remote_id=ADA, kind=SyncRun.Kind.FULL)
    assert (run.outcome, run.fetched) == (SyncRun.Outcome.COMPLETED, EVENTS)
    # Changes during a list that was continued require an increment after it.
    assert google.counts()["events.list"] <= 2 + 2 * PAGES
    (seen,) = connection_summaries(owner=alice)
    assert (seen.status, seen.error_code) == (Connection.Status.ACTIVE, "")
    assert seen.progress.state == "idle"

    google.bulk(ADA, 1)
    look_again()
    eventually(lambda: Event.objects.count() == EVENTS + 1, "nobody looks any more")


def test_a_crash_in_the_middle_of_a_page_leaves_nothing_of_it(
    own: OwnServers, google: Control, alice: User, connect: Connect, programs: None
) -> None:
    """The page is written, and its checkpoint waits for a row that this test has locked."""
    google.bulk(ADA, EVENTS)
    google.order_fault("delay", "events.list", first=3, seconds=3.0)
    connect(alice)
    eventually(lambda: pages() >= 2, "the import does not begin")
    connection.set_autocommit(False)
    SyncState.objects.select_for_update().get(calendar__remote_id=ADA)
    eventually(somebody_waits, "the page does not come to its end")

    own.postgres.kill()
    connection.close()
    own.postgres.start()

    assert Event.objects.exclude(seen_run=None).count() == 2500
    eventually(is_through, "the import does not end")
    assert_equal(google)
    run = SyncRun.objects.get(calendar__remote_id=ADA, kind=SyncRun.Kind.FULL)
    assert run.fetched == EVENTS


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])
