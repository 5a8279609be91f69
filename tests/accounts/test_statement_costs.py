"""What authentication costs the database, statement by statement, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from tests.accounts.negative.world import StatementCounter, World
from tests.factories import make_session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.accounts.urls")]
LOGOUT = "/api/v1/auth/logout"


@pytest.fixture
def world(
    live_server: LiveServer, legacy: Settings, alice: User, bob: User, olga: User
) -> Iterator[World]:
    counter = StatementCounter()
    with counter.watching():
        yield World(live_server, legacy, alice, bob, olga, counter)


def test_no_credential_and_an_invalid_one_cost_nothing(world: World) -> None:
    assert world.ask([]).statements == 0
    assert world.present(f"{world.tokens.access[:-8]}AAAAAAAA").statements == 0
    assert world.present("nonsense").statements == 0
    assert world.present(f"{world.legacy[:-8]}AAAAAAAA").statements == 0


def test_an_enhanced_token_costs_one_and_once_a_cycle_another(world: World) -> None:
    access = make_session(world.alice).access

    assert [world.present(access).statements for _ in range(3)] == [2, 1, 1]


def test_the_time_of_use_is_written_once_in_five_minutes(world: World) -> None:
    Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=6))

    assert [world.present(world.tokens.access).statements for _ in range(3)] == [2, 1, 1]


def test_a_legacy_token_costs_one(world: World) -> None:
    assert [world.present(world.legacy).statements for _ in range(2)] == [1, 1]


def test_a_refresh_costs_four_at_most(world: World) -> None:
    first, again = (world.refresh(world.tokens.refresh) for _ in range(2))

    assert first.status == again.status == 200
    assert max(first.statements, again.statements) <= 4


def test_a_nonsense_refresh_token_costs_nothing(world: World) -> None:
    assert world.refresh("rt1.nonsense.nonsense").statements == 0


def test_to_revoke_the_session_costs_one_and_its_entry_in_the_log_another(world: World) -> None:
    reply = world.post(LOGOUT, token=world.tokens.access)

    authentication, revocation, entry = 1, 1, 1
    assert reply.status == 204
    assert reply.statements <= authentication + revocation + entry
