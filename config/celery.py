"""The Celery application. A message only tells a worker to look for due rows in the database.

A message is therefore acknowledged when its task begins; a lost one delays work until the next tick
of beat.
"""

import gc
import os
from typing import Any

import celery
import structlog
from celery import Celery
from celery.signals import beat_init, setup_logging, worker_process_init, worker_ready
from django.db import Error as DatabaseError
from kombu.transport.redis import Channel
from redis.exceptions import RedisError

from config.database.faults import describe, drop_broken_connection, is_passing, note_fault

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
CONTAINERS_BETWEEN_COLLECTIONS = 200_000
log = structlog.get_logger(__name__)


class TaskFailed(Exception):
    """A task met a database error that a retry won't fix. Doesn't include the error's message."""


class Task(celery.Task):  # type: ignore[misc]
    """A task that ends without a traceback while the database or Redis is unreachable.

    The due work stays in the database, so the sweep or the next tick of beat starts it again.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except RedisError as error:
            log.error("broker_unavailable", task=self.name, error=type(error).__name__)
            return None
        except DatabaseError as error:
            note_fault(error)
            drop_broken_connection()
            if is_passing(error):
                return None
            failure = TaskFailed(describe(error)).with_traceback(error.__traceback__)
        raise failure from None


@setup_logging.connect
def keep_logging(**kwargs: object) -> None:
    """Keep Django's LOGGING: with a receiver here Celery adds no handler and sets no level."""


@worker_process_init.connect
def collect_garbage_less_often(**kwargs: object) -> None:
    """Raise the threshold of Python's garbage collector.

    A page of events creates tens of thousands of containers and no reference cycles. With the
    default of 700 the search for cycles would take a quarter of an import's time.
    """
    gc.set_threshold(CONTAINERS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


@worker_ready.connect
def tell_worker_ready(**kwargs: object) -> None:
    log.info("worker_ready")


@beat_init.connect
def tell_beat_ready(**kwargs: object) -> None:
    log.info("beat_ready")


app = Celery("daybook", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A worker that loses the broker would try to return its unstarted messages over the lost
# connection, and would crash (kombu 5.7).
Channel.do_restore = False
