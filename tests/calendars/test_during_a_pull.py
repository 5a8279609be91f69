"""While a worker is at a calendar: readers see the old set, the page tells how far it is, and what
is announced meanwhile is not missed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection as db_connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.models import Connection, Event, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars import children
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import channel_of, hand_over, notifications, open_all, webhook
from tests.factories import bearer, make_session
from tests.product import sync_collection
from tests.sandbox.webhook import Webhook

__all__ = ["webhook"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
ADA = "ada@sandbox.example"
PAGE = 20
PATIENCE_SECONDS = 40
NOT_FOUND = '{"error": {"code": 404, "errors": [{"reason": "notFound"}]}}'


def pull(state_id: int) -> bool:
    children.with_short_pages(PAGE)
    return sync_collection(state_id) is not None


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.05)


def collection() -> SyncState:
    return SyncState.objects.get(calendar__remote_id=ADA)


def set_of_readers() -> tuple[int, int]:
    """Events and occurrences, counted in one statement: both of one moment."""
    with db_connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM calendars_event),"
            " (SELECT count(*) FROM calendars_occurrence)"
        )
        events, occurrences = cursor.fetchone()
    return events, occurrences


def test_readers_see_the_old_set_until_the_new_one_is_whole(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 6 * PAGE, recurring=0)
    connection = connect(alice)
    run_due()
    google.delete_event(ADA, google.truth(ADA)["events"][0]["id"])
    google.invalidate_sync_tokens(ADA)
    google.order_fault("delay", "events.list", always=True, seconds=0.2)
    request_sync(owner=alice, connection_id=connection.pk)

    worker = children.start(pull, collection().pk)
    seen = {set_of_readers()}
    while worker.is_alive():
        seen.add(set_of_readers())

    assert children.join(worker) == 0
    run = SyncRun.objects.filter(calendar__remote_id=ADA).latest("started_at")
    assert (run.kind, run.outcome, run.deleted) == ("full", "completed", 1)
    assert run.pages >= 6
    old, new = (6 * PAGE, 6 * PAGE), (6 * PAGE - 1, 6 * PAGE - 1)
    assert seen <= {old, new}
    assert set_of_readers() == new


def test_the_page_and_the_phone_tell_how_far_it_is(
    google: Control, alice: User, connect: Connect, client: Client
) -> None:
    google.bulk(ADA, 6 * PAGE, recurring=0)
    connection = connect(alice)
    assert sync_collection(connection.sync_states.get().pk)
    google.order_fault("delay", "events.list", first=5, seconds=4.0)
    worker = children.start(pull, collection().pk)
    eventually(SyncRun.objects.filter(fetched__gte=2 * PAGE).exists)

    client.force_login(alice)
    page = client.get("/settings/calendars/").content.decode()
    phone = Client(headers=bearer(make_session(alice)))
    progress = phone.get(f"/api/v1/connections/{connection.pk}").json()["progress"]

    assert f"Syncing… {progress['fetched']} events so far</span>" in page
    assert progress["state"] == "running"
    assert progress["fetched"] >= 2 * PAGE
    assert (progress["total"], progress["eta_seconds"]) == (None, None)
    assert children.join(worker) == 0
    page = client.get("/settings/calendars/").content.decode()
    assert "Synced <time" in page
    assert "Syncing" not in page


def test_a_change_that_is_announced_during_a_pull_is_caught_by_one_more(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    SyncState.objects.filter(pk=collection().pk).update(due_at=timezone.now())
    google.clear_requests()
    google.order_fault("slow_answer", "events.list", seconds=3.0)
    worker = children.start(pull, collection().pk)
    eventually(lambda: bool(google.faults()[0]["hits"]))  # the answer is made, and on its way

    google.bulk(ADA, 1, recurring=0)
    notice = notifications(webhook, channel_of(), 2)[1]
    for number in range(2, 30):
        answer = hand_over(notice | {"X-Goog-Message-Number": str(number)})
        assert answer.status_code == 204
    assert children.join(worker) == 0
    assert not Event.objects.exists(), "the answer was older than the change"
    SyncState.objects.filter(wanted__gt=1).update(due_at=timezone.now())  # a burst waits a little
    run_due()

    assert Event.objects.count() == 1
    assert google.counts()["events.list"] == 2
    assert (collection().wanted, Connection.objects.get().status) == (collection().done, "active")


def test_a_list_that_is_gone_on_with_is_older_than_what_was_asked_for_since(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    """Google's pages show the calendar as it was when the first of them was asked for."""
    google.bulk(ADA, 3, recurring=0)
    connection = connect(alice)
    run_due()
    google.order_fault("empty_page", "events.list")
    google.order_fault("status", "events.list", first=2, last=9, status=404, body=NOT_FOUND)
    request_sync(owner=alice, connection_id=connection.pk)
    run_due()
    assert collection().page_token
    google.clear_faults()

    google.bulk(ADA, 1, recurring=0)
    request_sync(owner=alice, connection_id=connection.pk)
    run_due()

    assert Event.objects.count() == 4
    assert collection().wanted == collection().done
