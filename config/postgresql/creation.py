"""How test databases come and go."""

from __future__ import annotations

from django.db.backends.postgresql import creation

from config.database import Pooler


class DatabaseCreation(creation.DatabaseCreation):
    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        """pgbouncer keeps its own connections to a database that nobody uses any more."""
        if self.connection.settings_dict.get("POOLER") != Pooler.PGBOUNCER:
            super()._destroy_test_db(test_database_name, verbosity)  # type: ignore[misc] # not in the stubs
            return
        name = self.connection.ops.quote_name(test_database_name)
        with self.connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
