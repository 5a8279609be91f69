"""The environment's DATABASE_… → Django's DATABASES."""

from __future__ import annotations

from typing import Any

from config.database import (
    DatabaseURL,
    InvalidDatabaseURL,
    Pooler,
    database_entry,
    parse_database_url,
)
from config.environment import ConfigurationFault, Environment


def configured_databases(env: Environment) -> dict[str, dict[str, Any]]:
    """Raises ConfigurationFault."""
    url = _url("DATABASE_URL", env.text("DATABASE_URL", "postgresql://"))
    direct = env.text("DATABASE_DIRECT_URL")
    pooler = Pooler(env.choice("DATABASE_POOLER", tuple(Pooler)))
    direct_url = _url("DATABASE_DIRECT_URL", direct) if direct else None
    try:
        return {"default": database_entry(url, pooler=pooler, direct_url=direct_url)}
    except InvalidDatabaseURL as error:
        raise ConfigurationFault("DATABASE_URL", str(error)) from None


def _url(name: str, text: str) -> DatabaseURL:
    try:
        return parse_database_url(text)
    except InvalidDatabaseURL as error:
        raise ConfigurationFault(name, str(error)) from None
