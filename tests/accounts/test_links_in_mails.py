"""Every absolute link stands under PUBLIC_URL, whatever Host the request named."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser
from pytest_django import Settings

from accounts.audit import events, trail
from accounts.audit.views import EVENTS
from accounts.models import User
from accounts.sign_in.credentials import approve
from tests.factories import PASSWORD, bearer, make_session

pytestmark = pytest.mark.django_db
PUBLIC_URL = "https://daybook.example"
FORGED = "evil.example"
SIGN_UP = {"email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def public_url(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC_URL
    settings.ALLOWED_HOSTS = ["daybook.example", FORGED]


@pytest.fixture
def browser() -> Browser:
    return Browser(headers={"host": FORGED})


def sign_up(browser: Browser, alice: User) -> None:
    browser.post("/accounts/signup/", SIGN_UP)


def sign_up_with_a_taken_address(browser: Browser, alice: User) -> None:
    browser.post("/accounts/signup/", SIGN_UP | {"email": alice.email})


def reset(browser: Browser, alice: User) -> None:
    browser.post("/accounts/password/reset/", {"email": alice.email})


def reset_of_an_unknown_address(browser: Browser, alice: User) -> None:
    browser.post("/accounts/password/reset/", {"email": "nobody@example.org"})


def add_an_address(browser: Browser, alice: User) -> None:
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    browser.post("/accounts/email/", {"action_add": "", "email": "second@example.org"})


def change_the_password(browser: Browser, alice: User) -> None:
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    new = "another walk, inland"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    browser.post("/accounts/password/change/", form)


def approval(browser: Browser, alice: User) -> None:
    alice.is_active, alice.pending_since = False, alice.created_at
    alice.save()
    approve(user=alice)


def links() -> list[str]:
    return [
        link for message in mail.outbox for link in re.findall(r"https?://\S+", str(message.body))
    ]


@pytest.mark.parametrize(
    "event",
    [
        sign_up, sign_up_with_a_taken_address, reset, reset_of_an_unknown_address, add_an_address,
        change_the_password, approval,
    ],
)  # fmt: skip
def test_links_of_mails(
    browser: Browser, alice: User, event: Callable[[Browser, User], None]
) -> None:
    event(browser, alice)

    (message,) = mail.outbox
    assert links()
    assert all(link.startswith(PUBLIC_URL + "/") for link in links()), links()
    assert FORGED not in str(message.message().as_bytes())


def test_a_link_of_a_mail_leads_to_its_page(browser: Browser) -> None:
    browser.post("/accounts/signup/", SIGN_UP)
    link = next(link for link in links() if "confirm-email" in link)

    answer = Browser().post(link.removeprefix(PUBLIC_URL), headers={"host": "daybook.example"})

    assert answer.status_code == 302
    assert EmailAddress.objects.get().verified


def test_links_of_the_api(browser: Browser, alice: User) -> None:
    headers = bearer(make_session(alice)) | {"host": FORGED}
    for _event in range(EVENTS.page_size + 1):
        trail.record(events.SIGN_UP, user=alice)

    pages = browser.get("/api/v1/auth/events", headers=headers).json()

    assert pages["next"].startswith(f"{PUBLIC_URL}/api/v1/auth/events?cursor=")
    following = browser.get(pages["next"].removeprefix(PUBLIC_URL), headers=headers).json()
    assert following["previous"].startswith(PUBLIC_URL)
