"""Administrators see the engine's rows and may ask for a sync; they change and read no secret."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Connection, Credential, SyncRun, SyncState
from profiles.services import change_profile
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.factories import make_user

MODELS = ["connection", "calendar", "syncstate", "syncrun", "quarantinedevent"]


@pytest.fixture
def desk(client: Client, db: None) -> Client:
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def synced(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    google.add_event("ada@sandbox.example", {"id": "broken1", "summary": "Odd"}, raw=True)
    connection = connect(alice)
    run_due()
    return connection


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_rows_are_shown_and_cannot_be_changed(
    desk: Client, synced: Connection, model: str
) -> None:
    page = desk.get(f"/admin/calendars/{model}/")
    assert page.status_code == 200
    row = page.context["cl"].result_list[0]

    shown = desk.get(f"/admin/calendars/{model}/{row.pk}/change/")
    refused = desk.post(f"/admin/calendars/{model}/{row.pk}/change/", {"email": "x@example.org"})

    assert shown.status_code == 200
    assert refused.status_code == 403


def test_credentials_have_no_page(desk: Client, synced: Connection) -> None:
    assert desk.get("/admin/calendars/credential/").status_code == 404
    assert Credential.objects.count() == 1


@pytest.mark.parametrize(("action", "full"), [("sync_now", False), ("sync_fully", True)])
def test_a_sync_on_request(desk: Client, synced: Connection, action: str, full: bool) -> None:
    state = SyncState.objects.get(calendar=None)

    answer = desk.post(
        "/admin/calendars/syncstate/", {"action": action, "_selected_action": [state.pk]}
    )

    assert answer.status_code == 302
    state.refresh_from_db()
    assert (state.wanted - state.done, state.full_wanted) == (1, full)


def test_others_are_sent_away(client: Client, alice: User, synced: Connection) -> None:
    client.force_login(alice)

    assert client.get("/admin/calendars/connection/").status_code == 302


@pytest.mark.parametrize("model", ["syncrun", "eventchange"])
def test_what_happened_last_is_the_first(
    desk: Client, synced: Connection, google: Control, run_due: RunDue, model: str
) -> None:
    for summary in ("One", "Two", "Three"):
        google.add_event(
            "ada@sandbox.example",
            {
                "summary": summary,
                "start": {"dateTime": "2026-12-01T12:00:00Z"},
                "end": {"dateTime": "2026-12-01T13:00:00Z"},
            },
        )
        SyncState.objects.update(wanted=F("wanted") + 1, due_at=timezone.now())
        run_due()

    rows = desk.get(f"/admin/calendars/{model}/").context["cl"].result_list

    field = "started_at" if model == "syncrun" else "changed_at"
    moments = [getattr(row, field) for row in rows]
    assert len(moments) >= 3
    assert moments == sorted(moments, reverse=True)


def test_a_run_is_named_by_the_time_of_the_administrators_zone(
    desk: Client, synced: Connection
) -> None:
    SyncRun.objects.update(started_at=datetime(2026, 11, 29, 20, 50, tzinfo=UTC))
    admin = User.objects.get(email="admin@example.org")
    change_profile(owner=admin, changes={"timezone": "Asia/Kathmandu"})

    page = desk.get(f"/admin/calendars/syncrun/{SyncRun.objects.all()[0].pk}/change/")

    assert "run of 2026-11-30 02:35:00" in page.content.decode()
