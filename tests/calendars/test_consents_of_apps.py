"""A consent started by an app completes in any browser, and only with the user's confirmation."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.account.personal_data import delete_account
from accounts.models import User
from calendars.connections.consent import start_connection
from calendars.models import AuthorizationRequest, Connection, Credential, GrantRevocation
from calendars.tasks import prune_authorization_requests
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.factories import bearer, make_session
from tests.http import Response
from tests.product import revoke_due_grants

ADA = "ada@sandbox.example"
CONFIRM = "/connections/google/confirm/"
DONE = "/connections/google/done/"


def begin(owner: User, path: str = "connections", **body: str) -> str:
    """Return the address that the app opens in the phone's browser."""
    phone = Client(headers=bearer(make_session(owner)))
    answer = phone.post(f"/api/v1/{path}", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["authorization_url"])


def come_back(browser: Client, google: Control, url: str, **choices: Any) -> Response:
    back = urlsplit(google.consent(url, **{"email": ADA, **choices}))
    return browser.get(f"{back.path}?{back.query}")


def confirmation_in(page: Response) -> str:
    found = re.search(r'name="confirmation" value="([^"]+)"', page.content.decode())
    assert found, page.content
    return found.group(1)


def answer_page(browser: Client, page: Response, answer: str = "connect") -> Response:
    return browser.post(CONFIRM, {"confirmation": confirmation_in(page), "answer": answer})


def listed(owner: User) -> list[tuple[str, str]]:
    phone = Client(headers=bearer(make_session(owner)))
    return [
        (one["email"], one["status"]) for one in phone.get("/api/v1/connections").json()["results"]
    ]


def test_a_browser_in_which_nobody_is_signed_in_connects_after_a_question(
    client: Client, google: Control, alice: User
) -> None:
    page = come_back(client, google, begin(alice))

    assert page.status_code == 200
    text = page.content.decode()
    assert ADA in text
    assert alice.email in text
    assert "aren't signed in" in text
    assert listed(alice) == []

    answer = answer_page(client, page)

    assert (answer.status_code, answer["Location"]) == (302, DONE)
    done = client.get(DONE).content.decode()
    assert f"{ADA} was connected." in done
    assert "Go back to the app" in done
    assert listed(alice) == [(ADA, "active")]
    assert google.counts()["token.code"] == 1
    collection = Connection.objects.get().sync_states.get()
    assert collection.wanted > collection.done, "the first sync is asked for"


def test_in_another_persons_browser_the_question_names_both(
    client: Client, google: Control, alice: User, charlie: User
) -> None:
    client.force_login(charlie)
    page = come_back(client, google, begin(alice))
    text = page.content.decode()
    assert charlie.email in text
    assert alice.email in text

    answer_page(client, page)

    assert listed(alice) == [(ADA, "active")]
    assert listed(charlie) == []


def test_the_owners_own_browser_is_not_asked(client: Client, google: Control, alice: User) -> None:
    client.force_login(alice)
    answer = come_back(client, google, begin(alice))

    assert (answer.status_code, answer["Location"]) == (302, DONE)
    assert "Go back to the app" in client.get(DONE).content.decode()
    assert listed(alice) == [(ADA, "active")]


def test_who_cancels_connects_nothing_and_the_grant_goes_back(
    client: Client, google: Control, alice: User
) -> None:
    page = come_back(client, google, begin(alice))

    answer_page(client, page, "cancel")

    assert "Nothing was connected." in client.get(DONE).content.decode()
    assert listed(alice) == []
    assert AuthorizationRequest.objects.get().held_grant is None
    assert revoke_due_grants() == 1
    assert google.counts()["token.revoke"] == 1
    assert answer_page(client, page).status_code == 403, "the question was answered"


def test_an_answer_counts_once(client: Client, google: Control, alice: User) -> None:
    page = come_back(client, google, begin(alice))
    answer_page(client, page)

    for again in ("connect", "cancel"):
        refused = answer_page(Client(), page, again)
        assert refused.status_code == 403
        assert b"already used" in refused.content
    assert listed(alice) == [(ADA, "active")]
    assert not GrantRevocation.objects.exists()


@pytest.mark.parametrize("confirmation", ["", "forged", "\x00", "x" * 5000])
def test_a_forged_confirmation_connects_nothing(
    client: Client, google: Control, alice: User, confirmation: str
) -> None:
    come_back(client, google, begin(alice))

    answer = client.post(CONFIRM, {"confirmation": confirmation, "answer": "connect"})

    assert answer.status_code == 403
    assert listed(alice) == []


def test_a_late_answer_connects_nothing_and_the_grant_goes_back(
    client: Client, google: Control, alice: User
) -> None:
    page = come_back(client, google, begin(alice))
    AuthorizationRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert answer_page(client, page).status_code == 403
    prune_authorization_requests()

    assert listed(alice) == []
    assert AuthorizationRequest.objects.get().held_grant is None
    assert revoke_due_grants() == 1


def test_the_question_needs_its_forms_token(google: Control, alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    page = come_back(strict, google, begin(alice))

    assert answer_page(strict, page).status_code == 403
    assert listed(alice) == []
    assert AuthorizationRequest.objects.get().held_grant is not None


def test_the_state_works_once_in_any_browser(client: Client, google: Control, alice: User) -> None:
    back = urlsplit(google.consent(begin(alice), email=ADA))
    path = f"{back.path}?{back.query}"
    client.get(path)

    again = Client().get(path)

    assert again.status_code == 401
    assert alice.email.encode() not in again.content
    assert google.counts()["token.code"] == 1


def test_one_begun_on_a_page_ends_in_its_owners_session_alone(
    client: Client, google: Control, alice: User, charlie: User
) -> None:
    url = start_connection(owner=alice)

    assert come_back(client, google, url).status_code == 401
    client.force_login(charlie)
    assert come_back(client, google, url).status_code == 403
    assert not Connection.objects.exists()
    assert AuthorizationRequest.objects.get().used_at is None


def test_one_with_a_redirect_of_its_own_does_not_end_on_our_page(
    client: Client, google: Control, alice: User, settings: Settings
) -> None:
    """The app receives the response, as its signed-in user."""
    settings.GOOGLE_REDIRECT_URIS = ["com.example.daybook:/connected"]
    google.register_client(
        settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET, settings.GOOGLE_REDIRECT_URIS
    )
    url = begin(alice, redirect_uri="com.example.daybook:/connected")
    back = google.consent(url, email=ADA)
    assert back.startswith("com.example.daybook:/connected?")

    answer = client.get(f"/connections/google/callback?{urlsplit(back).query}")

    assert answer.status_code == 401
    assert AuthorizationRequest.objects.get().used_at is None


def test_an_account_that_was_closed_meanwhile_gets_nothing(
    client: Client, google: Control, alice: User, bob: User
) -> None:
    page = come_back(client, google, begin(alice))
    User.objects.update(is_active=False)

    assert answer_page(client, page).status_code == 403
    assert come_back(Client(), google, start_connection(owner=bob, in_app=True)).status_code == 401
    assert not Connection.objects.exists()


def test_a_refusal_at_google_leads_back_to_the_app(
    client: Client, google: Control, alice: User
) -> None:
    for choices in ({"allow": False}, {"scopes": ["openid", "email"]}):
        page = come_back(client, google, begin(alice), **choices)
        assert page.status_code == 403
        assert b"Go back to the app" in page.content
        assert b"Sign in" not in page.content.split(b"<main")[1]
    assert not Connection.objects.exists()


def test_a_reconnect_keeps_its_connection_and_refuses_another_account(
    client: Client, google: Control, alice: User, connect: Connect
) -> None:
    google.create_account("kenji@sandbox.example")
    connection = connect(alice)
    path = f"connections/{connection.pk}/reconnect"

    other = come_back(client, google, begin(alice, path), email="kenji@sandbox.example")
    assert (other.status_code, b"belongs to ada@" in other.content) == (409, True)
    answer_page(client, come_back(client, google, begin(alice, path)))

    assert Connection.objects.get() == connection


def test_what_is_held_is_sealed_and_names_no_account(
    client: Client, google: Control, alice: User
) -> None:
    page = come_back(client, google, begin(alice))
    request = AuthorizationRequest.objects.get()

    for secret in (b"1//", b"ya29", ADA.encode(), confirmation_in(page).encode()):
        assert secret not in bytes(request.held_grant or b"")
        assert secret not in bytes(request.confirmation_digest or b"")


def test_the_end_of_the_account_gives_back_what_was_held(
    client: Client, google: Control, alice: User
) -> None:
    come_back(client, google, begin(alice))

    delete_account(user=alice, request=None)

    assert revoke_due_grants() == 1


def test_a_declined_grant_that_a_connection_lives_on_is_not_ended(
    client: Client, google: Control, alice: User, bob: User, connect: Connect
) -> None:
    """All grants of an account are one grant at Google: revoking one of its tokens revokes all."""
    connect(bob)

    answer_page(client, come_back(client, google, begin(alice)), "cancel")

    assert revoke_due_grants() == 0
    assert Credential.objects.get().owner == bob


def test_an_account_that_is_connected_after_all_withdraws_the_revocation(
    client: Client, google: Control, alice: User, connect: Connect
) -> None:
    answer_page(client, come_back(client, google, begin(alice)), "cancel")
    assert GrantRevocation.objects.count() == 1

    connect(alice)

    assert not GrantRevocation.objects.exists()
