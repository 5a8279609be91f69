"""The environment's DATABASE_… → Django's DATABASES."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.certificates import CertificatesMissing, find_in_folder, find_of_libpq
from config.database import (
    DatabaseURL,
    InvalidDatabaseURL,
    Pooler,
    database_entry,
    parse_database_url,
)
from config.environment import ConfigurationFault, Environment

NO_DATABASE = "postgresql:///none"  # for commands that ask none


def configured_databases(env: Environment, *, desk: bool) -> dict[str, dict[str, Any]]:
    """At a `desk` no certificate is looked for unasked. Raises ConfigurationFault."""
    url = _url("DATABASE_URL", env.text("DATABASE_URL", NO_DATABASE))
    direct = env.text("DATABASE_DIRECT_URL")
    pooler = Pooler(env.choice("DATABASE_POOLER", tuple(Pooler)))
    direct_url = _url("DATABASE_DIRECT_URL", direct) if direct else None
    try:
        entry = database_entry(
            url, pooler=pooler, direct_url=direct_url, tls=_certificates(env, desk=desk)
        )
    except InvalidDatabaseURL as error:
        raise ConfigurationFault("DATABASE_URL", str(error)) from None
    return {"default": entry}


def _certificates(env: Environment, *, desk: bool) -> dict[str, str]:
    folder = env.text("DATABASE_CERTS_DIR")
    if not folder:
        return {} if desk else find_of_libpq()
    try:
        return find_in_folder(Path(folder).absolute())
    except CertificatesMissing as error:
        raise ConfigurationFault("DATABASE_CERTS_DIR", str(error)) from None


def _url(name: str, text: str) -> DatabaseURL:
    try:
        url = parse_database_url(text)
    except InvalidDatabaseURL as error:
        raise ConfigurationFault(name, str(error)) from None
    if not url.name and "service" not in url.parameters:
        raise ConfigurationFault(name, "names no database: postgresql://user:password@host/name.")
    return url
