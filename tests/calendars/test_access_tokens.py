"""Access tokens are refreshed when needed, once, and a dead grant is a state that stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.google.errors import GoogleUnavailable, GrantRevoked
from calendars.models import Connection, Credential, Event, SyncRun
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.product import obtain_access_token

ADA = "ada@sandbox.example"


def lapse(**changes: Any) -> None:
    Credential.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1), **changes)


def test_a_good_token_is_used_without_asking(
    google: Control, alice: User, connect: Connect
) -> None:
    connection = connect(alice)

    first = obtain_access_token(connection)

    assert obtain_access_token(connection) == first
    assert "token.refresh" not in google.counts()


def test_a_lapsed_token_is_refreshed_once(google: Control, alice: User, connect: Connect) -> None:
    connection = connect(alice)
    old = obtain_access_token(connection)
    lapse()

    new = obtain_access_token(connection)

    assert new.value != old.value
    assert new.version == old.version + 1
    assert obtain_access_token(connection) == new
    assert google.counts()["token.refresh"] == 1
    assert Credential.objects.get().lease_token is None


def test_a_killed_workers_lease_lapses(google: Control, alice: User, connect: Connect) -> None:
    connection = connect(alice)
    lapse(
        lease_token="9f1c3a52-5c8f-4a43-9d4e-3f1b8a2f0c11",
        lease_until=timezone.now() - timedelta(seconds=1),
    )

    obtain_access_token(connection)

    assert google.counts()["token.refresh"] == 1


@pytest.mark.parametrize("fault", ["html", "status", "drop", "half_json", "drop_mid_body"])
def test_a_fault_of_the_token_endpoint_is_never_a_verdict(
    google: Control, alice: User, connect: Connect, fault: str
) -> None:
    connection = connect(alice)
    lapse()
    google.order_fault(fault, "token.refresh")

    with pytest.raises(GoogleUnavailable):
        obtain_access_token(connection)

    connection.refresh_from_db()
    assert connection.status == Connection.Status.ACTIVE
    assert obtain_access_token(connection).value


def test_a_revoked_grant_needs_a_reconnect_and_data_stays(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 5, recurring=0)
    connection = connect(alice)
    run_due()
    google.revoke_grant(ADA)
    lapse()
    google.clear_requests()

    request_sync(owner=alice, connection_id=connection.pk)
    run_due()

    connection.refresh_from_db()
    assert connection.status == Connection.Status.RECONNECT_REQUIRED
    assert connection.error_code == "grant-revoked"
    assert google.counts() == {"token.refresh": 1}
    assert Event.objects.count() == 5
    with pytest.raises(GrantRevoked):
        obtain_access_token(connection)


def test_a_rejected_token_in_a_sync_is_refreshed_and_the_page_read_again(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 5, recurring=0)
    connect(alice)
    google.expire_access_tokens()

    run_due()

    assert google.counts()["token.refresh"] == 1
    assert Event.objects.count() == 5
    assert SyncRun.objects.exclude(outcome=SyncRun.Outcome.COMPLETED).count() == 0
