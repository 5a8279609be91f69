"""`manage.py migrate`: Django's command, run over DATABASE_DIRECT_URL."""

from config.database.migration import DirectMigrate as Command

__all__ = ["Command"]
