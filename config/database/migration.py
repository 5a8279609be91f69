"""The migrate command over DATABASE_DIRECT_URL, without pgbouncer."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from config.database.backend.base import directly


class DirectMigrate(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command and the system checks before it, which query the database too."""
        with directly(options["database"]):
            return super().execute(*args, **options)
