"""Classify database errors without quoting their messages.

The messages contain values, addresses and passwords.
"""

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
    """The category of an error, for the log, the metrics and its handling."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    CONSTRAINT = "constraint"
    SERIALIZATION = "serialization"
    AUTHENTICATION = "authentication"
    OTHER = "other"


class CommitUnconfirmed(OperationalError):
    """The connection was lost during COMMIT: the change may or may not be saved."""


# Prefixes of SQLSTATE. https://www.postgresql.org/docs/current/errcodes-appendix.html
CATEGORIES = {
    "25006": Category.CONNECTION,  # read-only: the former primary is now a standby
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
# libpq sets no SQLSTATE on connection errors, and pgbouncer 08P01 on all its own.
NO_OWN_STATE = ("", "08")
CONNECTION_ERRORS = (
    OperationalError,
    InterfaceError,
    InternalError,
    psycopg.OperationalError,
    psycopg.InternalError,
)
MESSAGES = {
    "authentication failed": Category.AUTHENTICATION,
    "no password supplied": Category.AUTHENTICATION,
    "pg_hba.conf": Category.AUTHENTICATION,
    "query_wait_timeout": Category.TIMEOUT,
    "timeout expired": Category.TIMEOUT,
}


def category_of(error: AnyError) -> Category:
    """Return the category by SQLSTATE if that is specific enough, else by known messages."""
    sqlstate = sqlstate_of(error)
    by_state = [kind for start, kind in CATEGORIES.items() if sqlstate.startswith(start)]
    by_message = [kind for words, kind in MESSAGES.items() if words in str(error)]
    if sqlstate[:2] in NO_OWN_STATE:
        return (by_message or [_category_without_state(error)])[0]
    return (by_state or [Category.OTHER])[0]


def sqlstate_of(error: AnyError) -> str:
    """Return the SQLSTATE, or "" if there is none."""
    return next((each.sqlstate for each in _psycopg_causes(error) if each.sqlstate), "")


def is_lost(error: AnyError) -> bool:
    """Return whether the connection is unusable or couldn't be opened."""
    no_answer = category_of(error) is Category.TIMEOUT and sqlstate_of(error)[:2] in NO_OWN_STATE
    return no_answer or category_of(error) is Category.CONNECTION


def is_passing(error: Error) -> bool:
    """Return whether the same statement may succeed later."""
    return isinstance(error, OperationalError | InterfaceError) or is_lost(error)


def is_conflict(error: Error) -> bool:
    """Return whether it is a deadlock or a serialization failure, after which a retry is safe."""
    return category_of(error) is Category.SERIALIZATION


def describe(error: AnyError) -> str:
    """Return a text for a traceback, in place of the message."""
    return " ".join(filter(None, (category_of(error), "fault", sqlstate_of(error))))


def note_fault(error: Error, request: HttpRequest | None = None) -> None:
    """Log and count an error once, and store it on the request for a possible retry."""
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


def drop_broken_connection() -> None:
    """Between transactions, drop the connection if it is broken."""
    if not connection.in_atomic_block:
        connection.drop_if_broken()  # type: ignore[attr-defined]  # config.database.backend has it


def _category_without_state(error: AnyError) -> Category:
    """Return the category of an error without a SQLSTATE or known message.

    psycopg raises InternalError for an unexpected result: behind pgbouncer a COMMIT whose server is
    gone gets two.
    """
    return Category.CONNECTION if isinstance(error, CONNECTION_ERRORS) else Category.OTHER


def _psycopg_causes(error: BaseException) -> Iterator[psycopg.Error]:
    """Yield the psycopg errors among the causes: Django's errors are raised from them."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.Error):
            yield cause
        cause = cause.__cause__
