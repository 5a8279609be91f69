"""A query that each session of the server plans once, for the few that every request runs.

It is SQL's own PREPARE: an EXECUTE may stand in one text beside what sets the context, which the
protocol's may not. Behind a pooler the next transaction may find another session, which knows of
no such query; there it goes as text.
https://www.postgresql.org/docs/current/sql-prepare.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from psycopg import Connection

from config.database.entry import Pooler
from config.database.faults import OF_ANOTHER_SESSION, sqlstate_of

# A connection that serves one request gains nothing. psycopg waits as long with its own.
TEXT_RUNS = 5
log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class PreparedQuery:
    """`statement` ends with the placeholder of its key, which is of the SQL type `key_type`."""

    name: str
    statement: str
    parameters: Sequence[Any]
    key_type: str
    may_be_kept: bool = True
    _runs: WeakKeyDictionary[Connection, int] = field(default_factory=WeakKeyDictionary)

    def run(
        self, cursor: CursorWrapper, key: object, *, behind: str, values: Sequence[Any]
    ) -> None:
        """Runs it in one text with the statement `behind` which it stands, and that one's values.

        Raises OperationalError, once, where sessions turn out to change.
        """
        try:
            query, parameters = self._with_key(cursor, key)
            cursor.execute(f"{behind}; {query}", [*values, *parameters])
        except DatabaseError as error:
            if sqlstate_of(error) not in OF_ANOTHER_SESSION:
                raise
            self.may_be_kept = False
            log.warning("prepared_query_lost", query=self.name, mend="Set DATABASE_POOLER.")
            raise OperationalError("the session of the server is another one") from error

    def _with_key(self, cursor: CursorWrapper, key: object) -> tuple[str, list[Any]]:
        if self.may_be_kept and connection.settings_dict["POOLER"] == Pooler.NONE:
            runs = self._runs.get(cursor.connection, 0)
            self._runs[cursor.connection] = runs + 1
            if runs == TEXT_RUNS:
                self._prepare(cursor)
            if runs >= TEXT_RUNS:
                return f"EXECUTE {self.name}(%s)", [key]
        return self.statement, [*self.parameters, key]

    def _prepare(self, cursor: CursorWrapper) -> None:
        """A matter of driver and server, so it goes past the wrappers of Django's cursor."""
        query = f"{self.statement.removesuffix('%s')}$1"
        preparation = f"PREPARE {self.name}({self.key_type}) AS {query}"
        with connection.wrap_database_errors:
            cursor.cursor.execute(preparation, self.parameters)
