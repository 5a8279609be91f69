"""A browser's session: opened with its cookie, ended when idle, too old, signed out or ended."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as CookieState
from django.db import connection
from django.db.models import F
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import RevocationReason, Session, User
from tests.factories import PASSWORD, bearer, make_session
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


@pytest.fixture
def browser(client: Browser, alice: User) -> Browser:
    """Signed in as Alice."""
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    return client


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/api/v1/whoami").status_code == 200


def test_a_sign_in_opens_one_row(browser: Browser, alice: User) -> None:
    session = Session.objects.get()

    assert (session.user, session.is_browser, session.ip) == (alice, True, "127.0.0.1")
    assert (session.amr, session.acr) == (["pwd"], "aal1")
    assert bytes(session.sealed_key) == b""
    assert str(session.pk) == browser.session["daybook_session"]


def test_idle_and_absolute_end_come_from_the_settings(
    client: Browser, alice: User, settings: Settings
) -> None:
    settings.BROWSER_IDLE_DAYS, settings.BROWSER_ABSOLUTE_DAYS = 3, 10
    client.force_login(alice)

    session = Session.objects.get()

    assert session.idle_expires_at - session.created_at < timedelta(days=3, minutes=1)
    assert session.expires_at - session.created_at < timedelta(days=10, minutes=1)


def test_a_longer_idle_than_absolute_life_ends_at_the_absolute_one(
    client: Browser, alice: User, settings: Settings
) -> None:
    settings.BROWSER_IDLE_DAYS, settings.BROWSER_ABSOLUTE_DAYS = 30, 10
    client.force_login(alice)

    session = Session.objects.get()

    assert session.idle_expires_at == session.expires_at


def test_past_the_idle_end_the_cookie_is_worth_nothing(browser: Browser) -> None:
    Session.objects.update(idle_expires_at=timezone.now())
    assert not is_signed_in(browser)
    assert not CookieState.objects.exists()


def test_past_the_absolute_end_the_cookie_is_worth_nothing(browser: Browser) -> None:
    now = timezone.now()
    Session.objects.update(idle_expires_at=now, expires_at=now)
    assert not is_signed_in(browser)


def test_use_moves_the_idle_end_up_to_the_absolute_one(browser: Browser) -> None:
    soon, hour_ago = timezone.now() + timedelta(hours=1), timezone.now() - timedelta(hours=1)
    Session.objects.update(idle_expires_at=soon, last_seen_at=hour_ago)
    assert is_signed_in(browser)
    assert Session.objects.get().idle_expires_at > soon + timedelta(days=13)

    Session.objects.update(idle_expires_at=soon, expires_at=soon, last_seen_at=hour_ago)
    assert is_signed_in(browser)
    assert Session.objects.get().idle_expires_at == soon


def test_last_seen_is_written_once_in_five_minutes(browser: Browser) -> None:
    Session.objects.update(last_seen_at=F("last_seen_at") - timedelta(minutes=6))

    with CaptureQueriesContext(connection) as queries:
        for _ in range(3):
            assert is_signed_in(browser)

    updates = [sql for sql in statements(queries) if sql.startswith("UPDATE")]
    assert len(updates) == 1


def test_a_sign_out_ends_the_row(browser: Browser) -> None:
    browser.post("/accounts/logout/")

    assert Session.objects.get().revoked_reason == RevocationReason.SIGNED_OUT


def test_a_copied_cookie_dies_with_the_sign_out(browser: Browser) -> None:
    copy = Browser()
    copy.cookies.load(browser.cookies.output(header="", sep=";"))
    assert is_signed_in(copy)

    browser.post("/accounts/logout/")

    assert not is_signed_in(copy)


def test_a_cookie_of_no_row_signs_nobody_in(browser: Browser) -> None:
    Session.objects.all().delete()
    assert not is_signed_in(browser)


def test_anothers_row_does_not_carry_a_cookie(browser: Browser, charlie: User) -> None:
    Session.objects.update(user=charlie)
    assert not is_signed_in(browser)


def test_a_second_sign_in_replaces_the_first(browser: Browser, alice: User) -> None:
    browser.force_login(alice)

    assert Session.objects.filter(revoked_at=None).count() == 1
    assert is_signed_in(browser)


def test_a_bearer_token_beside_the_cookie_never_asks_for_it(browser: Browser, bob: User) -> None:
    tokens = make_session(bob)
    browser.get("/api/v1/whoami", headers=bearer(tokens))

    with CaptureQueriesContext(connection) as queries:
        response = browser.get("/api/v1/whoami", headers=bearer(tokens))

    assert response.json()["user"] == str(bob.public_id)
    assert not [each for each in queries if "django_session" in each["sql"]]


def test_no_refresh_token_can_be_made_for_a_browser(browser: Browser) -> None:
    phone = make_session(Session.objects.get().user)
    session = Session.objects.get(is_browser=True)
    Session.objects.filter(pk=phone.session_id).update(sealed_key=session.sealed_key)

    refreshed = browser.post(
        "/api/v1/auth/token/refresh", {"refresh": phone.refresh}, "application/json"
    )

    assert refreshed.status_code == 401


def test_what_the_cookie_stands_for_is_sealed_at_rest(browser: Browser, alice: User) -> None:
    state = browser.session
    state["secret"] = "JBSWY3DPEHPK3PXP"
    state.save()

    stored = CookieState.objects.get()

    assert stored.get_decoded()["secret"] == "JBSWY3DPEHPK3PXP"
    sealed = stored.session_data.partition(":")[0]
    assert b"secret" not in base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))


def test_a_state_sealed_under_a_lost_key_is_an_empty_one(
    browser: Browser, settings: Settings
) -> None:
    settings.ENCRYPTION_KEYS = [b"x" * 32]
    assert not is_signed_in(browser)
