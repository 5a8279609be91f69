"""Personal responses aren't cached unless the view allows it; a sign-out clears the cache."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.factories import PASSWORD, bearer, make_session, make_user

pytestmark = pytest.mark.django_db
PAGES = (
    *(
        "/",
        "/settings/profile/",
        "/settings/profile/history/",
        "/settings/calendars/",
        "/calendar/month/",
        "/admin/",
    ),
    *("/accounts/email/", "/accounts/2fa/", "/settings/data/", "/accounts/password/change/"),
    *(
        "/settings/security/log/",
        "/settings/security/devices/",
        "/admin/accounts/user/",
        "/nowhere/",
    ),
)
API = (
    *("profile", "profile/history", "connections", "calendars", "auth/sessions", "auth/events"),
    *("occurrences?start=2026-07-01T00:00:00Z&end=2026-07-02T00:00:00Z", "nowhere"),
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_a_person_is_not_kept(client: Browser, path: str) -> None:
    client.force_login(make_user("staff@example.org", is_staff=True, is_superuser=True))

    said = client.get(path).headers["Cache-Control"]

    assert "no-store" in said
    assert "private" in said


@pytest.mark.parametrize("door", ["cookie", "token"])
@pytest.mark.parametrize("path", API)
def test_an_answer_of_the_api_is_not_kept(alice: User, path: str, door: str) -> None:
    browser, headers = Browser(), {}
    if door == "cookie":
        browser.force_login(alice)
    else:
        headers = bearer(make_session(alice))

    said = browser.get(f"/api/v1/{path}", headers=headers).headers["Cache-Control"]

    assert "no-store" in said or said == "private, no-cache"


def test_the_answer_that_signs_in_is_not_kept(alice: User) -> None:
    form = {"login": alice.email, "password": PASSWORD}

    assert "no-store" in Browser().post("/accounts/login/", form).headers["Cache-Control"]


def test_what_a_view_says_stays(alice: User, client: Browser) -> None:
    client.force_login(alice)

    assert client.get("/.well-known/jwks.json").headers["Cache-Control"] == "public, max-age=300"


def test_a_visitors_page_may_be_kept() -> None:
    assert "no-store" not in Browser().get("/accounts/deleted/").headers.get("Cache-Control", "")


def test_a_profile_that_did_not_change_is_still_a_304(alice: User) -> None:
    headers = bearer(make_session(alice))
    etag = Browser().get("/api/v1/profile", headers=headers).headers["ETag"]

    again = Browser().get("/api/v1/profile", headers=headers | {"If-None-Match": etag})

    assert again.status_code in {200, 304}
    assert again.headers["ETag"] == etag


@pytest.mark.parametrize("door", ["page", "api cookie", "api token", "deletion"])
def test_a_sign_out_clears_the_browser(alice: User, client: Browser, door: str) -> None:
    client.force_login(alice)
    match door:
        case "page":
            answer = client.post("/accounts/logout/")
        case "api cookie":
            answer = client.post("/api/v1/auth/logout")
        case "api token":
            headers = bearer(make_session(alice))
            answer = Browser().post("/api/v1/auth/logout", headers=headers)
        case _:
            answer = client.post("/settings/data/delete/", {"email": alice.email})

    assert answer.status_code in {204, 302}
    assert answer.headers["Clear-Site-Data"] == '"cache"'


def test_nothing_else_clears_it(alice: User, client: Browser) -> None:
    client.force_login(alice)

    assert "Clear-Site-Data" not in client.get("/settings/profile/").headers


@pytest.mark.parametrize("path", ["password/reset", "signup", "login"])
def test_an_answer_that_sets_a_cookie_is_not_kept(path: str) -> None:
    """From a shared cache, many visitors would get the same CSRF cookie of a form."""
    page = Browser().get(f"/accounts/{path}/")

    assert "csrf" in page.cookies
    assert "no-store" in page.headers["Cache-Control"]
