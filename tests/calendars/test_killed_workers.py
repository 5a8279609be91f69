"""Workers that are killed, cut off or doubled: nothing is lost, doubled or left half done."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from calendars.models import Event, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars import children
from tests.calendars.conftest import Connect, RunDue
from tests.product import sync_collection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
ADA = "ada@sandbox.example"
PAGES = 20
PAGE = 15


@pytest.fixture
def state(google: Control, alice: User, connect: Connect) -> SyncState:
    """A calendar of 20 pages that nobody has fetched yet."""
    google.bulk(ADA, PAGES * PAGE, recurring=0.05)
    connection = connect(alice)
    assert sync_collection(connection.sync_states.get().pk)
    return SyncState.objects.get(calendar__remote_id=ADA)


def let_lease_lapse(state: SyncState) -> None:
    past = timezone.now() - timedelta(seconds=1)
    SyncState.objects.filter(pk=state.pk).update(lease_until=past, due_at=past)
    state.refresh_from_db()


def pull(state_id: int) -> bool:
    children.with_short_pages(PAGE)
    return sync_collection(state_id) is not None


def pull_and_die_after_a_page(state_id: int) -> None:
    children.with_short_pages(PAGE)
    sync_collection(state_id, progress=lambda run: children.die())


def pull_and_die_before_a_commit(state_id: int) -> None:
    children.with_short_pages(PAGE)
    with children.die_before_commit_of_page(1):
        sync_collection(state_id)


def equal_to_google(google: Control) -> bool:
    ours = dict(Event.objects.filter(calendar__remote_id=ADA).values_list("remote_id", "etag"))
    theirs = {event["id"]: event["etag"] for event in google.truth(ADA)["events"]}
    return ours == theirs


def test_killed_at_each_commit_point_it_resumes_at_the_last_page(
    google: Control, state: SyncState
) -> None:
    """Each page is fetched once in vain, by a worker that dies before it commits the page, and
    once for good, by one that dies right after the commit."""
    committed = 0
    while not state.sync_token:
        assert committed < PAGES * 2, "it does not come to an end"
        before = (state.page_token, Event.objects.count())
        assert children.join(children.start(pull_and_die_before_a_commit, state.pk)) == (
            children.KILLED
        )
        state.refresh_from_db()
        assert (state.page_token, Event.objects.count()) == before
        let_lease_lapse(state)
        assert children.join(children.start(pull_and_die_after_a_page, state.pk)) == (
            children.KILLED
        )
        committed += 1
        let_lease_lapse(state)

    run = SyncRun.objects.get(calendar__remote_id=ADA)
    assert (run.outcome, run.fetched, run.created) == ("completed", PAGES * PAGE, PAGES * PAGE)
    assert run.pages == committed
    assert equal_to_google(google)


def test_a_killed_worker_is_followed_when_its_lease_lapses(
    google: Control, state: SyncState, run_due: RunDue
) -> None:
    children.join(children.start(pull_and_die_after_a_page, state.pk))
    assert not SyncState.objects.due(timezone.now()).filter(pk=state.pk).exists()

    let_lease_lapse(state)
    run_due()

    assert equal_to_google(google)
    assert SyncRun.objects.filter(calendar__remote_id=ADA).count() == 1


def test_of_two_workers_on_one_calendar_one_leaves(google: Control, state: SyncState) -> None:
    google.clear_requests()
    google.order_fault("delay", "events.list", seconds=2.0)
    workers = [children.start(pull, state.pk), children.start(pull, state.pk)]

    assert sorted(map(children.join, workers)) == [0, 1]
    assert equal_to_google(google)
    pages = SyncRun.objects.get(calendar__remote_id=ADA).pages
    assert google.counts()["events.list"] == pages


def others(what: str, condition: str) -> list[Any]:
    """Of the other sessions on this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {what} FROM pg_stat_activity WHERE {condition}"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        return list(cursor.fetchall())


def test_a_database_that_cuts_every_connection_is_survived(
    google: Control, state: SyncState
) -> None:
    """As a restart does: what was not committed is undone, and the run goes on soon."""
    google.order_fault("delay", "events.list", first=5, seconds=1.0)
    worker = children.start(pull, state.pk)
    while not SyncRun.objects.filter(pages__gte=2).exists():
        worker.join(timeout=0.05)
    with transaction.atomic():  # the next page is written, but for its count, which waits for us
        runs = SyncRun.objects.select_for_update(of=("self",))
        assert list(runs.filter(calendar__remote_id=ADA))
        while not others("pid", "wait_event_type = 'Lock'"):
            assert worker.is_alive()
            time.sleep(0.05)
        assert others("pg_terminate_backend(pid)", "true")
    assert children.join(worker) == 0
    state.refresh_from_db()
    assert (state.error_code, state.lease_token) == ("not-stored", None)
    assert timezone.now() < state.due_at < timezone.now() + timedelta(seconds=11)

    let_lease_lapse(state)
    assert children.join(children.start(pull, state.pk)) == 0
    assert equal_to_google(google)
    assert SyncRun.objects.get(calendar__remote_id=ADA).outcome == "completed"
