"""Tracebacks and log arguments without what the database said: its words hold people's values."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import Error as DatabaseError

from config.database_faults import describe

CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def format_exception(error: BaseException) -> str:
    """As Python writes it, but for the words of the database's errors."""
    seen: set[int] = set()
    return "".join(_parts(error, seen)).rstrip("\n")


def without_words(value: object) -> object:
    """The value, or of an error of the database no more than its class and category."""
    if isinstance(value, DatabaseError | psycopg.Error):
        return f"{type(value).__name__} ({describe(value)})"
    return value


class DatabaseWordsFilter(logging.Filter):
    """For what others log of such an error in a line's arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        given: Any = record.args
        if isinstance(given, dict):
            record.args = {name: without_words(value) for name, value in given.items()}
        elif given:
            record.args = tuple(map(without_words, given))
        return True


class RefusalFilter(logging.Filter):
    """Django's line of a request that was refused (4xx) names it; where in the code the refusal was
    raised is no fault to look into."""

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
    yield f"{_words(error)}\n"


def _words(error: BaseException) -> str:
    return describe(error) if isinstance(error, DatabaseError | psycopg.Error) else str(error)
