"""Single flight: concurrent calls with one key in a process share one execution."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """The first thread that asks for a key does the work; threads that come meanwhile share its
    result or error if it arrives within `patience_seconds`, and otherwise get TimeoutError.
    Nothing is cached."""

    def __init__(self, *, patience_seconds: float) -> None:
        self._patience = patience_seconds
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Future[Result]] = {}

    def share(self, key: Hashable, work: Callable[[], Result]) -> Result:
        here = (os.getpid(), key)  # a call in progress at a fork never finishes in the child
        with self._lock:
            flight = self._flights.get(here)
            if flight is None:
                mine = self._flights[here] = Future()
        return flight.result(self._patience) if flight is not None else self._fly(here, mine, work)

    def _fly(self, here: Hashable, mine: Future[Any], work: Callable[[], Result]) -> Result:
        try:
            result = work()
        except (
            BaseException
        ) as error:  # including the thread's end: waiting threads must be notified
            mine.set_exception(error)
            raise
        else:
            mine.set_result(result)
            return result
        finally:
            with self._lock:
                del self._flights[here]
