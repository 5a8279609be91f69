"""Refresh tokens that race, are lost, copied, forged and outlived."""

from __future__ import annotations

import itertools
from datetime import timedelta

from django.utils import timezone

from accounts.models import Session
from accounts.tokens.refresh import RefreshToken
from config.database.encryption import keyring
from tests.accounts.negative.cases import case
from tests.accounts.negative.world import Reply, World, assert_let_in, assert_refused
from tests.accounts.race import RACERS, race

LOGOUT = "/api/v1/auth/logout"


def status_of_refresh(world: World, refresh: str) -> int:
    reply = world.refresh(refresh)
    if reply.status != 200:
        assert reply.json()["code"] == "refresh-refused"
    return reply.status


@case(32)
def eight_parallel_refreshes(world: World) -> None:
    refresh = world.tokens.refresh
    replies = race(*itertools.repeat(lambda: world.refresh(refresh), RACERS))
    assert [reply.status for reply in replies] == [200] * RACERS
    assert len({reply.json()["refresh"] for reply in replies}) == 1


@case(33)
def a_lost_answer(world: World) -> None:
    lost = world.refresh(world.tokens.refresh).json()["refresh"]
    for waited in (timedelta(seconds=1), timedelta(hours=6)):
        Session.objects.update(rotated_at=timezone.now() - waited)
        assert world.refresh(world.tokens.refresh).json()["refresh"] == lost


@case(34)
def the_parent_after_confirmation(world: World) -> None:
    child = world.refresh(world.tokens.refresh).json()
    assert_let_in(world.present(child["access"]), world.alice)
    Session.objects.update(rotated_at=timezone.now() - timedelta(seconds=31))
    assert status_of_refresh(world, world.tokens.refresh) == 401
    for access in (world.tokens.access, child["access"]):
        assert_refused(world.present(access), statements=1)
    assert status_of_refresh(world, child["refresh"]) == 401


@case(35)
def a_flipped_bit_or_a_future_generation(world: World) -> None:
    text = world.tokens.refresh
    session = Session.objects.get(pk=world.tokens.session_id)
    context = f"accounts.session.sealed_key:{session.pk}"
    key = keyring().open(bytes(session.sealed_key), context=context)
    future = RefreshToken(1, session.pk, session.gen + 1).sign(key)
    for forged in (f"{text[:-2]}{chr(ord(text[-2]) ^ 1)}{text[-1]}", future):
        assert status_of_refresh(world, forged) == 401
    assert_let_in(world.present(world.tokens.access), world.alice)
    assert status_of_refresh(world, text) == 200


@case(36)
def past_the_absolute_end(world: World) -> None:
    ended_at = timezone.now() - timedelta(seconds=1)
    child = world.refresh(world.tokens.refresh).json()
    Session.objects.update(expires_at=ended_at, idle_expires_at=ended_at)
    assert status_of_refresh(world, child["refresh"]) == 401
    assert_refused(world.present(child["access"]), statements=1)


@case(37)
def logout_races_a_refresh(world: World) -> None:
    def refresh() -> Reply:
        return world.refresh(world.tokens.refresh)

    replies = race(lambda: world.post(LOGOUT, token=world.tokens.access), *[refresh] * 4)
    assert replies[0].status == 204
    pairs = [reply.json() for reply in replies[1:] if reply.status == 200]
    for access in [world.tokens.access, *(pair["access"] for pair in pairs)]:
        assert_refused(world.present(access), statements=1)
    for pair in pairs:
        assert status_of_refresh(world, pair["refresh"]) == 401
