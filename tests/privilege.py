"""What the tests may see, and the product run by them may not.

Row-level security stands in the database of the tests too. A test makes rows of several people and
looks at them afterwards, so its own statements act as the system: each carries that setting with
it, for itself outside a transaction and until the end inside one, so that no connection keeps it.
Where a statement is the product's, nothing is carried, and a context that the product forgot to
set shows nothing and lets nothing be written. The product begins

- in the server's threads and in every other process: the privilege is of the test's thread alone;
- at a request of Django's test client: `ProductMiddleware` stands around all others;
- at the workers' doors and the commands: tests take them from `tests.product`, which enters by
  `as_product`, and `tests/test_architecture.py` refuses a test that goes past it;
- inside `acting_as`, wherever it is called: who acts for somebody has no privilege besides.

A service that a test calls by itself runs with the privilege, as it would run in the context that
its door has set; that the doors set it is what the tests over HTTP and of the workers show.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from psycopg import ClientCursor, sql
from psycopg.pq import TransactionStatus

from accounts.row_security import SETTINGS

# Not inside `acting_as`, where the test wants to see what somebody else would.
GRANT = (
    "SELECT set_config('app.system', 'tests', true)"
    " WHERE coalesce(current_setting('app.user_id', true), '') = ''"
)
FORGET = "SELECT " + ", ".join(f"set_config('{name}', '', true)" for name in SETTINGS)
SAVEPOINTS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class _Product(threading.local):
    depth = 0


_product = _Product()


@contextmanager
def tests_privilege() -> Iterator[None]:
    """For the thread and the process that enter it."""
    test = os.getpid()

    def grant(
        execute: Callable[..., Any],
        statement: str | sql.Composable,
        parameters: Sequence[Any] | None,
        many: bool,
        context: Mapping[str, Any],
    ) -> Any:
        is_control = isinstance(statement, str) and statement.startswith(SAVEPOINTS)
        if _product.depth or is_control or os.getpid() != test:
            return execute(statement, parameters, many, context)
        cursor = context["cursor"].cursor
        if many or not isinstance(cursor, ClientCursor):
            cursor.connection.execute(GRANT)
            return execute(statement, parameters, many, context)
        answer = execute(_granted(statement), parameters, many, context)
        cursor.nextset()
        return answer

    connection.execute_wrappers.append(grant)
    try:
        yield
    finally:
        connection.execute_wrappers.remove(grant)


@contextmanager
def as_product() -> Iterator[None]:
    """The block is the product's: nothing in it has the tests' privilege."""
    _product.depth += 1
    _forget()
    try:
        yield
    finally:
        _product.depth -= 1
        _forget()


class ProductMiddleware:
    """Around the middleware of the product, in the tests' settings."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with as_product():
            return self.get_response(request)


def _granted(statement: str | sql.Composable) -> str | sql.Composable:
    if isinstance(statement, str):
        return f"{GRANT}; {statement}"
    return sql.SQL(f"{GRANT}; ") + statement


def _forget() -> None:
    """What the test's own transaction, if there is one, holds of settings."""
    raw = connection.connection
    if raw is not None and raw.info.transaction_status == TransactionStatus.INTRANS:
        raw.execute(FORGET)
