"""From sign-up over the mail to the signed-in page, by forms and links alone."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, connections, transaction
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import User
from tests.factories import PASSWORD, make_user

NEW = {"email": "Dora@Example.org", "password1": PASSWORD, "password2": PASSWORD}
pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Browser:
    """Holds every form to its CSRF token, as a real server does."""
    return Browser(enforce_csrf_checks=True)


class Form(HTMLParser):
    """The first form of a page that posts: where to, and its inputs."""

    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self.action = address
        self.inputs: dict[str, str] = {}
        self._inside = self._is_found = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "form" and values.get("method") == "post" and not self._is_found:
            self.action = values.get("action") or self.action
            self._inside = self._is_found = True
        if tag == "input" and self._inside and values.get("name"):
            self.inputs[values["name"] or ""] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


def submit(browser: Browser, address: str, values: dict[str, str]) -> str:
    """Opens the page, fills its form in, sends it, and gives back where that led."""
    page = browser.get(address)
    assert page.status_code == 200
    form = Form(page.content.decode(), address)
    assert {"csrfmiddlewaretoken", *values} <= form.inputs.keys(), page.content.decode()
    response = browser.post(form.action, form.inputs | values)
    assert response.status_code == 302, response.content.decode()
    return response.headers["Location"]


def link_in_mail() -> str:
    found = re.search(r"http://[^/\s]+(/accounts/\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def test_a_person_signs_up_verifies_and_signs_in(browser: Browser) -> None:
    assert submit(browser, "/accounts/signup/", NEW) == "/accounts/confirm-email/"
    user = User.objects.get()
    assert user.email == "dora@example.org"
    assert not EmailAddress.objects.get().verified
    assert browser.get("/accounts/confirm-email/").status_code == 200
    assert [message.to for message in mail.outbox] == [["dora@example.org"]]

    link = link_in_mail()
    submit(browser, link, {})
    assert EmailAddress.objects.get().verified

    browser.cookies.clear()
    signed_in = {"login": "DORA@example.org", "password": PASSWORD}
    assert submit(browser, "/accounts/login/", signed_in) == "/"
    assert browser.session["_auth_user_id"] == str(user.pk)


def test_opening_the_link_alone_verifies_nothing(browser: Browser) -> None:
    submit(browser, "/accounts/signup/", NEW)

    assert browser.get(link_in_mail()).status_code == 200

    assert not EmailAddress.objects.get().verified


def test_before_verification_the_page_signs_nobody_in(browser: Browser) -> None:
    submit(browser, "/accounts/signup/", NEW)
    browser.cookies.clear()

    led_to = submit(
        browser, "/accounts/login/", {"login": "dora@example.org", "password": PASSWORD}
    )

    assert led_to == "/accounts/confirm-email/"
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("email", ["dora@example.org", "DORA@EXAMPLE.ORG"])
def test_a_taken_address_looks_the_same_and_its_owner_is_told(browser: Browser, email: str) -> None:
    owner = make_user("dora@example.org", password="what she had before")

    led_to = submit(browser, "/accounts/signup/", NEW | {"email": email})

    assert led_to == "/accounts/confirm-email/"
    assert User.objects.get() == owner
    assert User.objects.get().check_password("what she had before")
    assert [message.to for message in mail.outbox] == [["dora@example.org"]]
    assert "/confirm-email/" not in str(mail.outbox[0].body)


def test_sign_up_can_be_closed(browser: Browser, settings: Settings) -> None:
    settings.SIGNUP_OPEN = False

    page = browser.get("/accounts/signup/")

    assert page.status_code == 200
    assert 'name="password1"' not in page.content.decode()


@pytest.mark.parametrize("password", ["short", "12345678901", "password123", "dora@example.org"])
def test_a_weak_password_is_refused(client: Browser, password: str) -> None:
    weak = NEW | {"password1": password, "password2": password}

    assert client.post("/accounts/signup/", weak).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/settings/profile/", "/settings/profile/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://localhost/", "/"),
    ],
)
def test_sign_in_leads_on_within_this_host_only(
    client: Browser, alice: User, target: str, led_to: str
) -> None:
    response = client.post(
        "/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": target}
    )

    assert (response.status_code, response.headers["Location"]) == (302, led_to)


def test_a_forgotten_password_is_reset_by_mail(browser: Browser, alice: User) -> None:
    submit(browser, "/accounts/password/reset/", {"email": "Alice@Example.org"})
    form = browser.get(link_in_mail())
    new = {"password1": "another walk, inland", "password2": "another walk, inland"}
    submit(browser, form.headers["Location"], new)

    browser.cookies.clear()
    signed_in = {"login": alice.email, "password": new["password1"]}
    assert submit(browser, "/accounts/login/", signed_in) == "/"


def test_the_database_itself_knows_one_case_only(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("ALICE@EXAMPLE.ORG")
    with pytest.raises(IntegrityError), transaction.atomic(), connections["default"].cursor() as c:
        c.execute("update accounts_user set email = 'Alice@example.org'")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_of_racing_sign_ups_one_wins_and_none_fails(attempt: int) -> None:
    spellings = ["dora@example.org", "Dora@example.org", "DORA@EXAMPLE.ORG", "dora@Example.Org"]
    start = Barrier(len(spellings))

    def sign_up(email: str) -> tuple[int, str]:
        start.wait()
        try:
            response = Browser().post("/accounts/signup/", NEW | {"email": email})
            return response.status_code, response.headers["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(spellings)) as threads:
        answers = list(threads.map(sign_up, spellings))

    assert answers == [(302, "/accounts/confirm-email/")] * len(spellings)
    assert User.objects.get().email == "dora@example.org"
    assert EmailAddress.objects.count() == 1
