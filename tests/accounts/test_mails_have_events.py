"""No mail without its event: what did not happen is told to nobody."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser

from accounts.models import AuditEvent, User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
SECOND = "alice.second@example.org"


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    return browser


def act(browser: Browser, action: str, email: str) -> str:
    answer = browser.post("/accounts/email/", {action: "", "email": email}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def recorded(event: str) -> int:
    return AuditEvent.objects.filter(event=event).count()


def test_the_primary_address_made_primary_again_is_no_change(browser: Browser, alice: User) -> None:
    act(browser, "action_primary", alice.email)

    assert mail.outbox == []
    assert recorded("email_changed") == 0


@pytest.mark.quick
def test_another_primary_address_is_told_to_the_former(browser: Browser, alice: User) -> None:
    former = alice.email
    EmailAddress.objects.create(user=alice, email=SECOND, verified=True)

    act(browser, "action_primary", SECOND)

    (message,) = mail.outbox
    assert message.to == [former]
    assert f"from {former} to {SECOND}" in message.body
    assert recorded("email_changed") == 1


def test_no_link_goes_to_a_confirmed_address(browser: Browser, alice: User) -> None:
    page = act(browser, "action_send", alice.email)

    assert mail.outbox == []
    assert "is already confirmed" in page


def test_the_link_goes_again_to_one_that_is_not_confirmed(browser: Browser, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=SECOND)

    act(browser, "action_send", SECOND)

    (message,) = mail.outbox
    assert message.to == [SECOND]
    assert "/confirm-email/" in message.body


def test_an_address_of_somebody_else_is_sent_nothing(browser: Browser, bob: User) -> None:
    act(browser, "action_send", bob.email)
    act(browser, "action_remove", bob.email)
    act(browser, "action_primary", bob.email)

    assert mail.outbox == []
    assert EmailAddress.objects.filter(user=bob, email=bob.email, primary=True).exists()


def test_the_only_address_stays_and_nobody_is_told_it_went(browser: Browser, alice: User) -> None:
    act(browser, "action_remove", alice.email)

    assert mail.outbox == []
    assert EmailAddress.objects.get(user=alice).email == alice.email


def test_a_wrong_password_changes_nothing_and_tells_nobody(browser: Browser, alice: User) -> None:
    new = "another walk, inland"
    browser.post(
        "/accounts/password/change/", {"oldpassword": "x", "password1": new, "password2": new}
    )

    assert mail.outbox == []
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
