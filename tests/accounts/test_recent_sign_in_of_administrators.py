"""Administrators confirm who they are before they change who gets in, and are led back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Session, User
from tests.accounts.second_steps import set_up_app
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def admin(client: Browser) -> User:
    user = make_user("admin@example.org", is_staff=True, is_superuser=True)
    client.force_login(user)
    Session.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))
    return user


def confirm(client: Browser, asked: str) -> str:
    """Gives the password where it is asked for; returns where one is led."""
    page, _, query = asked.partition("?next=")
    assert page == "/accounts/reauthenticate/"
    answer = client.post(asked, {"password": PASSWORD, "next": unquote(query)})
    assert answer.status_code == 302
    return answer.headers["Location"]


def forms(alice: User, group: Group) -> dict[str, tuple[str, dict[str, object]]]:
    chosen = {"_selected_action": [alice.pk]}
    person = f"{PEOPLE}{alice.pk}"
    address = EmailAddress.objects.get(user=alice)
    return {
        "rights": (f"{person}/change/", {"is_active": "on", "is_superuser": "on"}),
        "password": (f"{person}/password/", {}),
        "deletion": (f"{person}/delete/", {"post": "yes"}),
        "factors": (PEOPLE, {"action": "remove_second_factors", **chosen}),
        "deletions": (PEOPLE, {"action": "delete_selected", "post": "yes", **chosen}),
        "person": (f"{PEOPLE}add/", {"email": "dora@example.org"}),
        "group": (f"/admin/auth/group/{group.pk}/change/", {"name": "Other"}),
        "address": (
            f"/admin/account/emailaddress/{address.pk}/change/",
            {"email": "mallory@example.org", "user": alice.pk, "verified": "on"},
        ),
    }


WHAT = ("rights", "password", "deletion", "factors", "deletions", "person", "group", "address")


def state(alice: User, group: Group) -> tuple[object, ...]:
    return (
        list(User.objects.order_by("pk").values_list("email", "is_superuser")),
        Authenticator.objects.count(),
        list(Group.objects.values_list("name", flat=True)),
        list(EmailAddress.objects.order_by("pk").values_list("email", flat=True)),
        len(mail.outbox),
    )


@pytest.mark.parametrize("what", WHAT)
def test_an_old_sign_in_changes_nothing_until_it_is_confirmed(
    client: Browser, admin: User, alice: User, what: str
) -> None:
    group = Group.objects.create(name="Helpers")
    set_up_app(alice)
    path, form = forms(alice, group)[what]
    before = state(alice, group)

    asked = client.post(path, form)

    assert asked.status_code == 302
    assert state(alice, group) == before
    assert confirm(client, asked.headers["Location"]).startswith("/admin/")
    assert state(alice, group) != before


def test_reading_needs_no_confirmation(client: Browser, admin: User, alice: User) -> None:
    for path in (PEOPLE, f"{PEOPLE}{alice.pk}/change/", f"{PEOPLE}{alice.pk}/delete/"):
        assert client.get(path).status_code == 200
