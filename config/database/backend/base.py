"""The database backend that Django loads by ENGINE."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC
from typing import Any, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql import creation
from psycopg.pq import Format

from config.database.backend.connection import ResilientWrapper
from config.database.entry import Pooler

TIMESTAMPTZ = psycopg.adapters.types["timestamptz"].oid


class DatabaseCreation(creation.DatabaseCreation):
    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        """Drop the database by force: pgbouncer keeps idle connections to it."""
        if self.connection.settings_dict.get("POOLER") != Pooler.PGBOUNCER:
            super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc] # not in the stubs
            return
        name = self.connection.ops.quote_name(test_database_name)
        with self.connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


class DatabaseWrapper(ResilientWrapper):
    creation_class = DatabaseCreation

    def create_cursor(self, name: str | None = None) -> Any:
        """Read times with psycopg's compiled loader.

        Django's loader is written in Python, to replace the zone of each value: 4 µs, and a month
        of a calendar has thousands. In UTC there is nothing to replace.
        """
        cursor = super().create_cursor(name)
        if self.timezone is UTC:
            compiled = psycopg.adapters.get_loader(TIMESTAMPTZ, Format.TEXT)
            cursor.adapters.register_loader(TIMESTAMPTZ, compiled)
        return cursor

    @contextmanager
    def direct(self) -> Iterator[None]:
        """Reconnect for the block without pgbouncer and without a statement time limit.

        Inside an open transaction the block runs on its connection instead.
        """
        if self.in_atomic_block:
            yield
            return
        self.close()
        with self._directed():
            try:
                yield
            finally:
                self.close()

    @contextmanager
    def _nodb_cursor(self) -> Iterator[Any]:
        """Return a direct cursor, for creating and dropping test databases."""
        with self._directed(), super()._nodb_cursor() as cursor:
            yield cursor

    @contextmanager
    def _directed(self) -> Iterator[None]:
        served = self.settings_dict
        self.settings_dict = direct_settings(served)
        try:
            yield
        finally:
            self.settings_dict = served


def direct_settings(served: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of the direct connection.

    A test runner renames the database, and the direct connection has to follow.
    """
    others = {key: value for key, value in served.items() if key != "DIRECT"}
    direct = dict(served.get("DIRECT", {}))
    if direct.pop("INSTEAD_OF", served["NAME"]) != served["NAME"]:
        direct["NAME"] = served["NAME"]
    return {**others, **direct}


def directly(alias: str = DEFAULT_DB_ALIAS) -> AbstractContextManager[None]:
    """Use DATABASE_DIRECT_URL inside the `with` block, if it is set."""
    return cast(DatabaseWrapper, connections[alias]).direct()
