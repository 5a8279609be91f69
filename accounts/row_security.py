"""Row-level security: the policies as migration operations, and the settings that they read.

A policy applies to every role, the tables' owner included (FORCE), for reads and writes.
Settings are read in sub-selects, so once per statement instead of once per row.
https://www.postgresql.org/docs/18/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.migrations import RunSQL
from psycopg import ClientCursor, sql

SYSTEM = "(SELECT coalesce(current_setting('app.system', true), '') <> '')"
Values = tuple[str, ...]
IDENTITY = ("app.user_id", "app.session_id", "app.auth_method")
SETTINGS = (*IDENTITY, "app.system")

# Shows the session whose id is presented, before the user is known.
PRESENT_SESSION = "SELECT set_config('app.session_id', %s, true)"
NOBODY: Values = ("",) * len(SETTINGS)


def show_own_rows(table: str, *, owner: str = "owner_id") -> RunSQL:
    """A user reads and writes the rows whose `owner` column names them; the system reads and
    writes all."""
    own = f"{owner} = (SELECT nullif(current_setting('app.user_id', true), '')::bigint)"
    return _protected(table, f"USING ({own} OR {SYSTEM}) WITH CHECK ({own} OR {SYSTEM})")


def show_to_system(table: str) -> RunSQL:
    """Only the system reads and writes these rows; they belong to no user."""
    return _protected(table, f"USING ({SYSTEM}) WITH CHECK ({SYSTEM})")


def show_presented_row(table: str, *, setting: str, column: str) -> RunSQL:
    """A row is also visible to a request that presents its key, before the user is known."""
    presented = f"{column} = (SELECT nullif(current_setting('{setting}', true), '')::uuid)"
    return _policy(table, "presented", f"FOR SELECT USING ({presented})")


def show_rows_of_actor(table: str, *, actor: str) -> RunSQL:
    """A row is also visible to the user whom its `actor` column names."""
    named = f"{actor} = (SELECT nullif(current_setting('app.user_id', true), '')::bigint)"
    return _policy(table, "acted", f"FOR SELECT USING ({named})")


def show_rows_of_address(table: str, *, address: str) -> RunSQL:
    """A row is also visible to the user who confirmed the email address in its `address` column."""
    confirmed = (
        "SELECT email FROM account_emailaddress WHERE verified AND user_id ="
        " (SELECT nullif(current_setting('app.user_id', true), '')::bigint)"
    )
    return _policy(table, "received", f"FOR SELECT USING ({address} IN ({confirmed}))")


def accept_rows(table: str) -> RunSQL:
    """Any context may insert rows, which does not make them visible to it."""
    return _policy(table, "accepted", "FOR INSERT WITH CHECK (true)")


def _protected(table: str, rule: str) -> RunSQL:
    return RunSQL(
        [
            f"CREATE POLICY own ON {table} {rule}",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ],
        [
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"DROP POLICY own ON {table}",
        ],
    )


def _policy(table: str, name: str, rule: str) -> RunSQL:
    return RunSQL([f"CREATE POLICY {name} ON {table} {rule}"], [f"DROP POLICY {name} ON {table}"])


def set_now(values: Values) -> None:
    """Set the context until the transaction ends, in a statement of its own."""
    with connection.cursor() as cursor:
        cursor.execute(_setting(values))


def set_back(values: Values) -> None:
    """Restore the former context within a transaction that continues."""
    changes = (
        sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), sql.Literal(value))
        for name, value in zip(SETTINGS, values, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("; ").join(changes).as_string())


@contextmanager
def setting_along(values: Values, *, keep_former: bool = False) -> Iterator[SettingAlong]:
    """Send the settings together with the block's first statement, without a round trip of their
    own.

    They apply until the transaction ends, or to that statement alone without a transaction. Both
    are sent as one text, so parameters must be bound on the client, which is Django's default.
    """
    # A new connection sends statements of its own first (the types of django.contrib.postgres).
    connection.ensure_connection()
    setting = SettingAlong(values, keep_former)
    connection.execute_wrappers.append(setting)
    try:
        yield setting
    finally:
        connection.execute_wrappers.remove(setting)


@dataclass(slots=True, eq=False)
class SettingAlong:
    """An execute wrapper that sends the settings; `former` holds their previous values
    afterwards."""

    values: Values
    keep_former: bool
    former: Values = ()
    is_sent: bool = False

    def __call__(
        self,
        execute: Callable[..., Any],
        statement: str | sql.Composable,
        parameters: Sequence[Any] | None,
        many: bool,
        context: Mapping[str, Any],
    ) -> Any:
        if self.is_sent:
            return execute(statement, parameters, many, context)
        self.is_sent = True
        setting = _setting(self.values, with_former=self.keep_former)
        cursor = context["cursor"].cursor
        if many or not isinstance(cursor, ClientCursor):  # which accept a single statement only
            with connection.cursor() as own:
                self._note(own.cursor.execute(setting))
            return execute(statement, parameters, many, context)
        answer = execute(_joined(setting, statement), parameters, many, context)
        self._note(cursor)
        cursor.nextset()
        return answer

    def _note(self, cursor: Any) -> None:
        if self.keep_former:
            self.former = tuple(value or "" for value in cursor.fetchone()[: len(SETTINGS)])


def _setting(values: Values, *, with_former: bool = False) -> str:
    """Build the SELECT that sets the context and, if asked to, returns the previous values
    first: expressions of a select list are evaluated in order."""
    former = [f"current_setting('{name}', true)" for name in SETTINGS if with_former]
    changes = [
        f"set_config('{name}', {sql.Literal(value).as_string()}, true)"
        for name, value in zip(SETTINGS, values, strict=True)
    ]
    return f"SELECT {', '.join([*former, *changes])}"


def _joined(first: str, statement: str | sql.Composable) -> str | sql.Composable:
    # The values are numbers, UUIDs and constants, so none contains % or a quote.
    if isinstance(statement, str):
        return f"{first}; {statement}"
    return sql.SQL(f"{first}; ") + statement
