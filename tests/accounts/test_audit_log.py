"""The audit log keeps what happened, whatever became of the request, and lets nobody change it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import events, trail
from accounts.audit.trail import take_tallies
from accounts.models import AuditEvent, RevocationReason, Session, User
from tests.accounts.forge import claims_of
from tests.audit import audit_log
from tests.factories import PASSWORD, bearer, make_session
from tests.product import call_command

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/auth/token"
SESSIONS = "/api/v1/auth/sessions"


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **headers: str) -> int:
    body = {"email": email, "password": password}
    return browser.post(TOKEN, body, "application/json", headers=headers).status_code


def test_a_sign_in_says_who_how_and_from_where(client: Browser, alice: User) -> None:
    agent, request_id = "Phone/2.1", "request-of-the-test"

    assert sign_in(client, alice.email, **{"User-Agent": agent, "X-Request-ID": request_id}) == 200

    (entry,) = audit_log()
    assert (entry.event, entry.outcome, entry.user) == ("sign_in", "ok", alice)
    assert (entry.method, entry.client_id) == ("password", "daybook-api")
    assert (entry.ip, entry.user_agent, entry.request_id) == ("127.0.0.1", agent, request_id)
    assert entry.session_id == Session.objects.get().pk


@pytest.mark.parametrize(
    ("email", "password", "reason"),
    [
        ("alice@example.org", "wrong", "wrong password"),
        ("nobody@example.org", PASSWORD, "unknown address"),
        ("gone@example.org", PASSWORD, "inactive"),
    ],
)
def test_a_refusal_is_kept_with_its_inner_reason(
    client: Browser, alice: User, charlie: User, email: str, password: str, reason: str
) -> None:
    User.objects.filter(pk=charlie.pk).update(email="gone@example.org", is_active=False)

    assert sign_in(client, email, password) == 401

    (entry,) = audit_log()
    assert (entry.event, entry.outcome, entry.reason) == ("sign_in_refused", "refused", reason)
    assert entry.user == User.objects.filter(email=email).first()


def test_many_failures_are_one_row(client: Browser, alice: User) -> None:
    tokens = make_session(alice)
    for _ in range(40):
        headers = {"Authorization": f"Bearer {tokens.access[:-6]}AAAAAA"}
        assert client.get("/api/v1/profile", headers=headers).status_code == 401
    assert AuditEvent.objects.count() == 0

    entries = audit_log("token_refused")

    assert sum(entry.count for entry in entries) == 40
    assert len(entries) <= 2  # a minute may have ended in between


def test_an_attack_with_ever_new_addresses_has_a_bound(alice: User) -> None:
    """More than two spans would list, because a span may end in between."""
    attack = [
        AuditEvent(
            event=events.SIGN_IN_REFUSED,
            outcome="refused",
            ip=f"10.0.{number // 250}.{number % 250}",
            user=alice,
        )
        for number in range(2200)
    ]
    trail.write(attack)

    entries = audit_log()

    assert sum(entry.count for entry in entries) == 2200
    assert len(entries) <= 2 * 1001
    assert any(entry.ip is None and entry.count > 1 for entry in entries)


def test_tallies_that_are_written_twice_are_there_once(client: Browser, alice: User) -> None:
    sign_in(client, alice.email, "wrong")
    later = timezone.now() + timedelta(hours=1)
    (_name, rows), *_ = take_tallies(until=later)
    AuditEvent.objects.bulk_create(rows)

    trail.write_tallies(until=later)

    assert AuditEvent.objects.count() == 1
    assert trail.write_tallies(until=later) == 0


def test_a_request_that_is_undone_keeps_its_entry(client: Browser, alice: User) -> None:
    """The step-up refuses the export by an exception, which undoes the request."""
    Session.objects.update(authenticated_at=timezone.now())
    tokens = make_session(alice)
    Session.objects.update(authenticated_at=timezone.now() - timedelta(days=1))

    answer = client.get("/api/v1/account/export", headers=bearer(tokens))

    assert answer.status_code == 403
    assert [entry.user for entry in audit_log("step_up_refused")] == [alice]


DOOR = "SET LOCAL app.audit_keep_days = '0'; SET LOCAL app.audit_door = "


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET outcome = 'ok'",
        "UPDATE accounts_auditevent SET user_id = NULL",
        "DELETE FROM accounts_auditevent",
        f"{DOOR} 'anonymise'; UPDATE accounts_auditevent SET outcome = 'refused'",
        f"{DOOR} 'anonymise'; DELETE FROM accounts_auditevent",
        f"{DOOR} 'retention'; DELETE FROM accounts_auditevent",
        f"{DOOR} 'retention'; UPDATE accounts_auditevent SET user_id = NULL",
    ],
)
def test_nobody_changes_or_deletes_an_entry(alice: User, statement: str) -> None:
    trail.record(events.SIGN_IN, user=alice, details={"device": "phone"})
    before = AuditEvent.objects.values().get()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEvent.objects.values().get() == before


def test_a_person_who_leaves_leaves_no_trace_but_the_event(alice: User) -> None:
    trail.record(events.SIGN_IN, user=alice, client_id="phone", details={"device": "x"})

    alice.delete()

    row = AuditEvent.objects.values().get()
    assert row["event"] == "sign_in"
    assert {row[name] for name in ("user_id", "ip", "session_id")} == {None}
    assert (row["client_id"], row["user_agent"], row["details"]) == ("", "", {})


def test_an_entry_of_somebody_who_is_gone_by_now_is_written_without_the_person(
    alice: User,
) -> None:
    gone = User.objects.get(pk=alice.pk)
    alice.delete()

    trail.record(events.SESSION_ENDED, user=gone)

    assert AuditEvent.objects.get().user is None


def test_prune_deletes_what_is_too_old_and_nothing_else(alice: User, settings: Settings) -> None:
    settings.AUDIT_KEEP_DAYS = 60
    now = timezone.now()
    for days in (0, 59, 61, 1000):
        AuditEvent.objects.create(
            event=events.SIGN_IN, user=alice, occurred_at=now - timedelta(days=days)
        )

    call_command("prune")

    kept = AuditEvent.objects.values_list("occurred_at", flat=True)
    assert {(now - at).days for at in kept} == {0, 59}


def test_a_jti_is_kept_as_its_digest(alice: User) -> None:
    trail.record(events.SIGN_IN, user=alice, details={"jti": "secret-jti"})

    digest = AuditEvent.objects.get().details["jti"]
    assert digest.startswith("sha256:")
    assert "secret-jti" not in digest


def digest_of_jti(access: str) -> str:
    return f"sha256:{hashlib.sha256(claims_of(access)['jti'].encode()).hexdigest()}"


def test_what_an_access_token_did_names_it_by_the_digest_of_its_jti(
    client: Browser, alice: User
) -> None:
    tokens = make_session(alice)

    assert client.post("/api/v1/auth/logout", headers=bearer(tokens)).status_code == 204

    (entry,) = audit_log("session_ended")
    assert (entry.user, entry.session_id) == (alice, tokens.session_id)
    assert entry.reason == RevocationReason.SIGNED_OUT
    assert entry.details == {"jti": digest_of_jti(tokens.access)}


def test_a_refused_token_is_named_when_its_signature_held(
    client: Browser, alice: User, settings: Settings
) -> None:
    settings.ACCESS_TOKEN_SECONDS = -60
    expired = make_session(alice)
    settings.ACCESS_TOKEN_SECONDS = 900
    forged = f"{make_session(alice).access[:-8]}AAAAAAAA"

    for access in (expired.access, forged):
        assert (
            client.get(SESSIONS, headers={"Authorization": f"Bearer {access}"}).status_code == 401
        )

    refused = {entry.reason: entry.details for entry in audit_log("token_refused")}
    assert refused == {"expired": {"jti": digest_of_jti(expired.access)}, "invalid": {}}


def test_signing_out_on_the_pages_is_in_the_log(client: Browser, alice: User) -> None:
    client.force_login(alice)
    session = Session.objects.get()

    client.post("/accounts/logout/")

    (entry,) = audit_log("session_ended")
    assert (entry.user, entry.session_id, entry.reason) == (alice, session.pk, "signed-out")
