"""A legacy token is traded once for a session of ours, which is worth no more than it was."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import LegacyExchange, Session, User
from accounts.tasks import prune_legacy_exchanges
from tests.accounts.forge import claims_of
from tests.accounts.race import RACERS, race
from tests.factories import (
    bearer,
    legacy_claims,
    make_legacy_token,
    make_session,
    numbered_claims,
)
from tests.http import Response

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.accounts.urls"),
    pytest.mark.usefixtures("legacy"),
]


def exchange(token: str) -> Response:
    return Browser(enforce_csrf_checks=True).post(
        "/api/v1/auth/token/exchange", headers={"Authorization": f"Bearer {token}"}
    )


def exchanging(token: str) -> Callable[[], Response]:
    return lambda: exchange(token)


def test_it_gives_a_pair_of_ours(olga: User, client: Browser) -> None:
    claims = legacy_claims(olga)

    response = exchange(make_legacy_token(claims))

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert {"Deprecation", "Sunset", "Link"} <= response.headers.keys()
    pair = response.json()
    assert pair.keys() == {"access", "refresh", "token_type", "expires_in", "session_id"}
    session = Session.objects.get()
    assert (session.user, str(session.pk)) == (olga, pair["session_id"])
    assert client.get(
        "/api/v1/whoami", headers={"Authorization": f"Bearer {pair['access']}"}
    ).json() == {"user": str(olga.public_id), "method": "enhanced"}
    body = {"refresh": pair["refresh"]}
    assert client.post("/api/v1/auth/token/refresh", body, "application/json").status_code == 200


def test_the_session_is_worth_what_the_token_was(olga: User) -> None:
    claims = legacy_claims(olga)
    access = claims_of(exchange(make_legacy_token(claims)).json()["access"])

    assert (access["acr"], access["amr"], access["auth_time"]) == ("legacy", [], claims["iat"])
    assert Session.objects.get().authenticated_at == datetime.fromtimestamp(claims["iat"], UTC)


def test_each_token_is_traded_once(olga: User) -> None:
    first, second = make_legacy_token(legacy_claims(olga)), make_legacy_token(numbered_claims(olga))
    assert exchange(first).status_code == 200

    again = exchange(first)

    assert (again.status_code, again.json()["code"]) == (409, "legacy-token-used")
    assert Session.objects.count() == 1
    assert exchange(second).status_code == 200


def test_the_token_itself_is_not_stored(olga: User) -> None:
    token = make_legacy_token(legacy_claims(olga))
    exchange(token)

    [row] = LegacyExchange.objects.values_list()
    assert token.rpartition(".")[2] not in str(row)
    assert len(bytes(row[0])) == 32


def test_what_was_traded_is_forgotten_when_it_is_too_old_anyway(olga: User) -> None:
    now = int(timezone.now().timestamp())
    exchange(make_legacy_token(legacy_claims(olga, exp=now + 60)))
    assert LegacyExchange.objects.get().expires_at >= datetime.fromtimestamp(now + 60, UTC)

    assert prune_legacy_exchanges() == 0
    LegacyExchange.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert prune_legacy_exchanges() == 1
    assert not LegacyExchange.objects.exists()


def test_a_token_of_ours_is_not_traded(olga: User, client: Browser) -> None:
    headers = bearer(make_session(olga))

    response = client.post("/api/v1/auth/token/exchange", headers=headers)

    assert (response.status_code, response.json()["code"]) == (403, "legacy-token-needed")
    assert Session.objects.count() == 1


def test_the_cookie_is_not_traded(olga: User, client: Browser) -> None:
    client.force_login(olga)

    assert client.post("/api/v1/auth/token/exchange").status_code == 401


@pytest.mark.django_db(transaction=True)
def test_eight_that_race_get_one_session(olga: User) -> None:
    token = make_legacy_token(legacy_claims(olga))

    responses = race(*itertools.repeat(exchanging(token), RACERS))

    assert sorted(response.status_code for response in responses) == [200] + [409] * (RACERS - 1)
    assert Session.objects.count() == 1
