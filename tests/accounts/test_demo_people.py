"""The demonstration's people can sign in, however often it is started."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.administrators import GROUP
from accounts.demo import ensure_demo_people
from accounts.models import User

pytestmark = pytest.mark.django_db
EVERYBODY = [f"{name}@daybook.example" for name in ("admin", "alice", "bob", "grace")]


@pytest.mark.parametrize("email", EVERYBODY)
def test_everybody_signs_in(client: Browser, email: str) -> None:
    ensure_demo_people("the password of the demo")

    response = client.post(
        "/api/v1/auth/token",
        {"email": email, "password": "the password of the demo"},
        "application/json",
    )

    assert response.status_code == 200


def test_only_one_of_them_administers(db: None) -> None:
    ensure_demo_people("the password of the demo")

    staff = User.objects.filter(is_staff=True, is_superuser=True)
    assert [user.email for user in staff] == ["admin@daybook.example"]
    assert Group.objects.get().name == GROUP  # to put others in


def test_a_second_start_changes_nothing_but_a_new_password(db: None) -> None:
    ensure_demo_people("the password of the demo")
    before = list(User.objects.order_by("email").values())

    ensure_demo_people("the password of the demo")
    assert list(User.objects.order_by("email").values()) == before
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(EVERYBODY)

    ensure_demo_people("another password")
    assert User.objects.get(email=EVERYBODY[1]).check_password("another password")
