"""A worker that dies at a statement of its own: nothing of its open transaction is committed.

`Died` is no Exception, so nothing handles it, as nothing handles a SIGKILL; leases and marks that
were committed before stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Died(BaseException):
    """Not caught by anything in the product."""


@contextmanager
def dying_at(statement: int) -> Iterator[None]:
    """Run the block; its n-th statement is its last one, if it comes so far."""
    executed = 0

    def watch(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal executed
        executed += 1
        if executed >= statement:
            raise Died
        return execute(*arguments)

    try:
        with connection.execute_wrapper(watch):
            yield
    except Died:
        connection.close()
