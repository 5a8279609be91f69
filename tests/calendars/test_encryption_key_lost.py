"""A lost key is said where it hurts, nothing is thrown away, and its return mends everything."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from calendars.connections.consent import start_connection
from calendars.connections.disconnecting import disconnect
from calendars.google.errors import CredentialDamaged
from calendars.models import Connection, Credential, GrantRevocation, SyncRun, SyncState
from config.web.health import forget_findings
from sandbox.control import Control
from tests.accounts.second_steps import code_of, set_up_app
from tests.calendars.conftest import Connect, RunDue
from tests.config.test_metrics import counted
from tests.factories import PASSWORD, bearer, make_session
from tests.product import call_command, obtain_access_token, revoke_due_grants, sync_collection

pytestmark = pytest.mark.django_db
CODE = "encryption-key-missing"
TOKEN = "/api/v1/auth/token"


@pytest.fixture
def connected(google: Control, connect: Connect, run_due: RunDue, alice: User) -> Connection:
    connection = connect(alice)
    run_due()
    return connection


def lose_key(settings: Settings) -> list[bytes]:
    """Another key takes its place; gives the former ones."""
    former = list(settings.ENCRYPTION_KEYS)
    settings.ENCRYPTION_KEYS = [os.urandom(32)]
    forget_findings()
    return former


def sync_now() -> list[SyncRun | None]:
    SyncState.objects.update(due_at=timezone.now())
    return [sync_collection(state.pk) for state in SyncState.objects.all()]


def shown(owner: User) -> dict[str, object]:
    answer = Browser().get("/api/v1/connections", headers=bearer(make_session(owner)))
    (connection,) = answer.json()["results"]
    return {"status": connection["status"], "error": connection["error"]}


def test_a_sync_waits_says_why_and_goes_on_when_the_key_is_back(
    connected: Connection, google: Control, alice: User, settings: Settings
) -> None:
    asked = google.counts()
    former = lose_key(settings)

    sync_now()
    sync_now()

    assert google.counts() == asked, "Google was not asked"
    for state in SyncState.objects.all():
        assert (state.error_code, state.parked) == (CODE, False)
        assert state.due_at > timezone.now() + timedelta(seconds=5)
    connected.refresh_from_db()
    assert (connected.status, connected.error_code) == (Connection.Status.ACTIVE, CODE)
    error = shown(alice)["error"]
    assert isinstance(error, dict)
    assert error["code"] == CODE
    assert "key" in error["message"]

    settings.ENCRYPTION_KEYS = former
    runs = sync_now()

    assert {run.outcome for run in runs if run} == {SyncRun.Outcome.COMPLETED}
    assert shown(alice) == {"status": "active", "error": None}


def test_each_wait_is_longer(connected: Connection, settings: Settings) -> None:
    lose_key(settings)
    for _attempt in range(9):
        sync_now()
    due = min(SyncState.objects.values_list("due_at", flat=True))
    assert due > timezone.now() + timedelta(minutes=20)


def test_it_is_counted(connected: Connection, settings: Settings) -> None:
    name, labels = "daybook_unreadable_secrets_total", {"reason": "key-missing"}
    before = counted(name, place="credential", **labels)
    lose_key(settings)
    sync_now()
    assert counted(name, place="credential", **labels) > before


def test_a_damaged_credential_asks_for_a_new_consent(connected: Connection) -> None:
    credential = Credential.objects.get()
    for name in ("access_token", "refresh_token"):
        sealed = bytearray(getattr(credential, name))
        sealed[-1] ^= 1
        setattr(credential, name, bytes(sealed))
    credential.save()

    sync_now()

    connected.refresh_from_db()
    assert connected.status == Connection.Status.RECONNECT_REQUIRED
    assert connected.error_code == CredentialDamaged.code


def test_a_damaged_access_token_alone_is_replaced(connected: Connection, google: Control) -> None:
    Credential.objects.update(access_token=b"\x01" + b"x" * 60)
    before = google.counts().get("token.refresh", 0)
    assert obtain_access_token(connected).value
    assert google.counts()["token.refresh"] == before + 1


def test_a_grant_that_is_to_be_revoked_waits_for_the_key(
    connected: Connection, alice: User, settings: Settings
) -> None:
    disconnect(owner=alice, connection_id=connected.pk, keep_data=True)
    former = lose_key(settings)

    assert revoke_due_grants() == 0
    assert GrantRevocation.objects.count() == 1

    settings.ENCRYPTION_KEYS = former
    GrantRevocation.objects.update(due_at=timezone.now())
    assert revoke_due_grants() == 1
    assert not GrantRevocation.objects.exists()


def test_a_consent_under_way_begins_again(google: Control, alice: User, settings: Settings) -> None:
    answer = google.consent(start_connection(owner=alice), email="ada@sandbox.example")
    lose_key(settings)
    browser = Browser()
    browser.force_login(alice)

    told = browser.get(answer.replace("http://127.0.0.1:8000", ""), follow=True)

    assert told.status_code < 500
    assert "Try again" in told.content.decode()
    assert not Connection.objects.exists()


def test_a_phone_keeps_its_token(alice: User, settings: Settings) -> None:
    body = {"refresh": make_session(alice).refresh}
    former = lose_key(settings)

    told = Browser().post(f"{TOKEN}/refresh", body, "application/json")

    assert (told.status_code, told.json()["code"]) == (503, CODE)
    assert int(told.headers["Retry-After"]) > 0
    settings.ENCRYPTION_KEYS = former
    assert Browser().post(f"{TOKEN}/refresh", body, "application/json").status_code == 200


def test_a_damaged_session_key_signs_out(alice: User) -> None:
    body = {"refresh": make_session(alice).refresh}
    Session.objects.update(sealed_key=b"\x01damaged")
    told = Browser().post(f"{TOKEN}/refresh", body, "application/json")
    assert (told.status_code, told.json()["code"]) == (401, "refresh-refused")


@pytest.mark.parametrize("door", ["api", "page"])
def test_a_second_step_is_neither_right_nor_wrong(
    door: str, alice: User, settings: Settings
) -> None:
    code = code_of(set_up_app(alice))
    former = lose_key(settings)
    browser = Browser()

    if door == "api":
        body = {"email": alice.email, "password": PASSWORD, "otp": code}
        told = browser.post(TOKEN, body, "application/json")
        assert told.json()["code"] == CODE
    else:
        browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
        told = browser.post("/accounts/2fa/authenticate/", {"code": code})
        assert "encryption key is missing" in told.content.decode()
    assert told.status_code == 503
    assert int(told.headers["Retry-After"]) > 0
    assert not Session.objects.exists()

    settings.ENCRYPTION_KEYS = former
    body = {"email": alice.email, "password": PASSWORD, "otp": code}
    assert Browser().post(TOKEN, body, "application/json").status_code == 200


def doctor() -> tuple[int, dict[str, str]]:
    """Exit code, and the level of each finding about what is sealed."""
    out, code = StringIO(), 0
    try:
        call_command("dbdoctor", "--json", stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    sections = json.loads(out.getvalue())["sections"]
    (sealed,) = (each for each in sections if each["title"] == "Secrets at rest")
    return code, {each["what"]: each["level"] for each in sealed["findings"]}


def sealed_things(alice: User, connected: Connection) -> dict[str, object]:
    set_up_app(alice)
    start_connection(owner=alice)
    browser = Browser()
    browser.force_login(alice)
    assert connected.owner == alice
    assert Authenticator.objects.exists()
    return {"sessions": make_session(alice)}


def test_readiness_and_the_doctor_open_rows_of_each_kind(
    connected: Connection, alice: User, settings: Settings
) -> None:
    sealed_things(alice, connected)
    forget_findings()
    assert Browser().get("/readyz").json()["encryption"] == "ok"
    assert doctor()[1] == {}

    lose_key(settings)

    answer = Browser().get("/readyz")
    assert (answer.status_code, answer.json()["encryption"]) == (503, "key-missing")
    code, findings = doctor()
    assert code == 1
    assert set(findings.values()) == {"fault"}, findings
    for kind in ("tokens of connections", "keys of sessions", "second factors", "browser sessions"):
        assert any(kind in what for what in findings)


def test_one_row_of_a_former_key_is_a_warning_and_takes_nothing_away(
    alice: User, bob: User, settings: Settings
) -> None:
    make_session(alice)
    lose_key(settings)
    make_session(bob)

    assert Browser().get("/readyz").status_code == 200
    assert set(doctor()[1].values()) == {"warning"}
