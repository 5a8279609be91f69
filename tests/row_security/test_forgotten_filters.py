"""A view that forgets its filter shows and changes nothing of another user, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.factories import bearer, make_session
from tests.row_security.rows import NOBODYS, OWNED, make_rows

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.row_security.careless"),
]
Ask = Callable[..., dict[str, Any]]
OWN_ALONE = {"updated": 1, "given_away": "refused", "inserted": "refused", "deleted": 1}
NOTHING = {"owners": [], "updated": 0, "given_away": 0, "inserted": 0, "deleted": 0}
# No user can change or delete what was logged; any user can add to it.
LOGGED = {
    "updated": "refused",
    "given_away": "refused",
    "inserted": "accepted",
    "deleted": "refused",
}


@pytest.fixture
def ask(live_server: LiveServer, alice: User, bob: User) -> Ask:
    for person in (alice, bob):
        make_rows(person)

    def ask_server(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
        wire = HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=30)
        try:
            wire.request(method, path, headers={"Host": "localhost", **headers})
            response = wire.getresponse()
            assert response.status == 200
            answer: dict[str, Any] = json.loads(response.read())
            return answer
        finally:
            wire.close()

    return ask_server


def cookie_of(person: User) -> dict[str, str]:
    browser = Browser()
    browser.force_login(person, "accounts.password_backend.PasswordBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={browser.cookies[name].value}"}


def tried_by(ask: Ask, door: str, other: User, headers: dict[str, str]) -> dict[str, Any]:
    method = "POST" if door.startswith("api") else "GET"
    return {
        table: ask(method, f"/{door}/{table}/{owner}/{other.pk}", headers)
        for table, owner in OWNED.items()
    }


def test_the_api_gives_the_holder_of_a_token_what_is_theirs(
    ask: Ask, alice: User, bob: User
) -> None:
    headers = bearer(make_session(alice))

    assert tried_by(ask, "api/v1/careless", bob, headers) == expected(alice, sessions=2)


def test_a_page_gives_who_is_signed_in_what_is_theirs(ask: Ask, alice: User, bob: User) -> None:
    headers = cookie_of(alice)

    assert tried_by(ask, "careless", bob, headers) == expected(alice, sessions=2)


@pytest.mark.parametrize("door", ["api/v1/careless", "careless"])
def test_a_visitor_gets_nothing(ask: Ask, alice: User, bob: User, door: str) -> None:
    tried = tried_by(ask, door, bob, {})

    assert tried == dict.fromkeys(OWNED, NOTHING)


@pytest.mark.parametrize("table", NOBODYS)
def test_what_is_nobodys_is_shown_to_nobody(ask: Ask, alice: User, table: str) -> None:
    assert ask("GET", f"/counted/{table}", cookie_of(alice)) == {"count": 0}


def expected(person: User, *, sessions: int) -> dict[str, Any]:
    tables: dict[str, Any] = {table: {"owners": [person.pk], **OWN_ALONE} for table in OWNED}
    tables["accounts_session"] |= {"updated": sessions, "deleted": sessions}
    tables["accounts_auditevent"] = {"owners": [person.pk], **LOGGED}
    return tables
