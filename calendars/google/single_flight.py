"""Threads of one process that want the same at the same moment get it by one of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """The first thread that asks for a key does the work; those that come before it is done share
    its end, good or bad, if it comes within `patience_seconds`: else they get TimeoutError. Nothing
    is kept after that."""

    def __init__(self, *, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Future[Result]] = {}

    def share(self, key: Hashable, work: Callable[[], Result]) -> Result:
        here = (os.getpid(), key)  # a flight that was under way at a fork never lands in the child
        with self._lock:
            flight = self._flights.get(here)
            if flight is None:
                mine = self._flights[here] = Future()
        return flight.result(self._patience) if flight is not None else self._fly(here, mine, work)

    def _fly(self, here: Hashable, mine: Future[Any], work: Callable[[], Result]) -> Result:
        try:
            result = work()
        except BaseException as error:  # an end of the thread too: others wait, and hear of it
            mine.set_exception(error)
            raise
        else:
            mine.set_result(result)
            return result
        finally:
            with self._lock:
                del self._flights[here]
