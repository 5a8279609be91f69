"""The way past pgbouncer, for code that has Django's connections."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import cast

from django.db import DEFAULT_DB_ALIAS, connections

from config.postgresql.base import DatabaseWrapper


def directly(alias: str = DEFAULT_DB_ALIAS) -> AbstractContextManager[None]:
    """`with directly():` the connection goes by DATABASE_DIRECT_URL, if there is one."""
    return cast(DatabaseWrapper, connections[alias]).direct()
