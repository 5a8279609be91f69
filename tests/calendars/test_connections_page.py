"""Connecting an account on the pages, and every way it can be refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Connection
from sandbox.control import Control
from tests.calendars.rows import make_connection

pytestmark = pytest.mark.django_db
ADA = "ada@sandbox.example"


def start(client: Client) -> str:
    """Return the address of the consent page, as the button does."""
    answer = client.post("/settings/calendars/google/")
    assert answer.status_code == 302
    return answer["Location"]


def callback_of(google: Control, consent_url: str, **choice: Any) -> str:
    """Return the path and query to which Google redirects the browser."""
    back = urlsplit(google.consent(consent_url, email=ADA, **choice))
    return f"{back.path}?{back.query}"


def test_an_account_is_connected_and_its_calendars_are_chosen_next(
    client: Client, alice: User, google: Control
) -> None:
    client.force_login(alice)
    answer = client.get(callback_of(google, start(client)))
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/")
    connection = Connection.objects.get(owner=alice)
    assert (connection.email, connection.status) == (ADA, "active")
    page = client.get("/settings/calendars/").content.decode()
    assert f"{ADA} was connected." in page
    assert "Sync now" in page


def test_the_same_answer_a_second_time_connects_nothing(
    client: Client, alice: User, google: Control
) -> None:
    client.force_login(alice)
    back = callback_of(google, start(client))
    client.get(back)
    answer = client.get(back)
    assert answer.status_code == 403
    assert b"it was already used" in answer.content
    assert Connection.objects.count() == 1


def test_an_answer_in_another_persons_session_connects_nothing(
    client: Client, alice: User, charlie: User, google: Control
) -> None:
    client.force_login(alice)
    back = callback_of(google, start(client))
    client.force_login(charlie)
    answer = client.get(back)
    assert answer.status_code == 403
    assert not Connection.objects.exists()


def test_an_answer_without_a_session_asks_to_sign_in_and_keeps_the_code_to_itself(
    client: Client, alice: User, google: Control
) -> None:
    client.force_login(alice)
    back = callback_of(google, start(client))
    client.logout()
    answer = client.get(back)
    assert answer.status_code == 401
    assert parse_qs(urlsplit(back).query)["code"][0] not in answer.content.decode()
    assert b"/accounts/login/?next=/settings/calendars/" in answer.content
    assert not Connection.objects.exists()


@pytest.mark.parametrize("query", ["", "?state=forged&code=x", "?state=&code=", "?code=%00"])
def test_a_forged_answer_connects_nothing(client: Client, alice: User, query: str) -> None:
    client.force_login(alice)
    answer = client.get(f"/connections/google/callback{query}")
    assert answer.status_code == 403
    assert b"Nothing was connected" in answer.content
    assert not Connection.objects.exists()


def test_a_refused_consent_says_so(client: Client, alice: User, google: Control) -> None:
    client.force_login(alice)
    answer = client.get(callback_of(google, start(client), allow=False))
    assert answer.status_code == 403
    assert b"give Daybook access, so no account was connected" in answer.content
    assert b"Try again" in answer.content
    assert not Connection.objects.exists()


def test_a_consent_without_the_calendars_says_what_was_missing(
    client: Client, alice: User, google: Control
) -> None:
    client.force_login(alice)
    answer = client.get(callback_of(google, start(client), scopes=["openid", "email"]))
    assert answer.status_code == 403
    assert b"given permission to see your calendars" in answer.content
    assert not Connection.objects.exists()


def test_sync_now_asks_for_a_sync_of_ones_own(client: Client, alice: User) -> None:
    connection = make_connection(alice)
    state = connection.sync_states.create(owner=alice, wanted=1, done=1)
    client.force_login(alice)
    answer = client.post(f"/settings/calendars/accounts/{connection.pk}/sync/")
    assert (answer.status_code, answer["Location"]) == (302, "/settings/calendars/")
    state.refresh_from_db()
    assert state.wanted == 2


def test_a_sync_of_anothers_is_not_found(client: Client, alice: User, charlie: User) -> None:
    connection = make_connection(alice)
    state = connection.sync_states.create(owner=alice, wanted=1, done=1)
    client.force_login(charlie)
    assert client.post(f"/settings/calendars/accounts/{connection.pk}/sync/").status_code == 404
    assert (
        client.post(f"/settings/calendars/accounts/{connection.pk}/reconnect/").status_code == 404
    )
    state.refresh_from_db()
    assert state.wanted == 1


def test_a_lost_account_offers_to_reconnect_and_refuses_to_sync(
    client: Client, alice: User
) -> None:
    connection = make_connection(
        alice, status="reconnect_required", error_message="Google took the consent back."
    )
    client.force_login(alice)
    page = client.get("/settings/calendars/").content.decode()
    assert "Needs to be reconnected" in page
    assert "Google took the consent back." in page
    assert "Sync now" not in page
    answer = client.post(f"/settings/calendars/accounts/{connection.pk}/sync/", follow=True)
    assert answer.content.decode().count("Google took the consent back.") == 2


@pytest.mark.parametrize("path", ["/settings/calendars/google/", "/calendar/selection/"])
def test_what_changes_something_is_not_done_by_a_link(
    client: Client, alice: User, path: str
) -> None:
    client.force_login(alice)
    assert client.get(path).status_code == 405


def test_without_the_forms_token_nothing_starts(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/settings/calendars/google/")
    assert answer.status_code == 403
    assert b"This form has expired" in answer.content
