"""The database backend, as Django finds it by ENGINE."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql import creation

from config.database.backend.connection import AlertWrapper
from config.database.entry import Pooler


class DatabaseCreation(creation.DatabaseCreation):
    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        """pgbouncer keeps its own connections to a database that nobody uses any more."""
        if self.connection.settings_dict.get("POOLER") != Pooler.PGBOUNCER:
            super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc] # not in the stubs
            return
        name = self.connection.ops.quote_name(test_database_name)
        with self.connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


class DatabaseWrapper(AlertWrapper):
    creation_class = DatabaseCreation

    @contextmanager
    def direct(self) -> Iterator[None]:
        """Connects anew for the block: past pgbouncer, and without a limit on a statement's time.

        A transaction that is open stays where it is, and the block runs in it.
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
        """For making and dropping test databases."""
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
    """A test runner gives the database another name, which the way past pgbouncer shares."""
    others = {key: value for key, value in served.items() if key != "DIRECT"}
    direct = dict(served.get("DIRECT", {}))
    if direct.pop("INSTEAD_OF", served["NAME"]) != served["NAME"]:
        direct["NAME"] = served["NAME"]
    return {**others, **direct}


def directly(alias: str = DEFAULT_DB_ALIAS) -> AbstractContextManager[None]:
    """`with directly():` the connection goes by DATABASE_DIRECT_URL, if there is one."""
    return cast(DatabaseWrapper, connections[alias]).direct()
