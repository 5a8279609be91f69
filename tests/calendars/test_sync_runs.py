"""Each run is told: to a phone, on the page, in admin, and by the command."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError
from django.db.models import QuerySet
from django.test import Client

from accounts.models import User
from calendars.api import connections
from calendars.connections.log import RUNS
from calendars.connections.overview import expected_total, request_sync
from calendars.models import Connection, SyncRun, SyncState
from config.web.problems import DomainError
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.factories import bearer, make_session, make_user
from tests.product import call_command

ADA = "ada@sandbox.example"


@pytest.fixture
def synced(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    google.bulk(ADA, 7, recurring=0)
    google.add_event(ADA, {"id": "broken1", "summary": "Odd"}, raw=True)
    connection = connect(alice)
    run_due()
    return connection


@pytest.fixture
def phone(alice: User) -> Client:
    return Client(headers=bearer(make_session(alice)))


def test_runs_are_listed_latest_first(phone: Client, synced: Connection) -> None:
    body = phone.get(f"/api/v1/connections/{synced.pk}/runs").json()

    events, the_list = body["results"]
    assert (events["kind"], events["outcome"], events["calendar"]) == (
        "full",
        "completed",
        str(synced.calendars.get().pk),
    )
    counts = {name: events[name] for name in ("fetched", "created", "quarantined", "deleted")}
    assert counts == {"fetched": 8, "created": 7, "quarantined": 1, "deleted": 0}
    assert events["seconds"] > 0
    assert the_list["calendar"] is None
    assert (body["next"], body["previous"]) == (None, None)


def test_pages_of_runs_follow_each_other(
    phone: Client, synced: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [
        SyncRun.objects.create(owner=synced.owner, connection=synced, kind="increment").pk
        for _ in range(5)
    ]
    path = f"/api/v1/connections/{synced.pk}/runs"
    whole = [run["id"] for run in phone.get(path).json()["results"]]
    monkeypatch.setattr(connections, "RUNS", replace(RUNS, page_size=3))

    seen, page = [], phone.get(path).json()
    while True:
        seen += [run["id"] for run in page["results"]]
        if not page["next"]:
            break
        page = phone.get(page["next"]).json()

    assert seen == whole
    assert set(map(str, made)) < set(seen)
    assert phone.get(page["previous"]).json()["results"]
    assert phone.get(f"{path}?cursor=forged").status_code == 400


def test_a_request_names_the_run_that_will_do_it(
    phone: Client, synced: Connection, run_due: RunDue
) -> None:
    asked = phone.post(f"/api/v1/connections/{synced.pk}/sync", {}, "application/json")
    again = phone.post(f"/api/v1/connections/{synced.pk}/sync", {}, "application/json")

    assert asked.status_code == again.status_code == 202
    assert asked.json() == again.json()
    run = SyncRun.objects.get(pk=asked.json()["run"])
    assert (run.outcome, run.calendar) == ("queued", None)
    progress = phone.get(f"/api/v1/connections/{synced.pk}").json()["progress"]
    assert (progress["state"], progress["run"]) == ("queued", str(run.pk))

    done = {str(one.pk) for one in run_due()}

    assert done == set(asked.json()["runs"])
    run.refresh_from_db()
    assert (run.outcome, run.kind) == ("completed", "increment")


def test_anothers_runs_are_not_found(synced: Connection, charlie: User) -> None:
    stranger = Client(headers=bearer(make_session(charlie)))
    assert stranger.get(f"/api/v1/connections/{synced.pk}/runs").status_code == 404
    assert (
        stranger.post(f"/api/v1/connections/{synced.pk}/sync", {}, "application/json").status_code
        == 404
    )


def test_the_page_shows_runs_and_what_was_set_aside(
    client: Client, alice: User, synced: Connection
) -> None:
    client.force_login(alice)
    page = client.get("/settings/calendars/").content.decode()
    assert "Recent syncs" in page
    assert "1 event couldn't be saved" in page
    assert "it has no start" in page


@pytest.mark.parametrize(
    ("known", "fetched", "outcome", "listed_before", "total"),
    [
        (0, 0, "running", False, None),
        (0, 2500, "running", False, None),
        (5000, 2500, "running", False, None),  # what a first list that broke off had brought
        (0, 5200, "completed", False, 5200),
        (0, 3, "running", True, None),
        (9000, 2500, "running", True, 9000),
        (9000, 9100, "running", True, None),
        (9000, 9100, "completed", True, 9100),
    ],
)
def test_a_total_is_told_where_it_is_known(
    known: int, fetched: int, outcome: str, listed_before: bool, total: int | None
) -> None:
    run = SyncRun(known=known, fetched=fetched, outcome=outcome)
    assert expected_total(run, listed_before=listed_before) == total


def test_the_command_syncs_and_prints_counts(google: Control, synced: Connection) -> None:
    google.bulk(ADA, 12, recurring=0)
    out = StringIO()
    call_command("sync", connection=str(synced.pk), full=True, stdout=out)
    assert "Calendar list: full, completed" in out.getvalue()
    assert "Ada: full, completed: 1 pages, 12 created, 0 updated" in out.getvalue()


def test_the_command_names_what_is_wrong(synced: Connection) -> None:
    with pytest.raises(CommandError, match="There is no connection"):
        call_command("sync", connection="00000000-0000-0000-0000-000000000000")
    synced.status = Connection.Status.DISCONNECTED
    synced.save()
    with pytest.raises(CommandError, match="Reconnect"):
        call_command("sync", connection=str(synced.pk))


def test_the_command_lists_the_connections(synced: Connection, alice: User) -> None:
    out = StringIO()
    call_command("sync", stdout=out)
    assert out.getvalue() == f"{synced.pk}  {alice.email}  {synced.email}  active\n"


def test_the_command_says_when_there_is_none_to_list(db: None) -> None:
    out = StringIO()
    call_command("sync", stdout=out)
    assert out.getvalue() == "No account is connected yet.\n"


def test_the_command_syncs_all_of_a_person(
    google: Control, synced: Connection, alice: User, bob: User
) -> None:
    google.bulk(ADA, 3, recurring=0)
    out = StringIO()
    call_command("sync", user=f" {alice.email.upper()}", stdout=out)
    run = SyncRun.objects.filter(calendar__remote_id=ADA).latest("started_at")
    assert f"3 created, 0 updated, 0 deleted, 0 set aside, 0 retries, {run.seconds:.1f} s" in (
        out.getvalue()
    )
    assert f"(run {run.pk})" in out.getvalue()
    with pytest.raises(CommandError, match=rf"{bob.email} has no connection\. List all"):
        call_command("sync", user=bob.email)


def test_an_administrator_parks_and_unparks(synced: Connection, client: Client) -> None:
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    state = SyncState.objects.get(calendar__remote_id=ADA)
    for action, parked in (("park", True), ("unpark", False)):
        client.post(
            "/admin/calendars/syncstate/", {"action": action, "_selected_action": [state.pk]}
        )
        state.refresh_from_db()
        assert state.parked is parked
    assert state.wanted > state.done


def test_what_an_administrator_parked_nobody_else_unparks(
    synced: Connection, client: Client, google: Control, run_due: RunDue
) -> None:
    """Each calendar by itself, and in the end the whole account."""
    states = SyncState.objects.filter(connection=synced)
    park(client, states.filter(calendar__remote_id=ADA))
    google.clear_requests()

    request_sync(owner=synced.owner, connection_id=synced.pk, full=True)
    run_due()

    state = SyncState.objects.get(calendar__remote_id=ADA)
    assert (state.parked, state.queued_run, state.full_wanted) == (True, None, False)
    assert google.counts() == {"calendarList.list": 1}
    park(client, states)
    with pytest.raises(DomainError) as refused:
        request_sync(owner=synced.owner, connection_id=synced.pk)
    assert refused.value.code == "sync-paused"
    assert run_due() == []


def test_what_a_run_parked_is_tried_when_its_owner_asks(
    synced: Connection, run_due: RunDue
) -> None:
    SyncState.objects.filter(connection=synced).update(parked=True)

    request_sync(owner=synced.owner, connection_id=synced.pk)

    assert len(run_due()) == SyncState.objects.filter(connection=synced).count()


def park(client: Client, states: QuerySet[SyncState]) -> None:
    client.force_login(make_user(f"{states.count()}@example.org", is_staff=True, is_superuser=True))
    chosen = list(states.values_list("pk", flat=True))
    client.post("/admin/calendars/syncstate/", {"action": "park", "_selected_action": chosen})
