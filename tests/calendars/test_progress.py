"""The progress of a sync as shown to the user: how far it is, until when it waits, what is
missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.local_time import weekday_moment
from accounts.models import User
from calendars.models import Calendar, Connection, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.factories import bearer, make_session

pytestmark = pytest.mark.django_db
ADA = "ada@sandbox.example"


def seen(owner: User, connection: Connection) -> dict[str, Any]:
    phone = Client(headers=bearer(make_session(owner)))
    answer = phone.get(f"/api/v1/connections/{connection.pk}")
    return dict(answer.json())


def page(client: Client, owner: User, path: str = "/settings/calendars/") -> str:
    client.force_login(owner)
    return client.get(path).content.decode()


def run_now(
    calendar: Calendar, *, known: int, fetched: int, first: bool = False, **state: Any
) -> None:
    """Pretend that a worker has been listing the calendar for ten seconds."""
    run = SyncRun.objects.create(
        owner_id=calendar.owner_id,
        connection=calendar.connection,  # type: ignore[misc]
        calendar=calendar,
        kind=SyncRun.Kind.FULL,
        known=known,
        fetched=fetched,
        started_at=timezone.now() - timedelta(seconds=10),
    )
    if first:
        state["last_synced_at"] = None
    lease = timezone.now() + timedelta(minutes=1)
    SyncState.objects.filter(calendar=calendar).update(run=run, lease_until=lease, **state)


@pytest.fixture
def connection(alice: User) -> Connection:
    return make_connection(alice)


@pytest.fixture
def work(connection: Connection) -> Calendar:
    return make_calendar(connection, "Work", "#4a6fa5")


@pytest.fixture
def home(connection: Connection) -> Calendar:
    return make_calendar(connection, "Home", "#c07a1c")


def test_a_first_list_tells_what_has_come_and_no_total(
    client: Client, alice: User, connection: Connection, work: Calendar
) -> None:
    run_now(work, known=0, fetched=2500, first=True)
    progress = seen(alice, connection)["progress"]
    told = (progress["fetched"], progress["total"], progress["eta_seconds"])
    assert told == (2500, None, None)
    text = page(client, alice)
    assert "Syncing… 2,500 events so far</span>" in text
    assert "of about" not in text
    assert "<progress aria-label" in text, "it goes on, nobody knows how far it is"


def test_a_calendar_that_was_listed_before_has_a_total_and_a_time_to_go(
    client: Client, alice: User, connection: Connection, work: Calendar
) -> None:
    run_now(work, known=9000, fetched=3000)
    progress = seen(alice, connection)["progress"]
    assert (progress["fetched"], progress["total"]) == (3000, 9000)
    assert 19 <= progress["eta_seconds"] <= 25
    assert "3,000 of about 9,000 events, less than a minute left" in page(client, alice)


def test_one_unknown_total_makes_the_sum_unknown(
    alice: User, connection: Connection, work: Calendar, home: Calendar
) -> None:
    run_now(work, known=9000, fetched=3000)
    run_now(home, known=0, fetched=500, first=True)
    progress = seen(alice, connection)["progress"]
    assert (progress["fetched"], progress["total"]) == (3500, None)


def test_after_a_pause_nothing_is_said_of_the_pace(
    alice: User, connection: Connection, work: Calendar
) -> None:
    run_now(work, known=9000, fetched=3000, attempts=1)
    progress = seen(alice, connection)["progress"]
    assert (progress["total"], progress["eta_seconds"]) == (9000, None)


@pytest.mark.parametrize("path", ["/", "/calendar/", "/calendar/agenda/"])
def test_the_first_sync_says_what_has_come_on_every_view(
    client: Client, alice: User, connection: Connection, work: Calendar, path: str
) -> None:
    others = make_calendar(make_connection(alice, email="b@example.com"), "Club", "#2f7d5d")
    yesterday = timezone.now().date() - timedelta(days=1)
    make_hour(others, "Club night", yesterday, 20)
    run_now(work, known=0, fetched=1250, first=True)
    client.force_login(alice)
    text = client.get(path, follow=True).content.decode()
    assert "Still syncing: 1,250 events so far." in text
    SyncState.objects.update(run=None, lease_until=None, last_synced_at=timezone.now())
    text = client.get(path, follow=True).content.decode()
    assert "Still syncing" not in text


def test_a_new_connection_says_that_it_is_connected_and_not_what_is_to_come(
    client: Client, alice: User, google: Control, connect: Connect
) -> None:
    connect(alice)
    assert "Still syncing." in page(client, alice, "/calendar/agenda/2026-11-18/")


@pytest.mark.parametrize("error", ["quotaExceeded", "dailyLimitExceeded"])
def test_a_limit_of_the_day_is_parked_until_its_time(
    google: Control, client: Client, alice: User, connect: Connect, run_due: RunDue, error: str
) -> None:
    connection = connect(alice)
    google.order_fault("google_error", "events.list", always=True, error=error)
    run_due()
    state = SyncState.objects.get(calendar__remote_id=ADA)
    told = seen(alice, connection)
    assert told["progress"]["state"] == "parked"
    assert told["progress"]["parked_until"] == state.due_at.isoformat().replace("+00:00", "Z")
    assert told["troubles"][0]["until"] == told["progress"]["parked_until"]
    ends_at = state.due_at.astimezone(ZoneInfo("Europe/Berlin"))  # of the primary calendar
    until = weekday_moment(ends_at)
    text = page(client, alice)
    assert "s daily limit until <time" in text
    assert text.count(until) == 2, "in the status and beside the reason"
    SyncState.objects.update(due_at=timezone.now())
    google.clear_faults()
    run_due()
    assert seen(alice, connection)["progress"]["parked_until"] is None
    assert "daily limit" not in page(client, alice)


def test_a_calendar_that_is_refused_is_named_and_the_others_are_in_step(
    google: Control, client: Client, alice: User, connect: Connect, run_due: RunDue
) -> None:
    refused = google.create_calendar("Board", owner=ADA)
    google.order_fault(
        "google_error", "events.list", always=True, calendar=refused, error="forbidden"
    )
    connection = connect(alice)
    run_due()
    told = seen(alice, connection)
    others = SyncState.objects.exclude(calendar__remote_id=refused)
    assert SyncState.objects.get(calendar__remote_id=refused).last_synced_at is None
    oldest = min(state.last_synced_at for state in others if state.last_synced_at)
    assert told["last_synced_at"] == oldest.isoformat().replace("+00:00", "Z")
    assert [(one["name"], one["code"]) for one in told["troubles"]] == [("Board", "forbidden")]
    assert told["error"]["message"].startswith("Board: ")
    text = page(client, alice)
    assert ", except Board</span>" in text
    assert "Not synced yet" not in text
    assert "Board: Google doesn&#x27;t allow" in text


def test_a_trouble_of_all_names_none(
    google: Control, client: Client, alice: User, connect: Connect, run_due: RunDue
) -> None:
    connection = connect(alice)
    run_due()
    SyncState.objects.update(error_code="google-unavailable", error_message="Google is away.")
    assert seen(alice, connection)["error"]["message"] == "Google is away."
    text = page(client, alice)
    assert text.count("Google is away.") == 1
    assert "Last synced <time" in text
    assert "<noscript> (" in text, "words of age stand still without the module"


def test_what_an_administrator_paused_is_named(
    client: Client, alice: User, connection: Connection, work: Calendar, home: Calendar
) -> None:
    SyncState.objects.filter(calendar=home).update(parked=True, paused=True)
    text = page(client, alice)
    assert "Home: An administrator paused the sync." in text
    assert ", except Home</span>" in text
    SyncState.objects.update(parked=True, paused=True)
    text = page(client, alice)
    assert "Sync is paused" in text
    assert '<p class="notice caution">An administrator paused the sync.</p>' in text
