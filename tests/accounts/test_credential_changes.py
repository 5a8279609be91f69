"""A changed password or second factor ends everything that was signed in before, but the asker."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, RevocationReason, Session, User
from tests.accounts.second_steps import code_of, recovery_codes_of, set_up_app
from tests.factories import PASSWORD, bearer, legacy_claims, make_legacy_token, make_session
from tests.http import Response

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.accounts.urls")]
NEW = "another walk, inland"


def whoami(browser: Browser, **headers: str) -> int:
    return browser.get("/api/v1/whoami", headers=headers or None).status_code


def sign_in(email: str, password: str = PASSWORD) -> Browser:
    browser = Browser()
    browser.post("/accounts/login/", {"login": email, "password": password})
    assert whoami(browser) == 200
    return browser


def change_password(browser: Browser, alice: User) -> Response:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    return browser.post("/accounts/password/change/", form)


def switch_the_app_on(browser: Browser, alice: User) -> Response:
    page = browser.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'<code id="key">(\w+)</code>', page)
    assert secret
    return browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret[1])})


def switch_the_app_off(browser: Browser, alice: User) -> Response:
    set_up_app(alice)
    return browser.post("/accounts/2fa/totp/deactivate/")


def make_new_codes(browser: Browser, alice: User) -> Response:
    set_up_app(alice)
    return browser.post("/accounts/2fa/recovery-codes/generate/")


CHANGES = [change_password, switch_the_app_on, switch_the_app_off, make_new_codes]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_only_the_asking_browser_goes_on(
    change: Callable[[Browser, User], Response], alice: User, bob: User
) -> None:
    browser, other, phone = sign_in(alice.email), sign_in(alice.email), make_session(alice)
    bobs = make_session(bob)
    epoch = User.objects.get(pk=alice.pk).auth_epoch

    assert change(browser, alice).status_code == 302

    assert whoami(browser) == 200
    assert whoami(other) == 401
    assert whoami(Browser(), **bearer(phone)) == 401
    refreshed = Browser().post(
        "/api/v1/auth/token/refresh", {"refresh": phone.refresh}, "application/json"
    )
    assert refreshed.status_code == 401
    assert User.objects.get(pk=alice.pk).auth_epoch > epoch
    ended = Session.objects.get(pk=phone.session_id)
    assert ended.revoked_reason == RevocationReason.CREDENTIALS_CHANGED
    assert whoami(Browser(), **bearer(bobs)) == 200


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_person_is_told_by_mail_and_the_audit_log(
    change: Callable[[Browser, User], Response], alice: User
) -> None:
    browser = sign_in(alice.email)
    change(browser, alice)

    assert [message.to for message in mail.outbox] == [[alice.email]]
    name = "password_changed" if change is change_password else "mfa_changed"
    assert AuditEvent.objects.filter(event=name, user=alice).exists()


def test_a_token_of_the_old_system_ends_too(alice: User, legacy: Settings) -> None:
    User.objects.filter(pk=alice.pk).update(legacy_id=7)
    alice.refresh_from_db()
    old = {"Authorization": f"Bearer {make_legacy_token(legacy_claims(alice))}"}
    assert whoami(Browser(), **old) == 200

    change_password(sign_in(alice.email), alice)

    assert whoami(Browser(), **old) == 401


def test_a_reset_by_mail_ends_all(alice: User) -> None:
    browser, phone = sign_in(alice.email), make_session(alice)
    stranger = Browser()
    stranger.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"http://[^/\s]+(/accounts/\S+)", str(mail.outbox[-1].body))
    assert link
    form = stranger.get(link[1]).headers["Location"]

    stranger.post(form, {"password1": NEW, "password2": NEW})

    assert whoami(browser) == 401
    assert whoami(Browser(), **bearer(phone)) == 401
    assert whoami(sign_in(alice.email, NEW)) == 200


def test_a_refused_change_ends_nothing(alice: User) -> None:
    browser, phone = sign_in(alice.email), make_session(alice)
    form = {"oldpassword": "not the password", "password1": NEW, "password2": NEW}

    assert browser.post("/accounts/password/change/", form).status_code == 200

    assert whoami(Browser(), **bearer(phone)) == 200
    assert AuditEvent.objects.filter(event="password_changed").count() == 0


def test_recovery_codes_come_with_the_app_and_go_with_it(alice: User) -> None:
    browser = sign_in(alice.email)

    switch_the_app_on(browser, alice)
    assert len(recovery_codes_of(alice)) == 10
    page = browser.get("/accounts/2fa/recovery-codes/").content.decode()
    assert all(code in page for code in recovery_codes_of(alice))

    browser.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=alice).exists()


@pytest.mark.parametrize("path", ["totp/activate/", "recovery-codes/", "webauthn/add/"])
def test_a_change_asks_for_a_recent_sign_in(alice: User, path: str) -> None:
    browser = sign_in(alice.email)
    set_up_app(alice)
    Session.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))

    response = browser.get(f"/accounts/2fa/{path}")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/reauthenticate/?next=")
