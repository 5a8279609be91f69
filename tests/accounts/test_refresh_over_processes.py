"""Refreshes that race over several processes: one successor, and everybody gets it.

DAYBOOK_RACE_ROUNDS sets another number of rounds.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from accounts.models import Session, User
from tests.accounts.forge import claims_of
from tests.accounts.race import RACERS, race
from tests.accounts.serving import Answer, Server, serving
from tests.factories import make_session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
ROUNDS = int(os.environ.get("DAYBOOK_RACE_ROUNDS", "200"))
PROCESSES = 4


def refreshing(server: Server, refresh: str) -> Callable[[], Answer]:
    body = {"refresh": refresh}
    return lambda: server.send("POST", "/api/v1/auth/token/refresh", body=body)


@pytest.mark.timeout(300)
def test_each_round_has_one_successor_and_no_failure(alice: User) -> None:
    refresh = make_session(alice).refresh

    with serving(processes=PROCESSES) as server:
        for generation in range(2, ROUNDS + 2):
            answers = race(*[refreshing(server, refresh)] * RACERS)

            assert [answer.status for answer in answers] == [200] * RACERS
            successors = {answer.json()["refresh"] for answer in answers}
            assert len(successors) == 1
            assert {claims_of(a.json()["access"])["gen"] for a in answers} == {generation}
            refresh = successors.pop()

    session = Session.objects.get()
    assert (session.gen, session.revoked_at) == (ROUNDS + 1, None)
