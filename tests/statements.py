"""Counts the SQL statements that the table of costs speaks of."""

from __future__ import annotations

import re

from django.test.utils import CaptureQueriesContext

# What begins and ends a transaction is not of the table. In a test that rolls back, a request's
# transaction is a savepoint, after which the context is forgotten by SET LOCAL.
TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET LOCAL")
# Settings that travel with a statement, in its round trip.
CARRIED = re.compile(r"\A(SELECT (current_setting|set_config)\('app\.[^;]*; )+")


def statements(captured: CaptureQueriesContext) -> list[str]:
    asked = [CARRIED.sub("", query["sql"]) for query in captured.captured_queries]
    return [sql for sql in asked if not sql.startswith(TRANSACTION_CONTROL)]
