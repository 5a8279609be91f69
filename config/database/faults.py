"""What a database error is, told without its words: those hold values, addresses and passwords."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import psycopg
import structlog
from django.db import Error, InterfaceError, InternalError, OperationalError, connection
from django.http import HttpRequest

from config.metrics import DATABASE_FAULTS

FAULT = "database_fault"
AnyError = Error | psycopg.Error
log = structlog.get_logger(__name__)


class Category(enum.StrEnum):
    """Which kind of fault, for the log, the metrics and what is done about it."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    CONSTRAINT = "constraint"
    SERIALIZATION = "serialization"
    AUTHENTICATION = "authentication"
    OTHER = "other"


class CommitUnconfirmed(OperationalError):
    """The connection was lost during COMMIT: the change may have been kept, or not."""


# By how SQLSTATE begins.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
CATEGORIES = {
    "25006": Category.CONNECTION,  # read-only: it was the primary, and is a standby now
    "25P03": Category.TIMEOUT,
    "25P04": Category.TIMEOUT,
    "53300": Category.CONNECTION,  # too many clients
    "55P03": Category.TIMEOUT,
    "57014": Category.TIMEOUT,
    "57P": Category.CONNECTION,
    "23": Category.CONSTRAINT,
    "28": Category.AUTHENTICATION,
    "40": Category.SERIALIZATION,
}
# libpq gives no SQLSTATE to what goes wrong while it connects, and pgbouncer 08P01 to all its own.
NO_OWN_STATE = ("", "08")
OF_THE_CONNECTION = (
    OperationalError,
    InterfaceError,
    InternalError,
    psycopg.OperationalError,
    psycopg.InternalError,
)
WORDS = {
    "authentication failed": Category.AUTHENTICATION,
    "no password supplied": Category.AUTHENTICATION,
    "pg_hba.conf": Category.AUTHENTICATION,
    "query_wait_timeout": Category.TIMEOUT,
    "timeout expired": Category.TIMEOUT,
}


def category_of(error: AnyError) -> Category:
    """By SQLSTATE where it says enough, else by the few words that libpq and pgbouncer have."""
    sqlstate = sqlstate_of(error)
    by_state = [kind for start, kind in CATEGORIES.items() if sqlstate.startswith(start)]
    by_words = [kind for words, kind in WORDS.items() if words in str(error)]
    if sqlstate[:2] in NO_OWN_STATE:
        return (by_words or [_unworded(error)])[0]
    return (by_state or [Category.OTHER])[0]


def sqlstate_of(error: AnyError) -> str:
    """Empty where the server said none."""
    return next((each.sqlstate for each in _psycopg_causes(error) if each.sqlstate), "")


def is_lost(error: AnyError) -> bool:
    """Whether the connection is of no more use, or could not be had."""
    no_answer = category_of(error) is Category.TIMEOUT and sqlstate_of(error)[:2] in NO_OWN_STATE
    return no_answer or category_of(error) is Category.CONNECTION


def is_passing(error: Error) -> bool:
    """Whether the same may well succeed later, without anybody changing what is asked for."""
    return isinstance(error, OperationalError | InterfaceError) or is_lost(error)


def is_conflict(error: Error) -> bool:
    """A deadlock or a serialization fault: undone as a whole, and free to be run again."""
    return category_of(error) is Category.SERIALIZATION


def describe(error: AnyError) -> str:
    """For a traceback, in place of the words."""
    return " ".join(filter(None, (category_of(error), "fault", sqlstate_of(error))))


def note_fault(error: Error, request: HttpRequest | None = None) -> None:
    """Logs and counts it once, and leaves it on the request for whoever may repeat that."""
    if getattr(request, FAULT, None) is error:
        return
    category = category_of(error)
    DATABASE_FAULTS.labels(category).inc()
    log.warning(
        "database_fault",
        category=category.value,
        sqlstate=sqlstate_of(error),
        error=type(error).__name__,
    )
    if request is not None:
        setattr(request, FAULT, error)


def drop_dead_connection() -> None:
    """Between transactions: the next statement finds a connection that answers."""
    if not connection.in_atomic_block:
        connection.drop_if_dead()  # type: ignore[attr-defined]  # config.database.backend has it


def _unworded(error: AnyError) -> Category:
    """psycopg's own InternalError is of an answer that it cannot follow: behind pgbouncer a COMMIT
    whose server is gone gets two."""
    return Category.CONNECTION if isinstance(error, OF_THE_CONNECTION) else Category.OTHER


def _psycopg_causes(error: BaseException) -> Iterator[psycopg.Error]:
    """Django's errors are raised from psycopg's, and ours from Django's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.Error):
            yield cause
        cause = cause.__cause__
