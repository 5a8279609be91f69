"""Programs that open a connection before they fork, as gunicorn --preload and Celery may.

Each process reports its id, the server process that it is connected to, and the same of its parent:
[pid, backend, parent's pid, parent's backend].
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import django
import redis
from celery.signals import worker_process_init
from django.conf import settings
from django.db import connection

django.setup()

from config.celery import app as celery_app  # noqa: E402 - Django comes first


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


PARENT = (os.getpid(), backend())


def reported() -> list[int]:
    return [os.getpid(), backend(), *PARENT]


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(reported()).encode()]


@worker_process_init.connect  # type: ignore[untyped-decorator] # Celery brings no types
def tell(**_: Any) -> None:
    """Connect on import; whether Celery has closed Django's connections by then doesn't matter."""
    redis.Redis.from_url(settings.REDIS_URL).rpush("forked", json.dumps(reported()))


__all__ = ["application", "celery_app"]
