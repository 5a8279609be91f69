"""Cases that are played: each is a function that is enlisted under its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.accounts.negative.world import World


@dataclass(frozen=True)
class Played:
    number: int
    what: str
    play: Callable[[World], None]


CASES: list[Played] = []


def case(number: int) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    def enlist(play: Callable[[World], None]) -> Callable[[World], None]:
        CASES.append(Played(number, play.__name__, play))
        return play

    return enlist
