"""One header, one scheme, one token: anything else is told what is wrong with it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.sessions.lifecycle import TokenPair
from tests.accounts.ask import ask, ask_counting
from tests.factories import PASSWORD, bearer, make_session

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


@pytest.fixture
def tokens(alice: User) -> TokenPair:
    return make_session(alice)


def test_no_header_gets_a_challenge_without_an_error() -> None:
    with CaptureQueriesContext(connection) as queries:
        response = ask(None)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json()["code"] == "not-authenticated"
    assert len(queries) == 0


@pytest.mark.parametrize("header", ["Basic YWxpY2U6cGFzc3dvcmQ=", "Negotiate", "Token abc"])
def test_another_scheme_gets_the_same_challenge(header: str, client: Browser, alice: User) -> None:
    client.force_login(alice)

    response = ask(header, client)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("rest", ["", " ", " {0} {0}", " {0},Bearer {0}", " {0}, Bearer {0}"])
def test_an_unreadable_header_is_a_bad_request(tokens: TokenPair, rest: str) -> None:
    response, statements = ask_counting("Bearer" + rest.format(tokens.access))

    assert response.status_code == 400
    assert response.json()["code"] == "invalid-request"
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_request"'
    assert statements == 0


@pytest.mark.quick
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_read_in_any_case(tokens: TokenPair, scheme: str) -> None:
    assert ask(f"{scheme} {tokens.access}").status_code == 200


def test_a_token_in_query_or_body_is_not_seen(tokens: TokenPair, client: Browser) -> None:
    by_query = client.get("/api/v1/whoami", {"access_token": tokens.access})
    by_body = client.post("/api/v1/whoami", {"access_token": tokens.access}, "application/json")

    assert by_query.status_code == by_body.status_code == 401


def test_a_bearer_token_wins_over_the_cookie(
    tokens: TokenPair, alice: User, bob: User, client: Browser
) -> None:
    client.force_login(bob)

    assert client.get("/api/v1/whoami", headers=bearer(tokens)).json() == {
        "user": str(alice.public_id),
        "method": "enhanced",
    }
    assert client.login(email=bob.email, password=PASSWORD)
    assert client.get("/api/v1/whoami").json() == {
        "user": str(bob.public_id),
        "method": "cookie",
    }
