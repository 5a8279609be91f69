"""Access of the tests to all rows, which the product must not get.

The tests' database has row-level security, too. A test creates rows of several users and reads them
afterwards, so its own statements act as the system: each sets the setting for itself outside a
transaction and until the end inside one, so that no connection keeps it. The product's statements
don't get it: if the product forgets to set a context, it sees no rows and can't write any. The
product begins

- in the server's threads and in every other process: only the test's thread has the privilege;
- at a request of Django's test client: `ProductMiddleware` is outside all others;
- at tasks and commands: tests import them from `tests.product`, which enters them by
  `as_product`, and `tests/test_architecture.py` refuses a test that bypasses it;
- inside `acting_as`, wherever it is called: code that acts for a user has no other privilege.

A service that a test calls directly runs with the privilege, as it would run in the context that
its caller has set. That callers set it is tested over HTTP and with the workers.
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

# Not inside `acting_as`, where the test wants to see what that user would see.
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
    """Give the privilege to the current thread and process."""
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
    """Run the block as the product, without the tests' privilege."""
    _product.depth += 1
    _forget()
    try:
        yield
    finally:
        _product.depth -= 1
        _forget()


class ProductMiddleware:
    """Runs every request as the product; the outermost middleware in the tests' settings."""

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
    """Reset the settings that the test's own transaction may have."""
    raw = connection.connection
    if raw is not None and raw.info.transaction_status == TransactionStatus.INTRANS:
        raw.execute(FORGET)
