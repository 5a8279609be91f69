"""Messages to the workers. They only say "look": what there is to do stands in rows."""

from __future__ import annotations

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from config.celery import app

EXPIRES_SECONDS = 60
log = structlog.get_logger(__name__)


def announce(task: str, *arguments: int | str, delay_seconds: float = 0) -> None:
    """Sends the message when the transaction has committed; a lost one costs a tick of beat."""
    transaction.on_commit(lambda: send(task, *arguments, delay_seconds=delay_seconds))


def send(task: str, *arguments: int | str, delay_seconds: float = 0) -> None:
    try:
        app.send_task(
            task,
            args=list(arguments),
            countdown=delay_seconds or None,
            expires=delay_seconds + EXPIRES_SECONDS,
        )
    except OperationalError:
        log.warning("broker_unreachable", task=task)
