"""Transactions that lost against another (a deadlock, a serialization fault) are run again."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import Error as DatabaseError
from django.db import connection

from config.database_faults import is_conflict, note_fault

MOST_ATTEMPTS = 3
PAUSE_SECONDS = 0.05
P = ParamSpec("P")
Result = TypeVar("Result")


def rerun_on_conflict(step: Callable[P, Result]) -> Callable[P, Result]:
    """For a step that is one transaction, and does nothing outside it before that has ended.

    Inside another transaction the step runs once: it is the outer one that must run again.
    """

    @functools.wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        for attempt in range(1, MOST_ATTEMPTS):
            try:
                return step(*args, **kwargs)
            except DatabaseError as error:
                if connection.in_atomic_block or not is_conflict(error):
                    raise
                note_fault(error)
            pause_before(attempt + 1)
        return step(*args, **kwargs)

    return run


def pause_before(attempt: int) -> None:
    """Of different lengths, so that two that met do not meet again."""
    time.sleep(PAUSE_SECONDS * attempt * random.uniform(0.5, 1.5))  # noqa: S311  # nosec B311
