"""Time two implementations in turns, so that other load on the machine affects both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Call = Callable[[], object]
ROUNDS = 31
WARM_UP_CALLS = 20


@dataclass(frozen=True)
class Comparison:
    """`limit` is the most that our time may be, as a multiple of the other's."""

    name: str
    ours: Call
    peer: Call
    limit: float
    calls: int = 50

    def measure(self) -> Result:
        for call in (self.ours, self.peer):
            _seconds_of(call, WARM_UP_CALLS)
        ours: list[float] = []
        peer: list[float] = []
        for number in range(ROUNDS):
            # The first one alternates: the second of a pair may find warmer caches.
            pair = [(ours, self.ours), (peer, self.peer)]
            for times, call in pair if number % 2 else reversed(pair):
                times.append(_seconds_of(call, self.calls))
        return Result(self, statistics.median(ours), statistics.median(peer))


@dataclass(frozen=True)
class Result:
    """Medians over the rounds, in seconds per call."""

    comparison: Comparison
    ours: float
    peer: float

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    @property
    def is_within_limit(self) -> bool:
        return self.ratio <= self.comparison.limit

    def __str__(self) -> str:
        decision = "ok" if self.is_within_limit else "TOO SLOW"
        return (
            f"{self.comparison.name:<44} {_milliseconds(self.ours)} {_milliseconds(self.peer)}"
            f" {self.ratio:>7.2f} {self.comparison.limit:>7.2f}  {decision}"
        )


HEADING = f"{'':<44} {'ours':>9}    {'peer':>9}    {'ratio':>7} {'limit':>7}  decision"


def _seconds_of(call: Call, calls: int) -> float:
    begun = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - begun) / calls


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:>9.3f} ms"
