"""`manage.py reencrypt`: all that is sealed moves to the first key, online and again at will."""

from __future__ import annotations

import os
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError
from django.test import Client
from pytest_django import Settings

from accounts.models import Session, User
from accounts.sign_in.second_factors import open_secret, seal_secret
from calendars.checks import SEALED_ROWS
from calendars.connections.consent import start_connection
from calendars.connections.disconnecting import disconnect
from calendars.connections.held_consents import hold_consent
from calendars.models import AuthorizationRequest, Credential, GrantRevocation
from config.database import encryption
from config.database.encryption import keyring
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.factories import bearer, make_session
from tests.product import call_command, obtain_access_token, revoke_due_grants


def reencrypt() -> str:
    out = StringIO()
    call_command("reencrypt", stdout=out)
    return out.getvalue()


def columns() -> list[bytes]:
    rows: list[tuple[Any, ...]] = [
        *Credential.objects.values_list("refresh_token", "access_token"),
        *AuthorizationRequest.objects.values_list("code_verifier", "held_grant"),
        *GrantRevocation.objects.values_list("refresh_token"),
        *Session.objects.values_list("sealed_key"),
    ]
    return [bytes(value) for row in rows for value in row if value]


@pytest.fixture
def rotated(google: Control, alice: User, bob: User, connect: Connect, settings: Settings) -> bytes:
    """Everything sealed under a key that is now the second; gives that key."""
    google.create_account("kenji@sandbox.example")
    connect(alice)
    connection = connect(bob, "kenji@sandbox.example")
    disconnect(owner=bob, connection_id=connection.pk, keep_data=True)
    start_connection(owner=alice)
    answer = google.consent(start_connection(owner=alice, in_app=True))
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}
    hold_consent(owner=alice, code=query["code"], state=query["state"])
    sealed = seal_secret("JBSWY3DP", owner=alice.pk)
    Authenticator.objects.create(user=alice, type="totp", data={"secret": sealed})
    old = settings.ENCRYPTION_KEYS[0]
    settings.ENCRYPTION_KEYS = [os.urandom(32), old]
    return bytes(old)


def test_the_old_key_can_be_dropped(
    rotated: bytes, google: Control, alice: User, settings: Settings
) -> None:
    tokens = make_session(alice)
    browser = Client()
    browser.force_login(alice)
    settings.ENCRYPTION_KEYS = [os.urandom(32), *settings.ENCRYPTION_KEYS]

    assert "You can remove the others" in reencrypt()

    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert len(columns()) >= 7
    assert all(keyring().is_current(value) for value in columns())
    assert obtain_access_token(Credential.objects.get().connection).value
    assert revoke_due_grants() == 1
    secret = Authenticator.objects.get().data["secret"]
    assert open_secret(secret, owner=alice.pk) == "JBSWY3DP"
    assert Client().get("/api/v1/connections", headers=bearer(tokens)).status_code == 200
    assert browser.get("/settings/calendars/").status_code == 200


def test_twice_changes_nothing(rotated: bytes) -> None:
    reencrypt()
    once = columns()

    assert ", 0 re-encrypted" in reencrypt()
    assert columns() == once


def test_tables_of_any_size_go_in_batches(rotated: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encryption, "BATCH", 1)

    reencrypt()

    assert all(keyring().is_current(value) for value in columns())


def test_a_value_that_changes_meanwhile_is_left_to_who_changed_it(rotated: bytes) -> None:
    rows = next(rows for rows in SEALED_ROWS if rows.model is Credential)
    read = Credential.objects.get()
    newer = keyring().seal(b"newer", context="elsewhere")
    Credential.objects.update(access_token=newer)
    tally = encryption.Tally()

    encryption._reseal(rows, read, tally)

    assert tally.sealed == 0
    assert bytes(Credential.objects.get().access_token) == newer


def test_what_fits_no_key_is_named_and_left(rotated: bytes, settings: Settings) -> None:
    before = columns()
    settings.ENCRYPTION_KEYS = [os.urandom(32)]

    with pytest.raises(CommandError, match="can't be decrypted with any key"):
        reencrypt()

    assert columns() == before
