"""Threads that want the same at the same moment share one piece of work, and its failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from calendars.google.single_flight import SingleFlight

THREADS = 10


class Work:
    """Takes until it is let go, and counts how often it was begun."""

    def __init__(self, end: Callable[[], str]) -> None:
        self.begun = 0
        self.is_begun, self.may_end = threading.Event(), threading.Event()
        self._end = end

    def __call__(self) -> str:
        self.begun += 1
        self.is_begun.set()
        assert self.may_end.wait(20)
        return self._end()


def ask_together(flights: SingleFlight[str], work: Work) -> list[Future[str]]:
    """All but the first come while the first is at it."""
    waiting = threading.Semaphore(0)

    def ask() -> str:
        waiting.release()
        return flights.share("key", work)

    with ThreadPoolExecutor(THREADS) as threads:
        asked = [threads.submit(ask)]
        assert work.is_begun.wait(20)
        asked += [threads.submit(ask) for _ in range(THREADS - 1)]
        for _ in range(THREADS):
            waiting.acquire()
        work.may_end.set()
    return asked


def fail() -> str:
    raise ValueError("no")


def test_one_works_for_all() -> None:
    work = Work(lambda: "done")

    asked = ask_together(SingleFlight(patience_seconds=30), work)

    assert {each.result() for each in asked} == {"done"}
    assert work.begun < THREADS, "who comes after the end begins anew, the others do not"


def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    flights: SingleFlight[str] = SingleFlight(patience_seconds=30)

    work = Work(fail)

    asked = ask_together(flights, work)

    assert work.begun < THREADS
    for each in asked:
        with pytest.raises(ValueError, match="no"):
            each.result()
    assert flights.share("key", lambda: "better") == "better"


def test_another_key_is_another_flight() -> None:
    flights: SingleFlight[str] = SingleFlight(patience_seconds=30)

    assert flights.share("one", lambda: flights.share("two", lambda: "inner")) == "inner"
