"""Columns that refer to rows of other tables, and the keys that enforce them, by the catalogue."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection

# A column refers to another table by its name, or has the type of our ids.
NAMING = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'id'
AND (a.attname ~ '(_id|_ids|_run)$'
     OR a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype)
     OR a.attname IN ('owner', 'user', 'actor', 'person') OR a.attname IN (
        SELECT regexp_replace(relname, '^.*_', '') || plural FROM pg_class,
        (VALUES (''), ('s')) AS plurals (plural)
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace)
     AND a.atttypid IN ('bigint'::regtype, 'integer'::regtype, 'text'::regtype))
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, confrelid::regclass::text,
  array_agg(child.attname::text ORDER BY place), array_agg(parent.attname::text ORDER BY place)
FROM pg_constraint, unnest(conkey, confkey) WITH ORDINALITY AS pair (own, theirs, place)
JOIN pg_attribute child ON child.attnum = own JOIN pg_attribute parent ON parent.attnum = theirs
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
AND child.attrelid = conrelid AND parent.attrelid = confrelid
GROUP BY pg_constraint.oid, conrelid, confrelid
"""
# Triggers of config/database/keys.py have the parent and the columns as arguments.
TRIGGERS = """
SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger
WHERE tgname LIKE 'holds\\_%' AND tgenabled = 'O'
"""


class Column(NamedTuple):
    table: str
    name: str


class Key(NamedTuple):
    """Columns of a table that refer to a row of `parent`.

    The first is the key itself; the others are copies of columns of that row.
    """

    table: str
    parent: str
    columns: tuple[str, ...]
    named: tuple[str, ...]


def naming_columns() -> set[Column]:
    return {Column(*row) for row in _rows(NAMING)}


def foreign_keys() -> set[Key]:
    return {
        Key(child, parent, tuple(own), tuple(named))
        for child, parent, own, named in _rows(FOREIGN_KEYS)
    }


def keys_held_by_triggers() -> set[Key]:
    found = set()
    for table, arguments in _rows(TRIGGERS):
        parent, *columns = arguments.removesuffix("\\000").split("\\000")
        found.add(Key(table, parent, tuple(columns), ("id", *columns[1:])))
    return found


def keys() -> set[Key]:
    return foreign_keys() | keys_held_by_triggers()


def held_columns() -> set[Column]:
    return {Column(key.table, name) for key in keys() for name in key.columns}


def columns_of(table: str) -> set[str]:
    return {
        name
        for (name,) in _rows(
            "SELECT attname::text FROM pg_attribute"
            f" WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
        )
    }


def orphans() -> dict[Key, int]:
    """Return how many rows violate each key, including copies; others are omitted."""
    return {key: count for key in keys() if (count := count_orphans(key))}


def count_orphans(key: Key) -> int:
    given = " AND ".join(f"c.{name} IS NOT NULL" for name in key.columns)
    pairs = zip(key.named, key.columns, strict=True)
    same = " AND ".join(f"p.{named} = c.{own}" for named, own in pairs)
    [(count,)] = _rows(
        f"SELECT count(*) FROM {key.table} c WHERE {given}"
        f" AND NOT EXISTS (SELECT FROM {key.parent} p WHERE {same})"
    )
    return int(count)


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
