"""Where a second step is required, a person without one reaches the pages to set it up, no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import URLResolver, get_resolver
from pytest_django import Settings
from rest_framework.views import APIView

from accounts.authentication import SecondFactorSetUp
from accounts.models import Session, User
from tests.accounts.second_steps import code_of, set_up_app
from tests.factories import PASSWORD, bearer, make_session, make_user

pytestmark = pytest.mark.django_db
TOKEN, REFRESH = "/api/v1/auth/token", "/api/v1/auth/token/refresh"
SETUP = "/accounts/2fa/?required"
PAGES = (
    "/",
    "/settings/profile/",
    "/settings/calendars/",
    "/settings/security/devices/",
    "/settings/data/export/",
    "/admin/",
)
API = ("/api/v1/profile", "/api/v1/connections", "/api/v1/auth/events", "/api/v1/account/export")


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED_FOR = "all"
    settings.MFA_TOTP_PERIOD = 86_400 * 365


@pytest.fixture
def staff(db: None) -> User:
    return make_user("staff@example.org", is_staff=True, is_superuser=True)


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser


@pytest.mark.parametrize("path", PAGES)
def test_each_page_leads_to_set_it_up(staff: User, path: str) -> None:
    answer = signed_in(staff).get(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, SETUP)


@pytest.mark.parametrize(
    "path", ["/settings/profile/", "/settings/calendars/google/connect/", "/admin/", "/nowhere/"]
)
def test_nothing_can_be_sent(alice: User, path: str) -> None:
    answer = signed_in(alice).post(path, {})

    assert answer.status_code in {403, 404}


def test_a_part_of_a_page_is_refused_and_the_page_is_led(alice: User) -> None:
    answer = signed_in(alice).get("/settings/profile/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (403, SETUP)


@pytest.mark.parametrize("door", ["cookie", "token"])
@pytest.mark.parametrize("path", API)
def test_the_api_says_what_is_missing(alice: User, door: str, path: str) -> None:
    browser = signed_in(alice) if door == "cookie" else Browser()
    headers = bearer(make_session(alice)) if door == "token" else {}

    answer = browser.get(path, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-required")
    assert "/accounts/2fa/" in answer.json()["detail"]


def endpoints(resolver: URLResolver) -> Iterator[type[APIView]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from endpoints(one)
        else:
            view: type = getattr(one.callback, "cls", object)
            if issubclass(view, APIView):
                yield view


def test_no_endpoint_forgets_it() -> None:
    """But those that sign in and out, which say so by themselves, and the API's description."""
    found = endpoints(get_resolver("config.urls"))
    without = {one.__name__ for one in found if SecondFactorSetUp not in one.permission_classes}

    assert without == {
        *("TokenView", "TokenRefreshView", "LogoutView"),
        *("DescriptionView", "SpectacularSwaggerSplitView"),
    }


def test_no_token_is_given_out(alice: User) -> None:
    body = {"email": alice.email, "password": PASSWORD}
    answer = Browser().post(TOKEN, body, "application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-required")
    assert not Session.objects.exists()


def test_no_token_is_renewed(alice: User, settings: Settings) -> None:
    body = {"refresh": make_session(alice).refresh}
    refused = Browser().post(REFRESH, body, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "second-factor-required")

    settings.SECOND_FACTOR_REQUIRED_FOR = "none"
    assert Browser().post(REFRESH, body, "application/json").status_code == 200


def test_a_phone_signs_out(alice: User) -> None:
    answer = Browser().post("/api/v1/auth/logout", headers=bearer(make_session(alice)))

    assert answer.status_code == 204


def test_who_is_led_there_sets_it_up_and_goes_on(alice: User) -> None:
    browser = signed_in(alice)
    page = browser.get(SETUP)
    assert "requires two-step sign-in" in page.content.decode()
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret

    browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})

    assert browser.get("/settings/profile/").status_code == 200
    assert browser.get("/api/v1/profile").status_code == 200


def test_who_is_led_there_can_leave(alice: User) -> None:
    browser = signed_in(alice)

    assert browser.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in browser.session


def test_who_has_one_feels_nothing(alice: User) -> None:
    code = code_of(set_up_app(alice))
    body = {"email": alice.email, "password": PASSWORD, "otp": code}

    access = Browser().post(TOKEN, body, "application/json").json()["access"]

    headers = {"Authorization": f"Bearer {access}"}
    assert Browser().get("/api/v1/profile", headers=headers).status_code == 200


def test_for_staff_alone(alice: User, staff: User, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED_FOR = "staff"

    assert signed_in(alice).get("/settings/profile/").status_code == 200
    assert signed_in(staff).get("/admin/").headers["Location"] == SETUP


def test_visitors_come_in(alice: User) -> None:
    assert Browser().get("/").status_code == 200
    assert Browser().get("/accounts/login/").status_code == 200
    assert Browser().get("/healthz").status_code == 200
