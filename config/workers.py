"""Messages to the workers. They only say "look": what there is to do stands in rows."""

from __future__ import annotations

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from config.celery import app
from config.redis_connection import redis_outage

EXPIRES_SECONDS = 60
# kombu hands the client library's own errors on where nothing is retried.
NOT_SENT = (OperationalError, RedisError, OSError)
log = structlog.get_logger(__name__)


def announce(task: str, *arguments: int | str, delay_seconds: float = 0) -> None:
    """Sends the message when the transaction has committed; a lost one costs a tick of beat."""
    transaction.on_commit(lambda: send(task, *arguments, delay_seconds=delay_seconds))


def send(task: str, *arguments: int | str, delay_seconds: float = 0) -> None:
    """Tries once and briefly, and not at all while the broker is known to be away."""
    outage = redis_outage()
    if not outage.may_try():
        return
    try:
        app.send_task(
            task,
            args=list(arguments),
            countdown=delay_seconds or None,
            expires=delay_seconds + EXPIRES_SECONDS,
        )
    except NOT_SENT as error:
        outage.begin()
        log.warning("broker_unreachable", task=task, error=type(error).__name__)
    else:
        outage.end()
