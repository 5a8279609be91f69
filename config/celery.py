"""The Celery application. Messages only say "look": the work itself is rows in the database.

So a message is done with when its task begins, and one that is lost costs a tick of beat.
"""

import os
from typing import Any

import celery
import structlog
from celery import Celery
from celery.signals import beat_init, setup_logging, worker_ready
from django.db import Error as DatabaseError
from kombu.transport.redis import Channel
from redis.exceptions import RedisError

from config.database.faults import describe, drop_dead_connection, is_passing, note_fault

log = structlog.get_logger(__name__)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
log = structlog.get_logger(__name__)


class TaskFailed(Exception):
    """A task met a fault of the database that waiting does not mend; told without its words."""


class Task(celery.Task):  # type: ignore[misc]
    """Ends quietly while the database or the shared memory is away: what is due stands in rows, and
    the sweep, or the next tick of beat, brings it again."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except RedisError as error:
            log.error("broker_unavailable", task=self.name, error=type(error).__name__)
            return None
        except DatabaseError as error:
            note_fault(error)
            drop_dead_connection()
            if is_passing(error):
                return None
            failure = TaskFailed(describe(error)).with_traceback(error.__traceback__)
        raise failure from None


@setup_logging.connect
def keep_logging(**kwargs: object) -> None:
    """Django's LOGGING stands: with a receiver here Celery adds no handler and sets no level."""


@worker_ready.connect
def tell_worker_ready(**kwargs: object) -> None:
    log.info("worker_ready")


@beat_init.connect
def tell_beat_ready(**kwargs: object) -> None:
    log.info("beat_ready")


app = Celery("daybook", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A worker that loses the broker would give back what it has not begun, over the connection that
# is gone, and end with that (kombu 5.7).
Channel.do_restore = False
