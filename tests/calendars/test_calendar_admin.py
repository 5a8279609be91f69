"""Administrators see the engine's rows and may ask for a sync; they change and read no secret."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Connection, Credential, SyncState
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
