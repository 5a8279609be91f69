"""What guards the account asks for a recent sign-in, and takes no legacy token's word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from tests.accounts.second_steps import code_of, set_up_app
from tests.factories import PASSWORD, bearer, legacy_claims, make_legacy_token, make_session
from tests.http import Response

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
GUARDED = [("get", "/api/v1/account/export"), ("delete", "/api/v1/account")]
PAGES = ["/settings/data/download/", "/settings/data/export/", "/settings/data/delete/"]
HOUR_AGO = timedelta(hours=1)


def ask(method: str, path: str, headers: dict[str, str]) -> Response:
    answer: Response = getattr(Browser(), method)(path, headers=headers)
    return answer


def age_sign_ins() -> None:
    Session.objects.update(authenticated_at=timezone.now() - HOUR_AGO)


def assert_refused(response: Response) -> None:
    assert response.status_code == 403
    assert response.json()["code"] == "insufficient-user-authentication"
    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="api", error="insufficient_user_authentication", max_age="300"'
    )


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_fresh_sign_in_is_enough(method: str, path: str, alice: User) -> None:
    answer = ask(method, path, bearer(make_session(alice)))
    # To delete, the account's address is asked for then.
    assert answer.status_code == (200 if method == "get" else 422)


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_an_old_sign_in_is_refused_with_the_challenge(method: str, path: str, alice: User) -> None:
    tokens = make_session(alice)
    age_sign_ins()

    assert_refused(ask(method, path, bearer(tokens)))

    assert User.objects.filter(pk=alice.pk).exists()


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_refresh_makes_no_sign_in_younger(method: str, path: str, alice: User) -> None:
    tokens = make_session(alice)
    age_sign_ins()
    refreshed = Browser().post(
        "/api/v1/auth/token/refresh", {"refresh": tokens.refresh}, "application/json"
    )
    headers = {"Authorization": f"Bearer {refreshed.json()['access']}"}

    assert_refused(ask(method, path, headers))


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_legacy_token_is_refused(method: str, path: str, olga: User, legacy: Settings) -> None:
    token = make_legacy_token(legacy_claims(olga))

    assert_refused(ask(method, path, {"Authorization": f"Bearer {token}"}))


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_traded_legacy_token_is_refused(
    method: str, path: str, olga: User, legacy: Settings
) -> None:
    token = make_legacy_token(legacy_claims(olga))
    traded = Browser().post(
        "/api/v1/auth/token/exchange", headers={"Authorization": f"Bearer {token}"}
    )
    headers = {"Authorization": f"Bearer {traded.json()['access']}"}

    assert_refused(ask(method, path, headers))


def test_the_age_is_a_setting(alice: User, settings: Settings) -> None:
    tokens = make_session(alice)
    age_sign_ins()
    settings.RECENT_SIGN_IN_SECONDS = 2 * 3600

    assert ask("get", "/api/v1/account/export", bearer(tokens)).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_after_a_fresh_sign_in(path: str, client: Browser, alice: User) -> None:
    client.force_login(alice)

    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_page_leads_over_the_password_and_back(path: str, client: Browser, alice: User) -> None:
    client.force_login(alice)
    age_sign_ins()
    asked = client.get(path)
    assert asked.headers["Location"] == f"/accounts/reauthenticate/?next={path.replace('/', '%2F')}"

    wrong = client.post(asked.headers["Location"], {"password": "not the password"})
    assert wrong.status_code == 200
    assert client.get(path).status_code == 302

    right = client.post(asked.headers["Location"], {"password": PASSWORD, "next": path})
    assert (right.status_code, right.headers["Location"]) == (302, path)
    assert client.get(path).status_code == 200


def test_the_code_of_the_app_will_do_too(client: Browser, alice: User, settings: Settings) -> None:
    settings.MFA_TOTP_PERIOD = 86_400 * 365
    secret = set_up_app(alice)
    client.force_login(alice)
    age_sign_ins()

    client.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret)})

    assert client.get(PAGES[0]).status_code == 200


@pytest.mark.parametrize("action", ["add", "primary", "remove"])
def test_another_address_asks_for_it(action: str, client: Browser, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="a@example.org", verified=True)
    client.force_login(alice)
    age_sign_ins()

    form = {"email": "a@example.org" if action != "add" else "new@example.org"}
    response = client.post("/accounts/email/", {f"action_{action}": "", **form})

    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
    assert EmailAddress.objects.filter(user=alice).count() == 2
    assert EmailAddress.objects.get(primary=True).email == alice.email


def test_the_cookie_over_the_api_is_held_to_it(client: Browser, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/api/v1/account/export").status_code == 200

    age_sign_ins()
    assert_refused(client.get("/api/v1/account/export"))
