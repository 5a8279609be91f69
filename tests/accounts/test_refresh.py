"""A refresh token is good once; the same trade again gives the same answer, a copy ends it all."""

from __future__ import annotations

import base64
import struct
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import OutgoingMail, RevocationReason, Session, User
from accounts.sessions.lifecycle import TokenPair, end_session
from accounts.tokens.refresh import RefreshToken
from config.database.encryption import keyring
from tests.accounts.forge import claims_of
from tests.factories import bearer, make_session
from tests.http import Response
from tests.product import send_due_mails
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


@pytest.fixture
def tokens(alice: User) -> TokenPair:
    return make_session(alice)


def post(client: Browser, refresh: str) -> Response:
    return client.post("/api/v1/auth/token/refresh", {"refresh": refresh}, "application/json")


def renew(client: Browser, refresh: str) -> dict[str, Any]:
    response = post(client, refresh)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def use(client: Browser, access: str) -> int:
    return client.get("/api/v1/whoami", headers={"Authorization": f"Bearer {access}"}).status_code


def assert_refused(response: Response) -> None:
    assert response.status_code == 401
    assert response.json()["code"] == "refresh-refused"
    assert response.json()["detail"] == "The refresh token isn't valid. Sign in again."


def move(**changes: Any) -> None:
    Session.objects.update(**changes)


def ago(**duration: float) -> Any:
    return timezone.now() - timedelta(**duration)


def test_a_refresh_gives_the_next_generation(client: Browser, tokens: TokenPair) -> None:
    body = renew(client, tokens.refresh)

    assert body["refresh"] != tokens.refresh
    assert body["session_id"] == str(tokens.session_id)
    assert claims_of(tokens.access)["gen"] == 1
    assert claims_of(body["access"])["gen"] == 2
    session = Session.objects.get()
    assert (session.gen, session.confirmed_gen, session.grace_uses) == (2, 1, 0)
    assert use(client, body["access"]) == 200


def test_it_costs_two_statements(client: Browser, tokens: TokenPair) -> None:
    with CaptureQueriesContext(connection) as queries:
        renew(client, tokens.refresh)

    assert len(statements(queries)) == 2


def test_the_answer_is_not_to_be_stored(client: Browser, tokens: TokenPair) -> None:
    assert post(client, tokens.refresh).headers["Cache-Control"] == "no-store"


def test_the_chain_goes_on_and_on(client: Browser, tokens: TokenPair) -> None:
    refresh = tokens.refresh
    for generation in range(2, 8):
        refresh = renew(client, refresh)["refresh"]
        assert Session.objects.get().gen == generation


@pytest.mark.parametrize("waited", [{"seconds": 1}, {"hours": 6}, {"days": 30}])
def test_a_lost_answer_is_given_again(
    client: Browser, tokens: TokenPair, waited: dict[str, int]
) -> None:
    lost = renew(client, tokens.refresh)
    move(rotated_at=ago(**waited))

    with CaptureQueriesContext(connection) as queries:
        again = renew(client, tokens.refresh)

    assert again["refresh"] == lost["refresh"]
    assert claims_of(again["access"])["gen"] == 2
    assert Session.objects.get().grace_uses == 1
    assert len(statements(queries)) == 2


def test_within_seconds_it_is_given_again_though_confirmed(
    client: Browser, tokens: TokenPair
) -> None:
    successor = renew(client, tokens.refresh)
    assert use(client, successor["access"]) == 200

    assert renew(client, tokens.refresh)["refresh"] == successor["refresh"]


def test_a_parent_after_confirmation_ends_the_session_and_tells_its_owner(
    client: Browser, tokens: TokenPair, alice: User
) -> None:
    other = make_session(alice)
    successor = renew(client, tokens.refresh)
    assert use(client, successor["access"]) == 200
    move(rotated_at=ago(seconds=31))

    assert_refused(post(client, tokens.refresh))

    session = Session.objects.get(pk=tokens.session_id)
    assert session.revoked_reason == RevocationReason.REFRESH_REUSED
    assert use(client, successor["access"]) == 401
    assert_refused(post(client, successor["refresh"]))
    assert use(client, other.access) == 200
    assert [message.to for message in mail.outbox] == [["alice@example.org"]]


def test_a_grandparent_ends_the_session_even_at_once(client: Browser, tokens: TokenPair) -> None:
    renew(client, renew(client, tokens.refresh)["refresh"])

    assert_refused(post(client, tokens.refresh))
    assert_refused(post(client, tokens.refresh))

    assert Session.objects.get().revoked_reason == RevocationReason.REFRESH_REUSED
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_does_not_change_the_answer(
    client: Browser, tokens: TokenPair, settings: Settings
) -> None:
    settings.MAIL_TRANSPORT = "accounts.mail.smtp.SMTPTransport"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    renew(client, renew(client, tokens.refresh)["refresh"])

    assert_refused(post(client, tokens.refresh))
    assert Session.objects.get().revoked_at is not None
    assert send_due_mails() == 0
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.WAITING


def test_a_storm_of_repeats_is_refused_and_the_session_goes_on(
    client: Browser, tokens: TokenPair
) -> None:
    successor = renew(client, tokens.refresh)
    for _ in range(10):
        renew(client, tokens.refresh)

    assert_refused(post(client, tokens.refresh))

    assert Session.objects.get().revoked_at is None
    assert use(client, successor["access"]) == 200


def key_of(session: Session) -> bytes:
    context = f"accounts.session.sealed_key:{session.pk}"
    return keyring().open(bytes(session.sealed_key), context=context)


def test_a_future_generation_is_refused_and_the_session_goes_on(
    client: Browser, tokens: TokenPair
) -> None:
    session = Session.objects.get()
    future = RefreshToken(1, session.pk, 5).sign(key_of(session))

    assert_refused(post(client, future))
    renew(client, tokens.refresh)


@pytest.mark.parametrize("changes", [{"gen": 2}, {"ver": 2}, {"sid": uuid.uuid4()}])
def test_what_is_said_cannot_be_changed(
    client: Browser, tokens: TokenPair, changes: dict[str, Any]
) -> None:
    said: dict[str, Any] = {"ver": 1, "sid": tokens.session_id, "gen": 1} | changes
    raw = struct.pack(">I16sI", said["ver"], said["sid"].bytes, said["gen"])
    body = base64.urlsafe_b64encode(raw).decode()

    assert_refused(post(client, f"rt1.{body}.{tokens.refresh.rpartition('.')[2]}"))
    renew(client, tokens.refresh)


def test_every_flipped_bit_is_refused_and_the_session_goes_on(
    client: Browser, tokens: TokenPair
) -> None:
    text = tokens.refresh
    for position in range(len(text)):
        flipped = text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1 :]
        assert_refused(post(client, flipped))
    assert Session.objects.get().revoked_at is None
    renew(client, text)


@pytest.mark.parametrize("text", ["x", "rt1", "rt1..", "rt1.AAAA.AAAA", "rt2.x.y", "é", "." * 9])
def test_nonsense_is_refused_without_a_statement(client: Browser, db: None, text: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = post(client, text)

    assert_refused(response)
    assert len(statements(queries)) == 0


def test_a_key_sealed_for_another_session_opens_nothing(
    client: Browser, tokens: TokenPair, bob: User
) -> None:
    stolen = Session.objects.get(pk=tokens.session_id).sealed_key
    other = make_session(bob)
    Session.objects.filter(pk=other.session_id).update(sealed_key=stolen)

    assert_refused(post(client, other.refresh))


def test_each_refresh_moves_the_idle_end_up_to_the_absolute_one(
    client: Browser, tokens: TokenPair
) -> None:
    end = Session.objects.get().expires_at
    move(idle_expires_at=timezone.now() + timedelta(minutes=1))
    refresh = renew(client, tokens.refresh)["refresh"]
    assert Session.objects.get().idle_expires_at > timezone.now() + timedelta(days=59)
    assert Session.objects.get().expires_at == end

    soon = timezone.now() + timedelta(days=2)
    move(expires_at=soon, idle_expires_at=soon)
    renew(client, refresh)
    assert Session.objects.get().idle_expires_at == soon


@pytest.mark.parametrize("end", ["idle_expires_at", "expires_at"])
def test_past_either_end_it_is_refused(client: Browser, tokens: TokenPair, end: str) -> None:
    move(idle_expires_at=ago(seconds=1))
    if end == "expires_at":
        move(expires_at=ago(seconds=1))

    assert_refused(post(client, tokens.refresh))
    assert use(client, tokens.access) == 401


def test_a_new_auth_epoch_ends_it(client: Browser, tokens: TokenPair, alice: User) -> None:
    User.objects.update(auth_epoch=2)

    assert_refused(post(client, tokens.refresh))


def test_an_inactive_person_gets_nothing(client: Browser, tokens: TokenPair) -> None:
    User.objects.update(is_active=False)

    assert_refused(post(client, tokens.refresh))


def test_an_ended_session_gives_nothing_and_keeps_its_reason(
    client: Browser, tokens: TokenPair
) -> None:
    session = Session.objects.get()
    assert end_session(session=session, reason=RevocationReason.SIGNED_OUT)
    assert not end_session(session=session, reason=RevocationReason.REFRESH_REUSED)

    assert_refused(post(client, tokens.refresh))
    assert Session.objects.get().revoked_reason == RevocationReason.SIGNED_OUT


def test_the_encryption_keys_can_change(
    client: Browser, tokens: TokenPair, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = [bytes(range(32)), *settings.ENCRYPTION_KEYS]
    refresh = renew(client, tokens.refresh)["refresh"]

    former, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, settings.ENCRYPTION_KEYS[:1]
    assert post(client, refresh).status_code == 503, "the session waits for its key"
    settings.ENCRYPTION_KEYS = former
    assert post(client, refresh).status_code == 200


def test_no_token_and_no_key_lies_in_the_database(tokens: TokenPair) -> None:
    session = Session.objects.get()
    key = key_of(session)
    row = b"|".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for value in Session.objects.values_list().get()
    )

    assert key not in row
    for token in (tokens.access, tokens.refresh):
        assert token.rpartition(".")[2].encode() not in row


def test_use_of_a_generation_confirms_it_once(client: Browser, tokens: TokenPair) -> None:
    costs = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/whoami", headers=bearer(tokens))
        costs.append(len(statements(queries)))

    assert costs == [2, 1, 1]
    assert Session.objects.get().confirmed_gen == 1


def test_last_seen_is_written_once_in_five_minutes(client: Browser, tokens: TokenPair) -> None:
    client.get("/api/v1/whoami", headers=bearer(tokens))
    move(last_seen_at=ago(minutes=6))
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/whoami", headers=bearer(tokens))
        costs.append(len(statements(queries)))

    assert costs == [2, 1]
    assert Session.objects.get().last_seen_at > ago(minutes=1)
