"""Who has an account is not told by the time of an answer: hashes and statements are the same."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import AuditEvent, OutgoingMail, User
from tests.factories import PASSWORD, make_user
from tests.hashers import CountingArgon2
from tests.statements import statements

pytestmark = pytest.mark.django_db
UNKNOWN = "dora@example.org"
Ask = Callable[[str], object]


def sign_up(email: str) -> object:
    form = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    return Browser().post("/accounts/signup/", form)


def reset(email: str) -> object:
    return Browser().post("/accounts/password/reset/", {"email": email})


def sign_in(email: str) -> object:
    return Browser().post("/accounts/login/", {"login": email, "password": "not this one"})


def ask_for_tokens(email: str) -> object:
    body = {"email": email, "password": "not this one"}
    return Browser().post("/api/v1/auth/token", body, "application/json")


def work(ask: Ask, email: str) -> tuple[int, list[str]]:
    """Runs of Argon2, and the kind and table of each statement."""
    with CountingArgon2.counting() as hashes, CaptureQueriesContext(connection) as captured:
        ask(email)
    return hashes.runs, sorted(map(kind, statements(captured)))


def kind(statement: str) -> str:
    verb = "INSERT" if statement.startswith("INSERT") else "SELECT"
    table = re.search(r'(?:FROM|INTO|UPDATE) "?(\w+)', statement)
    return f"{verb} {table[1] if table else statement}"


@pytest.fixture(autouse=True)
def counting(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingArgon2"]


@pytest.mark.parametrize("ask", [sign_up, reset, sign_in, ask_for_tokens])
@pytest.mark.parametrize("is_confirmed", [True, False], ids=["confirmed", "not confirmed"])
def test_a_known_address_costs_what_an_unknown_one_does(ask: Ask, is_confirmed: bool) -> None:
    make_user("alice@example.org", verified=is_confirmed)
    ask("warm-up@example.org")  # what a process does once

    known, unknown = work(ask, "alice@example.org"), work(ask, UNKNOWN)

    assert known == unknown
    assert known[0] == (ask is not reset)


def test_adding_an_address_of_another_account_costs_the_same(alice: User, bob: User) -> None:
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    def add(email: str) -> object:
        return browser.post("/accounts/email/", {"action_add": "", "email": email})

    assert work(add, bob.email) == work(add, UNKNOWN)


@pytest.mark.parametrize("ask", [sign_up, reset])
def test_either_way_one_mail_goes_to_that_address(ask: Ask, alice: User) -> None:
    ask(alice.email)
    ask(UNKNOWN)

    assert [message.to for message in mail.outbox] == [[alice.email], [UNKNOWN]]


def test_what_was_written_in_vain_is_gone(alice: User) -> None:
    before = alice.password

    sign_up(alice.email)

    assert User.objects.get().password == before
    assert EmailAddress.objects.get().email == alice.email
    assert OutgoingMail.objects.get().recipient == alice.email
    entry = AuditEvent.objects.get(event="sign_up")
    assert (entry.outcome, entry.reason, entry.user) == ("refused", "address taken", None)


def test_an_inactive_person_gets_no_link(alice: User) -> None:
    User.objects.update(is_active=False)

    reset(alice.email)

    (message,) = mail.outbox
    assert "/password/reset/key/" not in message.body
