"""Disconnecting revokes the grant at Google; the user keeps or deletes the data."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.connections.disconnecting import disconnect
from calendars.connections.overview import request_sync
from calendars.models import (
    Calendar,
    Channel,
    Connection,
    Credential,
    Event,
    GrantRevocation,
    RefreshTokenMeter,
)
from config.web.problems import DomainError
from sandbox.control import Control
from tests.audit import audit_log
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import open_all, webhook
from tests.factories import bearer, make_session
from tests.product import obtain_access_token, revoke_due_grants
from tests.sandbox.webhook import Webhook

__all__ = ["webhook"]
ADA = "ada@sandbox.example"


@pytest.fixture
def connection(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    google.bulk(ADA, 3, recurring=0)
    made = connect(alice)
    run_due()
    return made


def tokens_at_google(google: Control) -> int:
    return sum(account["refresh_tokens"] for account in google.accounts())


def call(user: User, connection: Connection, query: str = "", **more: Any) -> int:
    url = f"/api/v1/connections/{connection.pk}{query}"
    headers = bearer(make_session(user))
    return Client().delete(url, headers=headers, **more).status_code


def test_kept_data_stays_readable(connection: Connection, google: Control, alice: User) -> None:
    assert call(alice, connection, "?keep_data=true") == 204
    revoke_due_grants()

    connection.refresh_from_db()
    assert connection.status == Connection.Status.DISCONNECTED
    assert Event.objects.count() == 3
    assert Calendar.objects.of(alice.pk).count() == 1
    assert not Credential.objects.exists()
    assert not GrantRevocation.objects.exists()
    assert tokens_at_google(google) == 0
    assert google.counts()["token.revoke"] == 1


def test_dropped_data_is_gone(connection: Connection, google: Control, alice: User) -> None:
    assert call(alice, connection, "?keep_data=false") == 204
    revoke_due_grants()

    assert not Connection.objects.exists()
    assert not Event.objects.exists()
    assert not Calendar.objects.exists()
    assert tokens_at_google(google) == 0


def test_the_choice_may_stand_in_the_body(connection: Connection, alice: User) -> None:
    body = {"data": '{"keep_data": false}', "content_type": "application/json"}

    assert call(alice, connection, **body) == 204
    assert not Connection.objects.exists()


def test_nothing_is_dropped_that_nobody_asked_to_drop(connection: Connection, alice: User) -> None:
    assert call(alice, connection) == 204
    assert Event.objects.count() == 3


def test_what_was_kept_can_be_dropped_later(connection: Connection, alice: User) -> None:
    disconnect(owner=alice, connection_id=connection.pk, keep_data=True)

    disconnect(owner=alice, connection_id=connection.pk, keep_data=False)

    assert not Event.objects.exists()


def test_another_persons_connection_is_not_there(connection: Connection, charlie: User) -> None:
    assert call(charlie, connection) == 404

    connection.refresh_from_db()
    assert connection.status == Connection.Status.ACTIVE


def test_google_being_away_costs_time_and_no_grant(
    connection: Connection, google: Control, alice: User
) -> None:
    google.order_fault("status", "token.revoke")
    disconnect(owner=alice, connection_id=connection.pk, keep_data=True)

    assert revoke_due_grants() == 0
    GrantRevocation.objects.update(due_at=timezone.now())
    assert revoke_due_grants() == 1

    assert tokens_at_google(google) == 0


def test_channels_are_stopped_with_the_grant(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connection = connect(alice)
    open_all(run_due)
    assert len(google.channels()) == 2

    disconnect(owner=alice, connection_id=connection.pk, keep_data=True)
    revoke_due_grants()

    assert google.channels() == []
    assert not Channel.objects.exists()


def test_a_grant_that_somebody_else_lives_on_is_not_revoked(
    connection: Connection, google: Control, alice: User, bob: User, connect: Connect
) -> None:
    other = connect(bob)

    disconnect(owner=alice, connection_id=connection.pk, keep_data=False)
    revoke_due_grants()

    assert "token.revoke" not in google.counts()
    assert obtain_access_token(other).value
    assert tokens_at_google(google) == 2


def test_a_reconnect_takes_the_revocation_back(
    connection: Connection, google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    """Revoking the old token later would revoke the new grant too."""
    disconnect(owner=alice, connection_id=connection.pk, keep_data=True)

    again = connect(alice)
    revoke_due_grants()
    run_due()

    assert (again.pk, again.status) == (connection.pk, Connection.Status.ACTIVE)
    assert "token.revoke" not in google.counts()
    assert Event.objects.count() == 3


def test_a_pull_under_way_writes_nothing_more(connection: Connection, alice: User) -> None:
    disconnect(owner=alice, connection_id=connection.pk, keep_data=True)

    with pytest.raises(DomainError) as refused:
        request_sync(owner=alice, connection_id=connection.pk)

    assert refused.value.code == "not-connected"
    assert not connection.sync_states.exclude(lease_token=None).exists()


def test_the_meter_counts_consents_and_forgets_them_with_the_grant(
    google: Control, alice: User, bob: User, connect: Connect
) -> None:
    for person in (alice, bob, alice):
        connection = connect(person)
    assert RefreshTokenMeter.objects.get().used == tokens_at_google(google) == 3

    disconnect(owner=bob, connection_id=bob.connections.get().pk, keep_data=False)
    disconnect(owner=alice, connection_id=connection.pk, keep_data=False)

    assert not RefreshTokenMeter.objects.exists()


def sign_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_the_page_asks_before_it_disconnects(connection: Connection, alice: User) -> None:
    browser = sign_in(alice)
    address = f"/settings/calendars/accounts/{connection.pk}/disconnect/"
    assert address in browser.get("/settings/calendars/").content.decode()

    asked = browser.get(address)
    connection.refresh_from_db()
    assert (asked.status_code, connection.status) == (200, Connection.Status.ACTIVE)
    assert "Keep them" in asked.content.decode()

    browser.post(address, {"data": "keep"})
    connection.refresh_from_db()
    assert connection.status == Connection.Status.DISCONNECTED
    assert "Remove" in browser.get(address).content.decode()

    browser.post(address, {"data": "drop"})
    assert not Connection.objects.exists()


def test_another_persons_page_is_not_there(connection: Connection, charlie: User) -> None:
    browser = sign_in(charlie)

    assert (
        browser.get(f"/settings/calendars/accounts/{connection.pk}/disconnect/").status_code == 404
    )
    assert (
        browser.post(f"/settings/calendars/accounts/{connection.pk}/disconnect/").status_code == 404
    )
    assert Connection.objects.count() == 1


@pytest.mark.parametrize(("keep", "data"), [(True, "kept"), (False, "dropped")])
def test_the_log_tells_it_and_from_where(
    connection: Connection, alice: User, keep: bool, data: str
) -> None:
    assert call(alice, connection, f"?keep_data={str(keep).lower()}") == 204

    (row,) = audit_log("google_disconnected")
    assert (row.user, row.ip) == (alice, "127.0.0.1")
    assert row.details["data"] == data
    assert row.details["connection"] == str(connection.pk)
