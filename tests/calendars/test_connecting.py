"""Connecting an account: a consent works once and only for the user who started it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.connections.consent import complete_connection, refuse_connection, start_connection
from calendars.models import AuthorizationRequest, Connection, Credential, SyncState
from calendars.models.connection import READ_SCOPE
from config.web.problems import DomainError
from sandbox.control import Control
from tests.audit import audit_log
from tests.calendars.conftest import Connect

ADA = "ada@sandbox.example"


def answer_of(google: Control, url: str, **choices: object) -> dict[str, str]:
    location = google.consent(url, **choices)  # type: ignore[arg-type]
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def test_a_consent_makes_a_connection(google: Control, alice: User, connect: Connect) -> None:
    connection = connect(alice)

    assert (connection.owner, connection.email, connection.status) == (alice, ADA, "active")
    assert READ_SCOPE in connection.scopes
    assert SyncState.objects.get(connection=connection).calendar is None
    assert google.counts()["token.code"] == 1


def test_tokens_are_sealed_and_bound_to_their_connection(
    google: Control, alice: User, connect: Connect
) -> None:
    credential = Credential.objects.get(connection=connect(alice))

    for sealed in (bytes(credential.refresh_token), bytes(credential.access_token)):
        assert sealed[:1] == b"\x01"
        assert b"1//" not in sealed
        assert b"ya29" not in sealed


def test_a_replayed_answer_changes_nothing(google: Control, alice: User) -> None:
    answer = answer_of(google, start_connection(owner=alice))
    complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    with pytest.raises(DomainError, match="already used") as refused:
        complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    assert refused.value.code == "state-not-valid"
    assert google.counts()["token.code"] == 1


def test_a_forged_state_is_refused_without_asking_google(google: Control, alice: User) -> None:
    with pytest.raises(DomainError) as refused:
        complete_connection(owner=alice, code="4/abc", state="forged")

    assert refused.value.code == "state-not-valid"
    assert "token.code" not in google.counts()
    assert not Connection.objects.exists()


def test_another_persons_answer_is_refused(google: Control, alice: User, charlie: User) -> None:
    answer = answer_of(google, start_connection(owner=alice))

    with pytest.raises(DomainError) as refused:
        complete_connection(owner=charlie, code=answer["code"], state=answer["state"])

    assert refused.value.code == "state-not-valid"
    assert not Connection.objects.exists()
    assert AuthorizationRequest.objects.get().used_at is None


def test_a_late_answer_is_refused(google: Control, alice: User) -> None:
    answer = answer_of(google, start_connection(owner=alice))
    AuthorizationRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(DomainError) as refused:
        complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    assert refused.value.code == "state-not-valid"


def test_a_refused_consent_makes_no_connection(google: Control, alice: User) -> None:
    answer = answer_of(google, start_connection(owner=alice), allow=False)

    with pytest.raises(DomainError) as refused:
        refuse_connection(owner=alice, state=answer["state"], error=answer["error"])

    assert refused.value.code == "consent-refused"
    assert not Connection.objects.exists()


def test_an_unticked_calendar_scope_is_said_clearly(google: Control, alice: User) -> None:
    answer = answer_of(google, start_connection(owner=alice), scopes=["openid", "email"])

    with pytest.raises(DomainError, match="wasn't given permission") as refused:
        complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    assert refused.value.code == "scope-missing"
    assert not Connection.objects.exists()


def test_reconnecting_as_another_account_changes_nothing(
    google: Control, alice: User, connect: Connect
) -> None:
    google.create_account("kenji@sandbox.example")
    connection = connect(alice)
    before = Credential.objects.values().get()
    answer = answer_of(
        google,
        start_connection(owner=alice, reconnect=connection),
        email="kenji@sandbox.example",
    )

    with pytest.raises(DomainError, match=r"belongs to ada@sandbox\.example") as refused:
        complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    assert refused.value.code == "another-account"
    assert Credential.objects.values().get() == before
    assert Connection.objects.get().email == ADA


def test_connecting_the_same_account_again_keeps_one_connection(
    google: Control, alice: User, connect: Connect
) -> None:
    first = connect(alice)
    Connection.objects.update(status=Connection.Status.RECONNECT_REQUIRED, error_code="x")

    second = connect(alice)

    assert first.pk == second.pk
    assert (second.status, second.error_code) == (Connection.Status.ACTIVE, "")
    assert SyncState.objects.count() == 1


def test_two_people_may_connect_the_same_account(
    google: Control, alice: User, bob: User, connect: Connect
) -> None:
    connections = [connect(alice), connect(bob)]

    assert connections[0].subject == connections[1].subject
    assert Connection.objects.count() == 2


def test_a_foreign_redirect_is_refused(google: Control, alice: User) -> None:
    with pytest.raises(DomainError) as refused:
        start_connection(owner=alice, redirect_uri="https://evil.example/callback")

    assert refused.value.code == "redirect-uri-unknown"
    assert not AuthorizationRequest.objects.exists()


def test_google_being_away_is_told_as_such(google: Control, alice: User) -> None:
    answer = answer_of(google, start_connection(owner=alice))
    google.order_fault("html", "token.code", always=True)

    with pytest.raises(DomainError) as refused:
        complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    assert (refused.value.code, refused.value.retryable) == ("google-unavailable", True)
    assert not Connection.objects.exists()


def test_the_log_tells_connected_and_connected_again(
    google: Control, alice: User, connect: Connect
) -> None:
    connection = connect(alice)
    connect(alice)
    start_again = start_connection(owner=alice, reconnect=connection)
    answer = answer_of(google, start_again)
    complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    log = [(row.event, row.user, row.details["connection"]) for row in audit_log()]
    about = (alice, str(connection.pk))
    assert log == [("google_connected", *about), *[("google_reconnected", *about)] * 2]


def test_a_refused_consent_is_no_connection_in_the_log(google: Control, alice: User) -> None:
    answer = answer_of(google, start_connection(owner=alice), scopes=["openid", "email"])

    with pytest.raises(DomainError):
        complete_connection(owner=alice, code=answer["code"], state=answer["state"])

    assert audit_log() == []
