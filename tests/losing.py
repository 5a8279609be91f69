"""Updates that PostgreSQL rolls back with a serialization failure a given number of times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# A sequence keeps its value when its transaction is rolled back, so it counts the attempts.
LOSING = """
    CREATE SEQUENCE attempts;
    GRANT ALL ON SEQUENCE attempts TO PUBLIC;
    CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('attempts') <= {times} THEN
            RAISE EXCEPTION 'lost against another' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER lose BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION lose();
"""
WINNING = "DROP TRIGGER lose ON {table}; DROP FUNCTION lose; DROP SEQUENCE attempts"


@contextmanager
def losing(table: str, *, times: int) -> Iterator[None]:
    """Make the first `times` UPDATEs of the table fail with a serialization failure."""
    with connection.cursor() as cursor:
        cursor.execute(LOSING.format(table=table, times=times))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(WINNING.format(table=table))
