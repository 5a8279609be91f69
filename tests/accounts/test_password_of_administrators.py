"""Administrators change their password where everybody does, with all that follows from it."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.factories import PASSWORD, bearer, make_session, make_user

pytestmark = pytest.mark.django_db
ADMINS_PAGE, OWN_PAGE = "/admin/password_change/", "/accounts/password/change/"
NEW = "four ordinary words together"


@pytest.fixture
def administrator() -> User:
    return make_user("staff@example.org", is_staff=True, is_superuser=True)


def test_djangos_own_page_leads_to_the_accounts(administrator: User, client: Browser) -> None:
    client.force_login(administrator)

    assert client.get(ADMINS_PAGE).headers["Location"] == OWN_PAGE


def test_djangos_own_page_changes_no_password(administrator: User, client: Browser) -> None:
    headers = bearer(make_session(administrator))
    client.force_login(administrator)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    answer = client.post(ADMINS_PAGE, form)

    administrator.refresh_from_db()
    assert answer.headers["Location"] == OWN_PAGE
    assert administrator.check_password(PASSWORD)
    assert Browser().get("/api/v1/profile", headers=headers).status_code == 200


@pytest.mark.parametrize("old_password", [PASSWORD, "a guess"])
def test_it_says_nothing_of_a_guess(
    administrator: User, client: Browser, old_password: str
) -> None:
    client.force_login(administrator)
    form = {"old_password": old_password, "new_password1": NEW, "new_password2": "another"}

    answer = client.post(ADMINS_PAGE, form)

    assert (answer.status_code, answer.content) == (302, b"")
