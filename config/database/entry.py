"""Convert a DatabaseURL to an entry of Django's DATABASES, suitable for its pooler.

Connections are persistent and tested before each request: 0.15 ms per request, compared with 0.30
ms for psycopg's own pool and 8.5 ms for a new connection. That pool would also share its sockets
with every process that is forked after it was opened.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.database.tls import CertificatesMissing, find_in_folder, find_of_libpq
from config.database.url import DEFAULT_PORT, DatabaseURL, InvalidDatabaseURL, parse_database_url
from config.environment import ConfigurationFault, Environment

PGBOUNCER_PORT = "6432"  # https://www.pgbouncer.org/config.html#listen_port
ENGINE = "config.database.backend"
CONNECT_TIMEOUT_SECONDS = "5"
KEEP_SECONDS = 60

# No page needs longer, and a runaway statement must not block others.
SERVING = {"statement_timeout": "30s", "lock_timeout": "10s"}

# A migration may take longer, but others queue behind a lock that it waits for.
MAINTAINING = {"statement_timeout": "0", "lock_timeout": "10s"}
NO_TLS: Mapping[str, str] = {}
NO_DATABASE = "postgresql:///none"  # for commands that don't connect


class Pooler(enum.StrEnum):
    """The values of DATABASE_POOLER. A pooler is assumed to use transaction pooling."""

    AUTO = "auto"
    PGBOUNCER = "pgbouncer"
    NONE = "none"


def detect_pooler(
    url: DatabaseURL, wanted: Pooler = Pooler.AUTO, direct_url: DatabaseURL | None = None
) -> Pooler:
    """Return PGBOUNCER or NONE: as configured, else from the port and the host's name.

    A `direct_url` with another host or port bypasses something, so `url` leads to a pooler. A
    server that is mistaken for a pooler loses its time limits but works. `manage.py dbdoctor` asks
    the server what it really is.
    """
    if wanted is not Pooler.AUTO:
        return wanted
    named = any("pgbouncer" in host.lower() for host in url.hosts)
    passed = direct_url is not None and endpoint(direct_url) != endpoint(url)
    return Pooler.PGBOUNCER if named or passed or PGBOUNCER_PORT in url.ports else Pooler.NONE


def endpoint(url: DatabaseURL) -> tuple[object, ...]:
    return (*url.hosts, *(port or DEFAULT_PORT for port in url.ports or ("",)))


def database_entry(
    url: DatabaseURL,
    *,
    pooler: Pooler = Pooler.AUTO,
    direct_url: DatabaseURL | None = None,
    tls: Mapping[str, str] = NO_TLS,
) -> dict[str, Any]:
    """Return what Django and `config.database.backend` need. Raises InvalidDatabaseURL.

    `direct_url` bypasses the pooler; `tls` has libpq's parameters for the certificates that were
    found; the URLs take precedence over them. `DIRECT` in the entry is for migrations and for
    creating test databases; `INSTEAD_OF` in it is the database's name through the pooler.
    """
    through = detect_pooler(url, pooler, direct_url)
    past = Pooler.NONE if direct_url else through
    return {
        "ENGINE": ENGINE,
        **_connection(url, through, SERVING, tls),
        "CONN_MAX_AGE": KEEP_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "POOLER": through.value,
        "DIRECT": {
            **_connection(direct_url or url, past, MAINTAINING, tls),
            "INSTEAD_OF": url.name,
        },
    }


def _connection(
    url: DatabaseURL, pooler: Pooler, timeouts: Mapping[str, str], tls: Mapping[str, str]
) -> dict[str, Any]:
    found = {} if url.is_local else dict(tls)
    if "sslrootcert" in url.parameters and not url.is_local:
        found["sslmode"] = "verify-full"  # with a CA and no explicit mode, verify
    options = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, **found, **url.parameters}
    pooled = pooler is Pooler.PGBOUNCER
    return {
        "NAME": url.name,
        "USER": url.user,
        "PASSWORD": url.password,
        "HOST": ",".join(url.hosts),
        "PORT": ",".join(url.ports),
        "OPTIONS": _pooled(options) if pooled else _direct_options(options, timeouts),
        # A server-side cursor outlives its transaction, and a pooled session belongs to no client.
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
    }


def _direct_options(options: dict[str, str], timeouts: Mapping[str, str]) -> dict[str, Any]:
    """Return the options with time limits; the URL's `options` come last and take precedence."""
    ours = " ".join(f"-c {name}={value}" for name, value in timeouts.items())
    return {**options, "options": f"{ours} {options.get('options', '')}".strip()}


def _pooled(options: dict[str, str]) -> dict[str, Any]:
    """Return the options without startup options, which pgbouncer refuses (deploy/roles.sql)."""
    if "options" in options:
        raise InvalidDatabaseURL(
            "has options, which pgbouncer doesn't support: set them on the role (ALTER ROLE … SET)."
        )
    return options


def configured_databases(env: Environment, *, desk: bool) -> dict[str, dict[str, Any]]:
    """Return DATABASES. A `desk` doesn't look for certificates. Raises ConfigurationFault."""
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
        raise ConfigurationFault(
            name, "names no database: use postgresql://user:password@host/name."
        )
    return url
