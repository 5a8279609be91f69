"""Migrations past pgbouncer, over DATABASE_DIRECT_URL."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from config.database.backend.base import directly


class DirectMigrate(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """With the checks that Django runs before it: they ask the database too."""
        with directly(options["database"]):
            return super().execute(*args, **options)
