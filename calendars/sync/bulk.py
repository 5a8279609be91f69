"""One statement a table a page: rows go in as one JSON document that PostgreSQL unpacks.

json_populate_recordset gives every value the column's own type, so it fits any table; unlike
COPY it may write through row-level security, and unlike a temporary table it leaves no trace in
the catalogue behind a pooler.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg import sql


def upsert(
    model: type[models.Model],
    rows: Iterable[Mapping[str, Any]],
    *,
    conflict: Sequence[str],
    keep_if: str = "",
) -> tuple[int, int]:
    """Inserts, or updates by the unique columns `conflict`; gives (created, updated).

    `keep_if` is an SQL condition over `old` and `excluded` (the new row) that must hold for an
    update; rows that it holds back are in neither count.
    """
    return _run(model, list(rows), conflict, keep_if)


def insert(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> int:
    """Inserts; a row whose key is there already is left as it is."""
    return _run(model, list(rows), (), "")[0]


def _run(
    model: type[models.Model],
    rows: list[Mapping[str, Any]],
    conflict: Sequence[str],
    keep_if: str,
) -> tuple[int, int]:
    if not rows:
        return 0, 0
    statement = _statement(model._meta.db_table, list(rows[0]), conflict, keep_if)
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(rows, default=_encode)])
        created, updated = cursor.fetchone()
    return created, updated


def _statement(
    table: str, columns: Sequence[str], conflict: Sequence[str], keep_if: str
) -> sql.Composed:
    return sql.SQL(
        "WITH written AS ("
        " INSERT INTO {table} AS old ({columns})"
        " SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"
        " ON CONFLICT {resolution}"
        " RETURNING (old.xmax = 0) AS created)"
        " SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created) FROM written"
    ).format(
        table=sql.Identifier(table),
        columns=_names(columns),
        resolution=_resolution(columns, conflict, keep_if),
    )


def _resolution(columns: Sequence[str], conflict: Sequence[str], keep_if: str) -> sql.Composable:
    if not conflict:
        return sql.SQL("DO NOTHING")
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
        for name in columns
        if name not in conflict
    )
    condition = sql.SQL(f" WHERE {keep_if}") if keep_if else sql.SQL("")
    return sql.SQL("({}) DO UPDATE SET {}{}").format(_names(conflict), changes, condition)


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _encode(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a row")
