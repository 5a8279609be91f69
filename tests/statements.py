"""Count SQL statements as the table of costs defines them."""

from __future__ import annotations

import re

from django.test.utils import CaptureQueriesContext

# Statements that begin and end a transaction don't count. In a test that rolls back, a request's
# transaction is a savepoint, after which SET LOCAL resets the context.
TRANSACTION_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET LOCAL")
# Settings that are sent with a statement, in the same round trip.
CARRIED = re.compile(r"\A(SELECT (current_setting|set_config)\('app\.[^;]*; )+")


def statements(captured: CaptureQueriesContext) -> list[str]:
    asked = [CARRIED.sub("", query["sql"]) for query in captured.captured_queries]
    return [sql for sql in asked if not sql.startswith(TRANSACTION_CONTROL)]
