"""Two calls on connections of their own, which take turns where the test says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any, NamedTuple, TypeVar

from django.db import connection, connections

PATIENCE_SECONDS = 0.1  # the other may wait for a lock of this one's
Result = TypeVar("Result")


class Pause(NamedTuple):
    """Before its statement `at` a call waits until the other has begun its statement `until`."""

    at: int
    until: int


@dataclass(slots=True)
class _Progress:
    pause: Pause
    statements: int = 0
    is_over: bool = field(default=False)

    def has_begun(self, statement: int) -> bool:
        return self.is_over or self.statements >= statement


def race(
    calls: tuple[Callable[[], Result], Callable[[], Result]], pauses: tuple[Pause, Pause]
) -> list[Result]:
    """What both gave; raises what either raised."""
    start = Barrier(len(calls))
    progress = [_Progress(pause) for pause in pauses]

    def run(place: int) -> Result:
        own, other = progress[place], progress[1 - place]
        start.wait()
        try:
            with connection.execute_wrapper(_taking_turns(own, other)):
                return calls[place]()
        finally:
            own.is_over = True
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in [threads.submit(run, place) for place in (0, 1)]]


def _taking_turns(own: _Progress, other: _Progress) -> Callable[..., Any]:
    def execute(perform: Callable[..., Any], *arguments: Any) -> Any:
        own.statements += 1
        if own.statements == own.pause.at:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not other.has_begun(own.pause.until) and time.monotonic() < deadline:
                time.sleep(0.001)
        return perform(*arguments)

    return execute
