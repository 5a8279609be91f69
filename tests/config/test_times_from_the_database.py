"""Times are read by psycopg's compiled loader, with the values of Django's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.backends.postgresql import base
from psycopg.pq import Format

pytestmark = pytest.mark.django_db
TIMES = """
SELECT at FROM unnest(ARRAY['2026-03-29 01:30:00+00', '2026-10-25 02:30:00.000001+02',
    '1883-11-18 12:03:58-04:56:02', '0001-01-01 00:00:00+00', '9999-12-31 23:59:59.999999+00',
    NULL]::timestamptz[]) AS at
"""


def test_the_values_are_those_of_djangos_loader() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TIMES)
        ours = cursor.fetchall()
    with base.DatabaseWrapper.create_cursor(connection) as djangos:
        djangos.execute(TIMES)
        assert ours == djangos.fetchall()
    assert ours[1] == (datetime(2026, 10, 25, 0, 30, 0, 1, UTC),)
    assert all(at.tzinfo is UTC for (at,) in ours[:-1])


def test_it_is_the_compiled_one() -> None:
    with connection.cursor() as cursor:
        loader = cursor.cursor.adapters.get_loader(base.TIMESTAMPTZ_OID, Format.TEXT)
    assert loader.__module__.startswith("psycopg_binary")
