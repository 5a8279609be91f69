"""Migrations and the creation of test databases use DATABASE_DIRECT_URL; nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from config.database.backend.base import directly
from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY

NOBODY_LISTENS = "postgresql://daybook@127.0.0.1:1/daybook"
MAKE_A_TEST_DATABASE = """
import django
django.setup()
from django.db import connection
creation = connection.creation
name = creation._create_test_db(verbosity=0, autoclobber=True)
with connection._nodb_cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
    print(cursor.fetchone()[0], end=" ")
    creation._destroy_test_db(name, verbosity=0)
    cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
    print(cursor.fetchone()[0])
"""


@pytest.fixture
def empty_database() -> Iterator[str]:
    """Return the URL of a new database."""
    server, _, run = os.environ["DATABASE_URL"].rpartition("/")
    name = f"{run.partition('?')[0]}_direct_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        admin.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def run(arguments: list[str], direct_url: str) -> subprocess.CompletedProcess[str]:
    """Run Python at a desk whose pgbouncer is unreachable."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "DATABASE_URL": NOBODY_LISTENS,
            "DATABASE_DIRECT_URL": direct_url,
            "DATABASE_POOLER": "pgbouncer",
            "DAYBOOK_EMBEDDED": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_migrations_go_direct(empty_database: str) -> None:
    ended = run(["manage.py", "migrate", "accounts", "0001", "--verbosity", "0"], empty_database)
    assert ended.returncode == 0, ended.stderr
    with psycopg.connect(empty_database) as direct:
        found = direct.execute("SELECT name FROM django_migrations WHERE app = 'accounts'")
        assert found.fetchall() == [("0001_initial",)]


def test_test_databases_are_made_and_dropped_directly(empty_database: str) -> None:
    ended = run(["-c", MAKE_A_TEST_DATABASE], empty_database)
    assert ended.stdout == "1 0\n", ended.stderr


def test_everything_else_goes_through(empty_database: str) -> None:
    ended = run(["manage.py", "showmigrations"], empty_database)
    assert ended.returncode != 0
    assert "Connection refused" in ended.stderr


def setting(name: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_page_is_limited_in_time_and_a_migration_only_in_waiting() -> None:
    assert (setting("statement_timeout"), setting("lock_timeout")) == ("30s", "10s")
    with directly():
        assert (setting("statement_timeout"), setting("lock_timeout")) == ("0", "10s")
        with directly():
            assert setting("statement_timeout") == "0"
        assert setting("statement_timeout") == "0"
    assert setting("statement_timeout") == "30s"


@pytest.mark.django_db(transaction=True)
def test_the_database_of_a_test_run_is_the_same_both_ways() -> None:
    served = connection.settings_dict["NAME"]
    with directly(), connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0] == served


@pytest.mark.django_db
def test_an_open_transaction_stays_where_it_is() -> None:
    before = connection.connection
    with directly():
        assert connection.connection is before
        assert setting("statement_timeout") == "30s"
