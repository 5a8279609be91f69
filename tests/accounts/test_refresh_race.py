"""Requests that race over one session, each on a connection of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from django.test import Client as Browser

from accounts.models import Session, User
from accounts.sign_in.credentials import change_password
from tests.accounts.race import RACERS, race
from tests.factories import bearer, make_session
from tests.http import Response

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.urls("tests.accounts.urls"),
]


def refreshing(refresh: str) -> Callable[[], Response]:
    return lambda: Browser().post(
        "/api/v1/auth/token/refresh", {"refresh": refresh}, "application/json"
    )


@pytest.mark.parametrize("attempt", range(5))
def test_eight_racing_refreshes_get_one_successor(alice: User, attempt: int) -> None:
    tokens = make_session(alice)

    responses = race(*itertools.repeat(refreshing(tokens.refresh), RACERS))

    assert [response.status_code for response in responses] == [200] * RACERS
    assert len({response.json()["refresh"] for response in responses}) == 1
    session = Session.objects.get()
    assert (session.gen, session.grace_uses) == (2, RACERS - 1)
    assert refreshing(responses[0].json()["refresh"])().status_code == 200


@pytest.mark.parametrize("attempt", range(5))
def test_a_logout_that_races_refreshes_leaves_no_live_token(alice: User, attempt: int) -> None:
    tokens = make_session(alice)

    def log_out() -> Response:
        return Browser().post("/api/v1/auth/logout", headers=bearer(tokens))

    responses = race(log_out, *itertools.repeat(refreshing(tokens.refresh), 4))

    assert responses[0].status_code == 204
    assert Session.objects.get().revoked_at is not None
    for pair in [r.json() for r in responses[1:] if r.status_code == 200]:
        headers = {"Authorization": f"Bearer {pair['access']}"}
        assert Browser().get("/api/v1/whoami", headers=headers).status_code == 401
        assert refreshing(pair["refresh"])().status_code == 401


@pytest.mark.parametrize("attempt", range(3))
def test_a_password_change_that_races_refreshes_leaves_no_live_token(
    alice: User, attempt: int
) -> None:
    tokens = make_session(alice)

    def change() -> None:
        change_password(user=alice, password="a lake below the snow line", request=None)

    answers: list[Response | None] = race(change, *itertools.repeat(refreshing(tokens.refresh), 4))

    assert Session.objects.get().revoked_at is not None
    for pair in [each.json() for each in answers if each is not None and each.status_code == 200]:
        headers = {"Authorization": f"Bearer {pair['access']}"}
        assert Browser().get("/api/v1/whoami", headers=headers).status_code == 401
        assert refreshing(pair["refresh"])().status_code == 401


def test_a_sign_in_that_a_password_change_overtook_opens_nothing(alice: User) -> None:
    """Its password was right when it was read, and its session is opened afterwards."""
    proven = User.objects.get(pk=alice.pk)
    change_password(user=alice, password="a lake below the snow line", request=None)

    tokens = make_session(proven)

    assert Browser().get("/api/v1/whoami", headers=bearer(tokens)).status_code == 401
    assert refreshing(tokens.refresh)().status_code == 401
