"""Rows in bulk, by one statement: each column goes in as one array that PostgreSQL unnests.

The arrays are bound on the server in binary form, so that neither the parser of statements nor
the input functions of the types read them: a tenth of what a JSON document of the same rows
costs. Unlike COPY this may write through row-level security, and unlike a temporary table it
leaves no trace in the catalogue and wants no session behind a pooler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from psycopg.adapt import PyFormat
from psycopg.pq import Format

from config.database.arrays import PackedArray, PackedArrayDumper, element_type, pack

BINARY = sql.Placeholder(format=PyFormat.BINARY)
BATCH = 1000
Door = Callable[[], AbstractContextManager[object]]
Item = TypeVar("Item")


class Written(NamedTuple):
    """Which rows were inserted and which updated, by the last of their conflict columns."""

    created: list[Any]
    updated: list[Any]


class Column(NamedTuple):
    """A column on its way. `is_shared`: one value stands for all rows."""

    field: models.Field[Any, Any]
    values: PackedArray
    is_shared: bool


def pack_columns(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], **shared: Any
) -> list[Column]:
    """Each column's values by its name, and what every row shares; needs no database.

    What turns out to be the same in every row goes once, too; but not the first column, the key's.
    """
    fields = {field.column: field for field in model._meta.concrete_fields}
    packed: list[Column] = []
    for name, values in columns.items():
        is_shared = bool(packed) and _are_all_the_same(values)
        array = pack(fields[name], values[:1] if is_shared else values)
        packed.append(Column(fields[name], array, is_shared))
    return packed + [
        Column(fields[name], pack(fields[name], [shared[name]]), True) for name in shared
    ]


def _are_all_the_same(values: Sequence[Any]) -> bool:
    first = values[0]
    return bool(first == values[-1]) and values.count(first) == len(values)


def pack_rows(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]], **shared: Any
) -> list[Column]:
    """Of rows with the values of these columns in order; nothing where there is no row."""
    columns = list(zip(*rows, strict=True))
    return pack_columns(model, dict(zip(names, columns, strict=True)), **shared) if columns else []


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one table, column by column."""

    model: type[models.Model]
    columns: Sequence[Column]

    @property
    def names(self) -> list[str]:
        return [str(column.field.column) for column in self.columns]

    @property
    def source(self) -> sql.Composed:
        """A SELECT that gives the rows again; `parameters` go with it."""
        parts = (
            sql.SQL("{}::{} AS {}").format(
                sql.SQL("({}::{}[])[1]" if column.is_shared else "unnest({}::{}[])").format(
                    BINARY, sql.SQL(element_type(column.field))
                ),
                _type(column.field),
                sql.Identifier(str(column.field.column)),
            )
            for column in self.columns
        )
        return sql.SQL("SELECT {}").format(sql.SQL(", ").join(parts))

    @property
    def parameters(self) -> list[PackedArray]:
        return [column.values for column in self.columns]

    def insertion(self, resolution: sql.Composable) -> sql.Composed:
        """An INSERT of the rows into their table, which it calls `old`."""
        return sql.SQL("INSERT INTO {} AS old ({}) {} ON CONFLICT {}").format(
            sql.Identifier(self.model._meta.db_table), _names(self.names), self.source, resolution
        )

    def upsertion(self, conflict: Sequence[str], keep_if: str = "") -> sql.Composed:
        """An INSERT that updates by the unique columns `conflict`.

        `keep_if` is an SQL condition over `old` and `excluded` (the new row) that must hold for
        an update; rows that it holds back are neither created nor updated.
        """
        changes = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name in self.names
            if name not in conflict
        )
        condition = sql.SQL(f" WHERE {keep_if}") if keep_if else sql.SQL("")
        return self.insertion(
            sql.SQL("({}) DO UPDATE SET {}{}").format(_names(conflict), changes, condition)
        )


def upsert(batch: Batch, *, conflict: Sequence[str]) -> Written:
    if not batch.columns:
        return Written([], [])
    statement = sql.SQL(
        "WITH written AS ({} RETURNING old.{} AS key, old.xmax = 0 AS created)"
        " SELECT array_agg(key) FILTER (WHERE created),"
        " array_agg(key) FILTER (WHERE NOT created) FROM written"
    ).format(batch.upsertion(conflict), sql.Identifier(conflict[-1]))
    created, updated = fetch_one(statement, batch.parameters)
    return Written(created or [], updated or [])


def insert(batch: Batch) -> None:
    """A row whose key is there already is left as it is."""
    if batch.columns:
        execute(batch.insertion(sql.SQL("DO NOTHING")), batch.parameters)


def execute(statement: sql.Composed, parameters: Sequence[Any]) -> None:
    with _cursor() as cursor:
        cursor.execute(statement, parameters)


def fetch_one(statement: sql.Composed, parameters: Sequence[Any]) -> tuple[Any, ...]:
    """The one row that the statement gives."""
    with _cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row or ()


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    """One that binds on the server, where Django's own writes values into the statement."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.adapters.register_dumper(PackedArray, PackedArrayDumper)
        cursor.format = Format.BINARY
        yield CursorWrapper(cursor, connection)


@cache
def _type(column: models.Field[Any, Any]) -> sql.SQL:
    """Without its length: a cast to varchar(n) would cut, where the column itself refuses."""
    return sql.SQL((column.db_type(connection) or "text").partition("(")[0])


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def delete_in_batches(rows: models.QuerySet[Any], *, door: Door = nullcontext) -> int:
    """Deletes all rows of an unordered query, each batch inside `door()`; gives their number."""
    total = 0
    while True:
        with door():
            batch = rows.model._default_manager.filter(pk__in=rows.values("pk")[:BATCH])
            deleted: int = batch.delete()[0]
        total += deleted
        if deleted == 0:
            return total
