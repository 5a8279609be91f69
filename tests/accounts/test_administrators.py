"""Staff in the group of administrators: they run Daybook, and can take no further right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client as Browser

from accounts.administrators import GROUP, administrators_group, who_may_approve
from accounts.models import User
from tests.factories import PASSWORD, make_user

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
    assert {person.email for person in who_may_approve()} == {administrator.email, root.email}


def test_what_an_operator_took_from_the_group_stays_away(administrator: User) -> None:
    group = Group.objects.get(name=GROUP)
    group.permissions.clear()
    assert not administrators_group().permissions.exists()
