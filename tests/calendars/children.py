"""Workers as separate processes, forked with Django set up, and killed where a test says so."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import ForkProcess
from typing import Any

from django.db import connection, connections

from calendars.google import client

KILLED = -signal.SIGKILL


def start(work: Callable[..., object], *arguments: object) -> ForkProcess:
    """Start a child with its own connections; its exit code is 0 if the work returns true."""
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=_run, args=(work, arguments))
    child.start()
    return child


def join(child: ForkProcess) -> int:
    child.join(timeout=60)
    assert child.exitcode is not None, "the worker hangs"
    return child.exitcode


def with_short_pages(size: int) -> None:
    """Only used in a child: the change ends with it."""
    client.PAGE_SIZE = size


def die_before_commit_of_page(number: int) -> Any:
    """Wrap the statements of a child: kill it at that page, before the commit."""
    counted = 0

    def watch(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal counted
        answer = execute(statement, params, many, context)
        if str(statement).startswith('UPDATE "calendars_syncrun" SET "pages"'):
            counted += 1
            if counted == number:
                die()
        return answer

    return connection.execute_wrapper(watch)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _run(work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    raise SystemExit(0 if work(*arguments) else 1)
