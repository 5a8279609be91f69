"""Structured logs: one JSON object a line in production, readable lines at a desk."""

from __future__ import annotations

import logging.config
from typing import Any, TextIO

import structlog
from structlog.typing import ExcInfo

from config.tracebacks import format_exception

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: sets up what `logging_config` makes of LOGGING."""
    logging.config.dictConfig(logging_config(**options))


def logging_config(*, level: str, json: bool) -> dict[str, Any]:
    """Django's LOGGING; sets structlog up to go through the same handler."""
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
            "words": {"()": "config.tracebacks.DatabaseWordsFilter"},
            "refusals": {"()": "config.tracebacks.RefusalFilter"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["words", "refusals"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Celery tells each message as it comes and ends, several a second; DEBUG shows them.
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
    # The default shows the local variables of each frame, and with them passwords and tokens.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_write_traceback)


def _formatted(exc_info: ExcInfo) -> str:
    return format_exception(exc_info[1])


def _write_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    stream.write("\n" + format_exception(exc_info[1]))
