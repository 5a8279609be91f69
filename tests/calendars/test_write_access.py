"""Connecting asks for reading; changing events is asked for when it is first needed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.connections.consent import complete_connection, refuse_connection, start_connection
from calendars.models import Calendar, Connection, Event, PendingChange
from calendars.models.connection import READ_SCOPE, WRITE_SCOPE
from config.web.problems import DomainError
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA = "ada@sandbox.example"


@pytest.fixture
def reader(alice: User, connect: Connect) -> Connection:
    """An account that Daybook may only read."""
    return connect(alice, write=False)


def asked(url: str) -> list[str]:
    return parse_qs(urlsplit(url).query)["scope"][0].split()


def answered(google: Control, url: str, **choices: object) -> tuple[str, str]:
    """Return code and state."""
    location = google.consent(url, email=ADA, **choices)  # type: ignore[arg-type]
    answer = parse_qs(urlsplit(location).query)
    return answer["code"][0], answer["state"][0]


def allowed(client: Client, connection: Connection) -> str:
    """Press "Allow changes"; return Google's address."""
    page = client.post(f"/settings/calendars/accounts/{connection.pk}/allow-changes/")
    assert page.status_code == 302
    return str(page["Location"])


def test_an_account_that_may_only_be_read_is_read(
    google: Control, reader: Connection, run_due: RunDue
) -> None:
    google.bulk(ADA, 3, recurring=0)
    run_due()

    assert READ_SCOPE in reader.scopes
    assert not reader.may_write
    assert Event.objects.count() == 3


def test_one_click_allows_changes_of_the_same_connection(
    google: Control, alice: User, reader: Connection, client: Client
) -> None:
    client.force_login(alice)
    assert "Allow changes" in client.get("/settings/calendars/").content.decode()

    url = allowed(client, reader)
    assert {READ_SCOPE, WRITE_SCOPE} <= set(asked(url))
    code, state = answered(google, url)
    complete_connection(owner=alice, code=code, state=state)

    reader.refresh_from_db()
    assert Connection.objects.get() == reader
    assert reader.may_write
    assert "Allow changes" not in client.get("/settings/calendars/").content.decode()


def test_what_waited_for_it_is_due_at_once(
    google: Control, alice: User, reader: Connection, run_due: RunDue
) -> None:
    run_due()
    waiting = PendingChange.objects.create(
        event_id=uuid.uuid4(),
        owner=alice,
        calendar=Calendar.objects.get(remote_id=ADA),
        remote_id="lunch",
        kind="create",
        due_at=timezone.now() + timedelta(days=1),
    )

    code, state = answered(google, start_connection(owner=alice, reconnect=reader, write=True))
    complete_connection(owner=alice, code=code, state=state)

    waiting.refresh_from_db()
    assert waiting.due_at <= timezone.now()


def test_refusing_it_leaves_the_account_connected(
    google: Control, alice: User, reader: Connection
) -> None:
    url = start_connection(owner=alice, reconnect=reader, write=True)
    location = google.consent(url, email=ADA, allow=False)
    answer = parse_qs(urlsplit(location).query)

    with pytest.raises(DomainError, match=f"{ADA} stays connected as it was"):
        refuse_connection(owner=alice, state=answer["state"][0], error=answer["error"][0])

    reader.refresh_from_db()
    assert (reader.status, reader.may_write) == ("active", False)


def test_unticking_it_leaves_the_account_readable(
    google: Control, alice: User, reader: Connection
) -> None:
    url = start_connection(owner=alice, reconnect=reader, write=True)
    code, state = answered(google, url, scopes=["openid", "email", READ_SCOPE])

    complete_connection(owner=alice, code=code, state=state)

    reader.refresh_from_db()
    assert (reader.status, reader.may_write) == ("active", False)


def test_a_reconnect_asks_for_what_was_allowed_before(alice: User, connect: Connect) -> None:
    connection = connect(alice)

    assert connection.may_write
    assert WRITE_SCOPE in asked(start_connection(owner=alice, reconnect=connection))


def test_an_app_asks_for_it_too(alice: User, reader: Connection, client: Client) -> None:
    client.force_login(alice)
    path = f"/api/v1/connections/{reader.pk}/reconnect"

    plain = client.post(path, {}, content_type="application/json").json()
    writing = client.post(path, {"write": True}, content_type="application/json").json()

    assert WRITE_SCOPE not in asked(plain["authorization_url"])
    assert WRITE_SCOPE in asked(writing["authorization_url"])
    assert client.get(f"/api/v1/connections/{reader.pk}").json()["may_write"] is False


def test_charlie_cannot_ask_for_alices_account(
    charlie: User, reader: Connection, client: Client
) -> None:
    client.force_login(charlie)

    page = client.post(f"/settings/calendars/accounts/{reader.pk}/allow-changes/")

    assert page.status_code == 404
