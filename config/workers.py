"""Messages to the workers. They only say "look": the work is in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import TracebackType

import structlog
from django.db import Error as DatabaseError
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from config.celery import app
from config.database.faults import is_conflict, is_passing, note_fault
from config.database.redis import redis_outage

log = structlog.get_logger(__name__)
EXPIRES_SECONDS = 60

# Without retries kombu raises the errors of the client library unchanged.
NOT_SENT = (OperationalError, RedisError, OSError)


def announce(task: str, *arguments: int | str, delay_seconds: float = 0) -> None:
    """Send the message after the commit; if it is lost, the next tick of beat starts the work."""
    transaction.on_commit(lambda: send(task, *arguments, delay_seconds=delay_seconds))


def send(task: str, *arguments: int | str, delay_seconds: float = 0) -> None:
    """Send a message: one attempt with a short timeout, none during an outage of the broker."""
    message = partial(
        app.send_task,
        task,
        args=list(arguments),
        countdown=delay_seconds or None,
        expires=delay_seconds + EXPIRES_SECONDS,
    )
    redis_outage().attempt(
        message, otherwise=lambda: None, faults=NOT_SENT, event="broker_unreachable", task=task
    )


@contextmanager
def cut_after(seconds: float, cut: Callable[[], object]) -> Iterator[None]:
    """Call `cut` from another thread unless the block ends in time.

    For conversations whose driver limits each step, and not the whole.
    """
    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class OneOfMany:
    """Logs an unexpected error under the name `event`; the code after the block goes on.

    An unreachable database concerns all of them, so that error is raised. A deadlock concerns this
    one: it was rolled back, and the next run takes it again.
    """

    def __init__(self, event: str, **about: str | int) -> None:
        self._event, self._about = event, about
        self.failed = False

    def __enter__(self) -> OneOfMany:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        if isinstance(error, DatabaseError):
            if is_passing(error) and not is_conflict(error):
                return False
            note_fault(error)
        self.failed = True
        log.error(self._event, exc_info=error, **self._about)
        return True


def prune_each(pruners: Mapping[str, Callable[[], int]]) -> dict[str, int]:
    """Return how many rows each pruner deleted; an error in one doesn't affect the others."""
    pruned = {}
    for name, prune in pruners.items():
        with OneOfMany("prune_fault", rows=name):
            pruned[name] = prune()
    return pruned
