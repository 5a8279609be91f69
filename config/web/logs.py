"""Structured logs: one JSON object per line in production, readable lines at a desk."""

from __future__ import annotations

import logging
import logging.config
import traceback
from collections.abc import Iterator
from typing import Any, TextIO

import psycopg
import structlog
from django.db import Error as DatabaseError
from structlog.typing import ExcInfo

from config.database.faults import describe

CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def format_exception(error: BaseException) -> str:
    """Format a traceback as Python does, without the messages of database errors.

    Those may contain values of the row.
    """
    seen: set[int] = set()
    return "".join(_parts(error, seen)).rstrip("\n")


def without_message(value: object) -> object:
    """Return the value; of a database error only its class and category."""
    if isinstance(value, DatabaseError | psycopg.Error):
        return f"{type(value).__name__} ({describe(value)})"
    return value


class DatabaseMessageFilter(logging.Filter):
    """Removes the messages of database errors from the arguments that other libraries log."""

    def filter(self, record: logging.LogRecord) -> bool:
        given: Any = record.args
        if isinstance(given, dict):
            record.args = {name: without_message(value) for name, value in given.items()}
        elif given:
            record.args = tuple(map(without_message, given))
        return True


class RefusalFilter(logging.Filter):
    """Removes the traceback from Django's log line for a refused request (4xx).

    The line names the request; where the code raised the refusal is of no interest.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    hidden = error.__suppress_context__
    earlier = error.__cause__ or (None if hidden else error.__context__)
    if earlier is not None and id(earlier) not in seen:
        yield from _parts(earlier, seen)
        yield CAUSE if error.__cause__ else CONTEXT
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}: ".removeprefix("builtins.")
    yield f"{_message_of(error)}\n"


def _message_of(error: BaseException) -> str:
    return describe(error) if isinstance(error, DatabaseError | psycopg.Error) else str(error)


def configure_logs(options: dict[str, Any]) -> None:
    """Configure logging from LOGGING: Django's LOGGING_CONFIG."""
    logging.config.dictConfig(logging_config(**options))


def logging_config(*, level: str, json: bool) -> dict[str, Any]:
    """Return Django's LOGGING, and configure structlog to use the same handler."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": _closing(json),
            }
        },
        "filters": {
            "messages": {"()": "config.web.logs.DatabaseMessageFilter"},
            "refusals": {"()": "config.web.logs.RefusalFilter"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["messages", "refusals"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Celery logs the start and the end of each message, several a second; DEBUG shows them.
            "celery": {"level": "DEBUG" if level == "DEBUG" else "WARNING"},
            "django.server": {"level": "WARNING"},
            "googleapiclient": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
        },
    }


def _closing(json: bool) -> list[Any]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if json:
        render = structlog.processors.JSONRenderer()
        return [strip, structlog.processors.ExceptionRenderer(_formatted), render]
    return [strip, _readable()]


def _readable() -> Any:
    # The default formatter prints the local variables of each frame, including passwords and
    # tokens.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_write_traceback)


def _formatted(exc_info: ExcInfo) -> str:
    return format_exception(exc_info[1])


def _write_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    stream.write("\n" + format_exception(exc_info[1]))
