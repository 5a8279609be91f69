"""Who finishes after a newer refresh or a reconnect writes nothing, and condemns nothing."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from calendars.google.credentials import AccessToken, require_reconnect
from calendars.google.errors import AccessTokenRejected, GoogleError
from calendars.models import Connection, Credential
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.product import obtain_access_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


def lapse(**changes: Any) -> None:
    Credential.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1), **changes)


class Late:
    """A worker whose refresh is still on the way when others have gone on."""

    def __init__(self, connection: Connection) -> None:
        self.outcome: AccessToken | GoogleError | None = None
        self._thread = threading.Thread(target=self._run, args=(connection,))
        self._thread.start()
        deadline = time.monotonic() + 30
        while not Credential.objects.filter(lease_until__gt=timezone.now()).exists():
            assert time.monotonic() < deadline, "nobody refreshes"
            time.sleep(0.02)

    def _run(self, connection: Connection) -> None:
        try:
            self.outcome = obtain_access_token(connection)
        except GoogleError as error:
            self.outcome = error
        finally:
            connections.close_all()

    def finish(self) -> AccessToken | GoogleError | None:
        self._thread.join(60)
        return self.outcome


@pytest.fixture
def connection(google: Control, alice: User, connect: Connect) -> Connection:
    made = connect(alice)
    lapse()
    google.clear_requests()
    return made


def test_a_late_token_gives_way_to_a_newer_one(google: Control, connection: Connection) -> None:
    google.order_fault("slow_answer", "token.refresh", seconds=2.0)
    late = Late(connection)
    lapse(lease_until=timezone.now() - timedelta(seconds=1))
    newer = obtain_access_token(connection)

    assert late.finish() == newer
    assert Credential.objects.get().version == 2


def test_a_late_verdict_does_not_condemn_a_newer_token(
    google: Control, connection: Connection
) -> None:
    google.order_fault("delay", "token.refresh", seconds=2.0)
    late = Late(connection)
    lapse(lease_until=timezone.now() - timedelta(seconds=1))
    newer = obtain_access_token(connection)
    connection.refresh_from_db()

    assert late.finish() == newer
    assert connection.status == Connection.Status.ACTIVE


def test_a_late_verdict_does_not_condemn_a_reconnect(
    google: Control, connection: Connection, alice: User, connect: Connect
) -> None:
    google.revoke_grant("ada@sandbox.example")
    google.order_fault("slow_answer", "token.refresh", seconds=2.0)
    late = Late(connection)

    connect(alice)
    outcome = late.finish()

    assert isinstance(outcome, AccessToken)
    connection.refresh_from_db()
    assert (connection.status, connection.notice_due_at) == (Connection.Status.ACTIVE, None)


def test_a_verdict_about_a_replaced_token_is_refused(
    connection: Connection, alice: User, connect: Connect
) -> None:
    rejected = AccessTokenRejected()
    rejected.credential_version = Credential.objects.get().version
    connect(alice)

    assert not require_reconnect(connection, rejected)

    connection.refresh_from_db()
    assert connection.status == Connection.Status.ACTIVE
