"""People in the administration pages: found, made, activated and deactivated, never exposed."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.factories import PASSWORD, bearer, make_session, make_user
from tests.http import Response

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
LIST = "/admin/accounts/user/"


@pytest.fixture
def admin(client: Browser) -> User:
    user = make_user("admin@example.org", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def act(client: Browser, action: str, *people: User) -> Response:
    chosen = [str(person.pk) for person in people]
    return client.post(LIST, {"action": action, "_selected_action": chosen}, follow=True)


def test_an_administrator_signs_in_with_the_address(client: Browser) -> None:
    make_user("admin@example.org", is_staff=True, is_superuser=True)

    asked = client.get("/admin/", follow=True)
    assert asked.redirect_chain[-1] == ("/accounts/login/?next=%2Fadmin%2F", 302)

    response = client.post(
        "/accounts/login/", {"login": "ADMIN@example.org", "password": PASSWORD, "next": "/admin/"}
    )
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def test_the_administrations_own_sign_in_takes_no_password(client: Browser) -> None:
    make_user("admin@example.org", is_staff=True, is_superuser=True)

    client.post("/admin/login/", {"username": "admin@example.org", "password": PASSWORD})

    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("term", ["alice@", "ALICE", "{public_id}", "4711"])
def test_a_person_is_found(client: Browser, admin: User, term: str) -> None:
    alice = make_user("alice@example.org", legacy_id=4711)
    make_user("bob@example.org")

    page = client.get(LIST, {"q": term.format(public_id=alice.public_id)}).content.decode()

    assert "alice@example.org" in page
    assert "bob@example.org" not in page


def test_the_page_of_a_person_shows_no_secret(client: Browser, admin: User, alice: User) -> None:
    page = client.get(f"{LIST}{alice.pk}/change/").content.decode()

    assert str(alice.public_id) in page
    assert "../password/" in page
    assert "argon2" not in page
    for part in alice.password.split("$")[3:]:
        assert part not in page


def test_the_address_of_another_cannot_be_changed(
    client: Browser, admin: User, alice: User
) -> None:
    response = client.post(
        f"{LIST}{alice.pk}/change/", {"email": "mallory@example.org", "is_active": "on"}
    )

    assert response.status_code == 302
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_a_person_is_made_with_the_address_in_lower_case(client: Browser, admin: User) -> None:
    form = {"email": "Dora@Example.org"}
    response = client.post(f"{LIST}add/", form)
    assert response.status_code == 302, response.content.decode()
    assert User.objects.filter(email="dora@example.org").exists()

    again = client.post(f"{LIST}add/", form | {"email": "DORA@example.org"})
    assert again.status_code == 200
    assert "already exists" in again.content.decode()


def test_deactivated_people_are_out_at_once_and_come_back(
    client: Browser, admin: User, alice: User
) -> None:
    tokens, phone = make_session(alice), Browser()

    assert "Deactivated: 1." in act(client, "deactivate", alice, admin).content.decode()
    assert phone.get("/api/v1/whoami", headers=bearer(tokens)).status_code == 401
    admin.refresh_from_db()
    assert admin.is_active

    assert "Activated: 1." in act(client, "activate", alice).content.decode()
    assert phone.get("/api/v1/whoami", headers=bearer(tokens)).status_code == 200


def test_nobody_else_sees_it(client: Browser, alice: User) -> None:
    client.force_login(alice)

    assert client.get(LIST).status_code == 302
