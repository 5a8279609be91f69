"""Where a person is signed in: listed and ended, over the API and on the page."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from accounts.models import AuditEvent, RevocationReason, Session, User
from tests.factories import bearer, make_session

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def sign_in_browser(user: User) -> Browser:
    browser = Browser(headers={"User-Agent": FIREFOX})
    form = {"login": user.email, "password": "a walk along the harbour"}
    assert browser.post("/accounts/login/", form).status_code == 302
    return browser


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/api/v1/whoami").status_code == 200


def test_phones_and_browsers_are_listed_the_asking_one_first(client: Browser, alice: User) -> None:
    phone = make_session(alice, device_label="Alice's phone")
    sign_in_browser(alice)

    response = client.get("/api/v1/auth/sessions", headers=bearer(phone))

    assert response.status_code == 200
    body = response.json()
    assert body.keys() == {"results", "next", "previous"}
    first, second = body["results"]
    assert first.keys() == {
        *("id", "kind", "device_label", "current", "created_at", "last_seen_at", "ip"),
        "user_agent",
    }
    assert (first["id"], first["current"], first["kind"]) == (str(phone.session_id), True, "app")
    assert first["device_label"] == "Alice's phone"
    assert (second["current"], second["kind"]) == (False, "browser")
    assert (second["ip"], second["user_agent"]) == ("127.0.0.1", FIREFOX)


def test_a_cookie_sees_itself_as_current(alice: User) -> None:
    browser = sign_in_browser(alice)
    make_session(alice)

    results = browser.get("/api/v1/auth/sessions").json()["results"]

    assert [each["current"] for each in results] == [True, False]


def test_neither_the_ended_nor_anothers_are_listed(
    client: Browser, alice: User, charlie: User
) -> None:
    phone, ended = make_session(alice), make_session(alice)
    make_session(charlie)
    client.post("/api/v1/auth/logout", headers=bearer(ended))

    results = client.get("/api/v1/auth/sessions", headers=bearer(phone)).json()["results"]

    assert [each["id"] for each in results] == [str(phone.session_id)]


def test_an_ended_phone_is_out_at_once(client: Browser, alice: User) -> None:
    phone, lost = make_session(alice), make_session(alice)

    response = client.delete(f"/api/v1/auth/sessions/{lost.session_id}", headers=bearer(phone))

    assert (response.status_code, response.content) == (204, b"")
    assert client.get("/api/v1/whoami", headers=bearer(lost)).status_code == 401
    assert client.get("/api/v1/whoami", headers=bearer(phone)).status_code == 200
    ended = Session.objects.get(pk=lost.session_id)
    assert ended.revoked_reason == RevocationReason.ENDED_ELSEWHERE
    event = AuditEvent.objects.get(event="session_ended")
    assert (event.user, event.session_id) == (alice, lost.session_id)


def test_an_ended_browser_is_out_at_once(client: Browser, alice: User) -> None:
    phone, browser = make_session(alice), sign_in_browser(alice)
    row = Session.objects.get(is_browser=True)

    client.delete(f"/api/v1/auth/sessions/{row.pk}", headers=bearer(phone))

    assert not is_signed_in(browser)
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("again", [1, 2])
def test_anothers_and_an_unknown_one_are_not_found(
    client: Browser, alice: User, charlie: User, again: int
) -> None:
    phone, hers = make_session(charlie), make_session(alice)
    unknown = "00000000-0000-4000-8000-000000000000"

    for session_id in (hers.session_id, unknown):
        path = f"/api/v1/auth/sessions/{session_id}"
        response = client.delete(path, headers=bearer(phone))
        assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert client.get("/api/v1/whoami", headers=bearer(hers)).status_code == 200


def test_an_ended_one_cannot_be_ended_again(client: Browser, alice: User) -> None:
    phone, lost = make_session(alice), make_session(alice)
    path = f"/api/v1/auth/sessions/{lost.session_id}"

    statuses = [client.delete(path, headers=bearer(phone)).status_code for _ in range(2)]

    assert statuses == [204, 404]


def test_nobody_may_ask(client: Browser) -> None:
    assert client.get("/api/v1/auth/sessions").status_code == 401


def test_the_page_names_devices_and_ends_one(alice: User) -> None:
    browser, other = sign_in_browser(alice), sign_in_browser(alice)
    make_session(alice, device_label="Alice's phone")
    page = browser.get("/settings/security/devices/").content.decode()
    assert page.count("Firefox on Linux") >= 2
    assert "Alice&#x27;s phone" in page
    assert page.count("This device") == 1

    row = Session.objects.get(pk=other.session["daybook_session"])
    response = browser.post(f"/settings/security/devices/{row.pk}/end/")

    assert (response.status_code, response.headers["Location"]) == (
        302,
        "/settings/security/devices/",
    )
    assert not is_signed_in(other)
    assert is_signed_in(browser)


def test_the_page_ends_all_others(client: Browser, alice: User, bob: User) -> None:
    browser, other = sign_in_browser(alice), sign_in_browser(alice)
    phone, bobs = make_session(alice), make_session(bob)

    page = browser.post("/settings/security/devices/end-others/", follow=True).content.decode()

    assert "Other sessions signed out: 2." in page
    assert is_signed_in(browser)
    assert not is_signed_in(other)
    assert client.get("/api/v1/whoami", headers=bearer(phone)).status_code == 401
    assert client.get("/api/v1/whoami", headers=bearer(bobs)).status_code == 200


def test_to_end_the_current_one_is_to_sign_out(alice: User) -> None:
    browser = sign_in_browser(alice)

    response = browser.post(f"/settings/security/devices/{browser.session['daybook_session']}/end/")

    assert response.headers["Location"] == "/accounts/login/"
    assert not is_signed_in(browser)


def test_anothers_is_not_found_on_the_page(alice: User, charlie: User) -> None:
    browser, hers = sign_in_browser(charlie), make_session(alice)

    assert browser.post(f"/settings/security/devices/{hers.session_id}/end/").status_code == 404
    assert Session.objects.get(pk=hers.session_id).revoked_at is None


def test_the_page_needs_a_csrf_token(alice: User) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(alice)
    make_session(alice)

    assert strict.post("/settings/security/devices/end-others/").status_code == 403
    assert Session.objects.filter(revoked_at=None).count() == 2
