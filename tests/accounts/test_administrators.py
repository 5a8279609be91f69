"""Staff in the group of administrators: they run Daybook, and can take no further right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client as Browser
from django.utils import timezone

from accounts.administrators import GROUP, administrators_group, approvers
from accounts.models import AuditEvent, MailServer, OutgoingMail, Session, User
from profiles.services import change_profile
from tests.factories import PASSWORD, make_session, make_user
from tests.product import call_command

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"
OWN = ("accounts", "profiles", "calendars")


@pytest.fixture
def administrator(db: None) -> User:
    user = make_user("operator@example.org", is_staff=True)
    user.groups.add(administrators_group())
    return user


@pytest.fixture
def root(db: None) -> User:
    return make_user("root@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def browser(administrator: User, client: Browser) -> Browser:
    client.force_login(administrator, "accounts.password_backend.PasswordBackend")
    return client


def lists() -> Iterator[tuple[type[Model], str]]:
    for model in admin.site._registry:
        yield model, f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def test_they_see_daybooks_own_pages_and_no_others(browser: Browser) -> None:
    answers = {model: browser.get(address).status_code for model, address in lists()}
    seen = {model for model, status in answers.items() if status == 200}
    assert seen == {model for model in answers if model._meta.app_label in OWN}
    assert answers[Group] == 403


def test_they_administer_people(browser: Browser, alice: User) -> None:
    page = browser.post(LIST, {"action": "deactivate", "_selected_action": [alice.pk]}, follow=True)
    assert "Deactivated: 1." in page.content.decode()
    browser.post(f"{LIST}{alice.pk}/change/", {"is_active": "on"})
    alice.refresh_from_db()
    assert alice.is_active


def test_they_give_nobody_a_right(browser: Browser, alice: User) -> None:
    every = Permission.objects.first()
    assert every
    rights = {"is_staff": "on", "is_superuser": "on", "groups": [administrators_group().pk]}
    form = {"is_active": "on", **rights, "user_permissions": [every.pk]}
    assert browser.post(f"{LIST}{alice.pk}/change/", form).status_code == 302
    alice.refresh_from_db()
    assert (alice.is_active, alice.is_staff, alice.is_superuser) == (True, False, False)
    assert not alice.groups.exists()
    assert not alice.user_permissions.exists()


@pytest.mark.parametrize("page", ["change", "password", "delete"])
def test_they_reach_no_superuser_and_no_other_staff(
    browser: Browser, root: User, page: str
) -> None:
    colleague = make_user("colleague@example.org", is_staff=True)
    for person in (root, colleague):
        form = {"password1": "mine from now on", "password2": "mine from now on", "post": "yes"}
        assert browser.post(f"{LIST}{person.pk}/{page}/", form).status_code in (302, 404)
        person.refresh_from_db()
        assert person.check_password(PASSWORD)
    assert "root@example.org" not in browser.get(LIST).content.decode()


@pytest.mark.parametrize("action", ["deactivate", "end_sessions", "delete_selected"])
def test_their_actions_reach_no_superuser(browser: Browser, root: User, action: str) -> None:
    chosen = {"action": action, "_selected_action": [root.pk], "post": "yes"}
    browser.post(LIST, chosen, follow=True)
    after = User.objects.get(pk=root.pk)
    assert (after.is_active, after.auth_epoch) == (True, root.auth_epoch)


def test_they_are_asked_to_approve_like_superusers(administrator: User, root: User) -> None:
    make_user("helper@example.org", is_staff=True)
    assert {person.email for person in approvers()} == {administrator.email, root.email}


def test_what_an_operator_took_from_the_group_stays_away(administrator: User) -> None:
    group = Group.objects.get(name=GROUP)
    group.permissions.clear()
    assert not administrators_group().permissions.exists()


def test_the_first_superuser_finds_the_group(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--email", "root@example.org")
    assert User.objects.get(is_superuser=True).email == "root@example.org"
    assert Group.objects.get(name=GROUP).permissions.filter(codename="change_user").exists()


@pytest.mark.parametrize("model", ["auditevent", "outgoingmail", "session"])
def test_times_are_in_the_administrators_zone(
    browser: Browser, administrator: User, model: str
) -> None:
    change_profile(owner=administrator, changes={"timezone": "Asia/Kathmandu"})
    at = datetime(2026, 11, 29, 20, 50, tzinfo=UTC)  # there 02:35 of the next day
    make_session(administrator)
    Session.objects.update(created_at=at)
    rows: dict[str, Model] = {
        "auditevent": AuditEvent.objects.create(user=administrator, event="x", occurred_at=at),
        "outgoingmail": OutgoingMail.objects.create(sealed_message=b"", created_at=at),
        "session": Session.objects.filter(client_id="phone")[0],
    }

    page = browser.get(f"/admin/accounts/{model}/{rows[model].pk}/change/").content.decode()

    assert "2026-11-30" in page
    assert "2026-11-29" not in page


def test_a_mail_server_that_never_failed_has_no_pause(browser: Browser) -> None:
    MailServer.objects.get_or_create(pk=MailServer.ONLY)
    page = browser.get("/admin/accounts/mailserver/").content.decode()
    assert "the mail server" in page
    assert "1970" not in page


def test_the_device_that_was_used_last_is_the_first(browser: Browser, administrator: User) -> None:
    for days in (2, 1, 3):
        make_session(administrator, client_id=f"phone-{days}")
        used_at = timezone.now() - timedelta(days=days)
        Session.objects.filter(client_id=f"phone-{days}").update(last_seen_at=used_at)
    shown = browser.get("/admin/accounts/session/").context["cl"].result_list
    seen = [session.last_seen_at for session in shown]
    assert seen == sorted(seen, reverse=True)
