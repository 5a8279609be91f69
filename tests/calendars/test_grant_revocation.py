"""Deleting an account revokes its grants; it also works while Google is unavailable."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.account.personal_data import delete_account
from accounts.models import User
from accounts.security_context import acting_as_system
from calendars.connections.revocation import LEASE
from calendars.google.credentials import open_refresh_token
from calendars.google.errors import GrantRevoked
from calendars.google.oauth import refresh_access
from calendars.models import Connection, Credential, GrantRevocation
from config.backoff import REVOCATION
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.factories import leave
from tests.product import revoke_due_grants

pytestmark = pytest.mark.django_db(transaction=True)


def make_due() -> None:
    GrantRevocation.objects.update(due_at=timezone.now())


def test_the_grant_ends_at_google_after_the_account(
    google: Control, alice: User, connect: Connect
) -> None:
    credential = connect(alice).credential
    refresh_token = open_refresh_token(credential.pk, credential.refresh_token)
    google.clear_requests()

    assert leave(alice).status_code == 204
    assert google.counts() == {}, "the request itself waits for no Google"
    assert not Credential.objects.exists()

    assert revoke_due_grants() == 1
    assert google.counts() == {"token.revoke": 1}
    assert not GrantRevocation.objects.exists()
    with pytest.raises(GrantRevoked):
        refresh_access(refresh_token)


def test_what_waits_names_nobody_and_is_sealed(
    google: Control, alice: User, connect: Connect
) -> None:
    credential = connect(alice).credential
    refresh_token = open_refresh_token(credential.pk, credential.refresh_token)

    assert leave(alice).status_code == 204

    with database.cursor() as cursor:
        cursor.execute("select r::text from calendars_grantrevocation r")
        (row,) = cursor.fetchone()
    assert refresh_token not in row
    assert refresh_token.encode().hex() not in row
    assert "ada@" not in row, "an id may hold the three letters"


@pytest.mark.parametrize(("fault", "parameters"), [("drop", {}), ("status", {"status": 503})])
def test_a_google_that_is_away_is_told_later(
    google: Control, alice: User, connect: Connect, fault: str, parameters: dict[str, Any]
) -> None:
    connect(alice)
    google.order_fault(fault, "token.revoke", always=True, **parameters)

    assert leave(alice).status_code == 204
    assert not User.objects.exists()
    assert revoke_due_grants() == 0
    waiting = GrantRevocation.objects.get()
    assert waiting.attempts == 1
    assert waiting.due_at > timezone.now()
    assert revoke_due_grants() == 0, "not before it is due"

    google.clear_faults()
    make_due()
    assert revoke_due_grants() == 1
    assert not GrantRevocation.objects.exists()


def test_a_grant_that_had_ended_before_is_done(
    google: Control, alice: User, connect: Connect
) -> None:
    connection: Connection = connect(alice)
    google.revoke_grant(connection.email)

    assert leave(alice).status_code == 204

    assert revoke_due_grants() == 1


def test_a_killed_worker_is_followed_when_its_lease_lapses(
    google: Control, alice: User, connect: Connect
) -> None:
    connect(alice)
    assert leave(alice).status_code == 204
    with acting_as_system(reason="a test"):
        assert GrantRevocation.objects.claim_next(lasting=LEASE)

    assert revoke_due_grants() == 0

    GrantRevocation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert revoke_due_grants() == 1
    assert google.counts()["token.revoke"] == 1


def test_an_attempt_that_failed_says_why(google: Control, alice: User, connect: Connect) -> None:
    connect(alice)
    google.order_fault("drop", "token.revoke", always=True)
    assert leave(alice).status_code == 204

    assert revoke_due_grants() == 0

    waiting = GrantRevocation.objects.get()
    assert (waiting.error_code, waiting.lease_token) == ("google-unavailable", None)
    assert waiting.error_message


def test_each_attempt_waits_longer(google: Control, alice: User, connect: Connect) -> None:
    connect(alice)
    google.order_fault("drop", "token.revoke", always=True)
    assert leave(alice).status_code == 204

    waits = []
    for _attempt in range(4):
        make_due()
        revoke_due_grants()
        waits.append(GrantRevocation.objects.get().due_at - timezone.now())

    assert waits == sorted(waits)
    assert waits[-1] > timedelta(minutes=7)


def test_no_strangers_token_is_kept_for_ever(
    google: Control, alice: User, connect: Connect
) -> None:
    connect(alice)
    assert leave(alice).status_code == 204
    too_old = REVOCATION.give_up_after + timedelta(days=1)
    GrantRevocation.objects.update(created_at=timezone.now() - too_old)
    google.clear_requests()

    assert revoke_due_grants() == 0

    assert not GrantRevocation.objects.exists()
    assert google.counts() == {}


def test_a_token_that_was_damaged_is_let_go(google: Control, alice: User, connect: Connect) -> None:
    connect(alice)
    assert leave(alice).status_code == 204
    GrantRevocation.objects.update(refresh_token=b"damaged")

    revoke_due_grants()

    assert not GrantRevocation.objects.exists()


def test_a_deletion_that_is_undone_leaves_the_grant(
    google: Control, alice: User, connect: Connect
) -> None:
    connect(alice)

    with transaction.atomic():
        delete_account(user=alice, request=None)
        transaction.set_rollback(True)

    assert User.objects.exists()
    assert Credential.objects.exists()
    assert not GrantRevocation.objects.exists()
