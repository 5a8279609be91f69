"""Keys between tables, as operations of a migration.

A foreign key is checked for each row; on the tables that a sync writes, that would take a quarter
of the database's time. There a key is enforced by triggers that run once per statement and lock
like a foreign key: the rows that a statement refers to are locked FOR KEY SHARE, each once. Rows
that the same transaction wrote are locked already. Deleting a row deletes the rows that refer to
it, including those that another transaction is writing: the deletion waits for that transaction,
and a statement inside a function sees what was committed before it began. That holds only for READ
COMMITTED, so other levels are refused.

The queries use arrays of keys, so that every plan scans the key's index: a plan is made once per
session, and one that was made for few rows must also do for many.

The triggers' arguments name the columns that they enforce, so that the catalogue can be queried for
them. Such a key can't change, nor can the columns that are copied with it: a row of another parent
is another row. https://www.postgresql.org/docs/18/plpgsql-trigger.html
https://www.postgresql.org/docs/18/explicit-locking.html#LOCKING-ROWS
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations import RunSQL

_SYSTEM = "SELECT set_config('app.system', 'migration', true)"
_NOBODY = "SELECT set_config('app.system', '', true)"
# xmin identifies the transaction's own rows, but not those of its savepoints: they are locked.
_HOLD = """
CREATE FUNCTION {child}_holds_{key}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named record;
    known bigint;
BEGIN
    FOR named IN
        SELECT {copies}, array_agg(DISTINCT {key}) AS keys FROM inserted GROUP BY {copies}
    LOOP
        PERFORM FROM {parent} WHERE id = ANY (named.keys)
            AND xmin <> pg_current_xact_id()::xid FOR KEY SHARE;
        SELECT count(*) FILTER (WHERE {equal}) INTO known
            FROM {parent} WHERE id = ANY (named.keys);
        IF known <> cardinality(named.keys) THEN
            RAISE foreign_key_violation USING
                MESSAGE = 'a row of {child} names a row of {parent} that is not there';
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""
_TAKE = """
CREATE FUNCTION {parent}_takes_{child}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE feature_not_supported USING
            MESSAGE = 'rows of {parent} are deleted at the isolation level READ COMMITTED only';
    END IF;
    DELETE FROM {child} WHERE {key} = ANY (ARRAY(SELECT id FROM gone));
    RETURN NULL;
END $$
"""
# As with a foreign key: both tables in one command, or none.
_EMPTY = """
CREATE FUNCTION {parent}_empties_{child}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_relation_size('{child}') > 0 THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'truncate {child} in the same command as {parent}';
    END IF;
    RETURN NULL;
END $$
"""
_HOLDS = """
CREATE TRIGGER holds_{key} AFTER INSERT ON {child} REFERENCING NEW TABLE AS inserted
FOR EACH STATEMENT EXECUTE FUNCTION {child}_holds_{key}({arguments})
"""
_TAKES = """
CREATE TRIGGER takes_{child} AFTER DELETE ON {parent} REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION {parent}_takes_{child}()
"""
_EMPTIES = """
CREATE TRIGGER empties_{child} AFTER TRUNCATE ON {parent}
FOR EACH STATEMENT EXECUTE FUNCTION {parent}_empties_{child}()
"""
_FINAL = """
CREATE FUNCTION {table}_keys_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING
        MESSAGE = 'the keys of a row of {table} are final: delete it and insert another';
END $$
"""
_KEEPS_FINAL = """
CREATE TRIGGER keys_are_final AFTER UPDATE OF {columns} ON {table}
FOR EACH ROW WHEN (({before}) IS DISTINCT FROM ({after}))
EXECUTE FUNCTION {table}_keys_are_final()
"""


def hold_by_statement(child: str, parent: str, *, key: str, copies: Sequence[str]) -> RunSQL:
    """Enforce that `key` of `child` is an id of `parent`, and `copies` equal its columns.

    An existing row without its parent is deleted; one with other copies gets the parent's.
    """
    names = {
        "child": child,
        "parent": parent,
        "key": key,
        "copies": ", ".join(copies),
        "equal": " AND ".join(f"{name} = named.{name}" for name in copies),
        "arguments": ", ".join(f"'{name}'" for name in (parent, key, *copies)),
        "given": ", ".join(f"{name} = p.{name}" for name in copies),
        "differ": " OR ".join(f"c.{name} <> p.{name}" for name in copies),
    }
    steps = [
        _SYSTEM,
        "DELETE FROM {child} c WHERE NOT EXISTS (SELECT FROM {parent} p WHERE p.id = c.{key})",
        "UPDATE {child} c SET {given} FROM {parent} p WHERE p.id = c.{key} AND ({differ})",
        _NOBODY,
        _HOLD,
        _TAKE,
        _EMPTY,
        _HOLDS,
        _TAKES,
        _EMPTIES,
    ]
    back = [
        "DROP TRIGGER empties_{child} ON {parent}",
        "DROP TRIGGER takes_{child} ON {parent}",
        "DROP TRIGGER holds_{key} ON {child}",
        "DROP FUNCTION {parent}_empties_{child}()",
        "DROP FUNCTION {parent}_takes_{child}()",
        "DROP FUNCTION {child}_holds_{key}()",
    ]
    return RunSQL([step.format(**names) for step in steps], [step.format(**names) for step in back])


def keep_final(table: str, *columns: str) -> RunSQL:
    """Refuse an UPDATE that changes one of these columns.

    The condition is part of the trigger, so a row that keeps its keys calls no function.
    """
    names = {
        "table": table,
        "columns": ", ".join(columns),
        "before": ", ".join(f"OLD.{name}" for name in columns),
        "after": ", ".join(f"NEW.{name}" for name in columns),
    }
    return RunSQL(
        [_FINAL.format(**names), _KEEPS_FINAL.format(**names)],
        [
            f"DROP TRIGGER keys_are_final ON {table}",
            f"DROP FUNCTION {table}_keys_are_final()",
        ],
    )


def name_together(table: str, *columns: str) -> RunSQL:
    """Let foreign keys refer to a row of `table` by its id and these columns."""
    name = f"{table}_id_{'_'.join(columns)}"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (id, {', '.join(columns)})",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def hold_copies(child: str, parent: str, *, key: str, copies: Sequence[str]) -> RunSQL:
    """Enforce that `copies` of `child` equal the same columns of the row that `key` refers to.

    By a foreign key over all of them, checked at the end of the transaction like Django's own.
    """
    name = f"{child}_{key}_{'_'.join(copies)}"
    columns = ", ".join(copies)
    return RunSQL(
        f"ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY ({key}, {columns})"
        f" REFERENCES {parent} (id, {columns}) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {child} DROP CONSTRAINT {name}",
    )
