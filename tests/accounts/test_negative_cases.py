"""Every attack on tokens, by number: what is answered over HTTP, and what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.accounts.negative import access, people, refresh
from tests.accounts.negative.cases import CASES, Played
from tests.accounts.negative.presented import Presented, rows
from tests.accounts.negative.world import StatementCounter, World, assert_let_in
from tests.accounts.verdicts import NOTING, Notes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.accounts.urls")]
NUMBERS = range(1, 44)
PLAYED_IN = (access, refresh, people)  # importing them enlists their cases


def by_number() -> dict[int, list[Presented | Played]]:
    table: dict[int, list[Presented | Played]] = defaultdict(list)
    cases: list[Presented | Played] = [*rows(), *CASES]
    for case in cases:
        table[case.number].append(case)
    return dict(sorted(table.items()))


TABLE = by_number()


@pytest.fixture
def world(
    live_server: LiveServer, legacy: Settings, alice: User, bob: User, olga: User
) -> Iterator[World]:
    legacy.AUTHENTICATION_BACKENDS = [*NOTING, *legacy.AUTHENTICATION_BACKENDS[2:]]
    counter = StatementCounter()
    with counter.watching():
        yield World(live_server, legacy, alice, bob, olga, counter)


def test_every_number_is_there() -> None:
    assert list(TABLE) == list(NUMBERS)


@pytest.mark.quick
def test_what_the_forgeries_are_made_of_is_good(world: World) -> None:
    for method, token, user in (
        ("enhanced", world.tokens.access, world.alice),
        ("legacy", world.legacy, world.olga),
    ):
        with Notes.taken() as judges:
            reply = world.present(token)
        assert_let_in(reply, user, method)
        assert (reply.statements, judges) == (1, [method])


@pytest.mark.parametrize("number", TABLE)
def test_case(number: int, world: World) -> None:
    for case in TABLE[number]:
        with Notes.taken() as judges:
            try:
                case.play(world)
            except AssertionError as failure:
                failure.add_note(f"in case {number}: {case.what}")
                raise
        if isinstance(case, Presented):
            assert len(judges) <= 1, f"two verifiers judged: {case.what}"
