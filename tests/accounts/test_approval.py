"""Sign-up that waits for an administrator: asked for by mail, granted in admin, told to nobody."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import AuditEvent, Session, User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = {"email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD}
LIST = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def needs_approval(settings: Settings) -> None:
    settings.SIGNUP_NEEDS_APPROVAL = True


@pytest.fixture
def administrator(db: None) -> Browser:
    browser = Browser()
    browser.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    return browser


def sign_up() -> User:
    assert (
        Browser().post("/accounts/signup/", NEW).headers["Location"] == "/accounts/confirm-email/"
    )
    return User.objects.get(email="dora@example.org")


def confirm() -> str:
    link = re.search(r"http://[^/\s]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert link
    return Browser().post(link[1]).headers["Location"]


def sign_in(password: str = PASSWORD) -> str:
    browser = Browser()
    form = {"login": "dora@example.org", "password": password}
    response = browser.post("/accounts/login/", form)
    assert "_auth_user_id" not in browser.session
    return response.headers.get("Location", "")


def test_who_signs_up_is_pending_and_confirms_the_address(administrator: Browser) -> None:
    dora = sign_up()

    assert not dora.is_active
    assert dora.pending_since is not None
    assert [message.to for message in mail.outbox] == [["dora@example.org"]]
    assert confirm() == "/accounts/pending/"
    assert "waiting for approval" in Browser().get("/accounts/pending/").content.decode()


def test_administrators_are_told_once_the_address_is_confirmed(administrator: Browser) -> None:
    make_user("gone@example.org", is_staff=True, is_superuser=True, is_active=False)
    dora = sign_up()
    confirm()

    told = mail.outbox[-1]
    assert told.to == ["admin@example.org"]
    assert "dora@example.org" in str(told.body)
    assert f"/admin/accounts/user/{dora.pk}/change/" in str(told.body)
    assert len(mail.outbox) == 2


def test_a_pending_person_is_told_so_and_nobody_else_is(administrator: Browser) -> None:
    sign_up()
    assert sign_in() == "/accounts/confirm-email/"
    confirm()

    assert sign_in() == "/accounts/pending/"
    assert sign_in("a walk along the river") == ""
    assert not Session.objects.filter(user__email="dora@example.org").exists()


def test_over_the_api_pending_looks_like_unknown(client: Browser) -> None:
    sign_up()
    answers = []
    for email in ("dora@example.org", "nobody@example.org"):
        body = {"email": email, "password": PASSWORD}
        headers = {"X-Request-ID": "request-of-the-test"}
        response = client.post("/api/v1/auth/token", body, "application/json", headers=headers)
        answers.append((response.status_code, response.content))

    assert answers[0] == answers[1]
    assert answers[0][0] == 401


@pytest.mark.parametrize("door", ["action", "form"])
def test_who_is_approved_is_told_and_gets_in(administrator: Browser, door: str) -> None:
    dora = sign_up()
    confirm()

    if door == "action":
        chosen = {"action": "activate", "_selected_action": [str(dora.pk)]}
        page = administrator.post(LIST, chosen, follow=True).content.decode()
        assert "Activated: 1." in page
    else:
        administrator.post(f"{LIST}{dora.pk}/change/", {"is_active": "on", "legacy_allowed": "on"})

    dora.refresh_from_db()
    assert (dora.is_active, dora.pending_since) == (True, None)
    assert mail.outbox[-1].to == ["dora@example.org"]
    assert "/accounts/login/" in str(mail.outbox[-1].body)
    assert AuditEvent.objects.get(event="approval_granted").user == dora
    browser = Browser()
    browser.post("/accounts/login/", {"login": dora.email, "password": PASSWORD})
    assert browser.session["_auth_user_id"] == str(dora.pk)


def test_to_activate_the_switched_off_sends_no_mail(administrator: Browser, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    administrator.post(LIST, {"action": "activate", "_selected_action": [str(alice.pk)]})

    alice.refresh_from_db()
    assert alice.is_active
    assert mail.outbox == []


def test_the_switched_off_see_another_page(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    response = Browser().post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    assert response.headers["Location"] == "/accounts/inactive/"


def test_a_taken_address_looks_the_same(alice: User) -> None:
    taken = NEW | {"email": alice.email}

    assert Browser().post("/accounts/signup/", taken).headers["Location"] == (
        "/accounts/confirm-email/"
    )
    assert User.objects.count() == 1


def test_without_the_setting_nobody_waits(settings: Settings) -> None:
    settings.SIGNUP_NEEDS_APPROVAL = False

    dora = sign_up()

    assert (dora.is_active, dora.pending_since) == (True, None)


def test_the_database_knows_no_active_person_who_waits(alice: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=alice.pk).update(pending_since=alice.created_at)
