"""A DatabaseURL → an entry of Django's DATABASES, as its pooler needs it.

Connections are persistent and checked before each request: 0.15 ms a request, against 0.30 ms by
psycopg's own pool and 8.5 ms for a new one. That pool would also share its sockets with every
process that is forked after it was opened.
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

# No page waits longer, nor may one that went astray hold others up.
SERVING = {"statement_timeout": "30s", "lock_timeout": "10s"}

# A migration may take its time, but not in front of everybody who queues behind its lock.
MAINTAINING = {"statement_timeout": "0", "lock_timeout": "10s"}
NO_TLS: Mapping[str, str] = {}
NO_DATABASE = "postgresql:///none"  # for commands that ask none


class Pooler(enum.StrEnum):
    """DATABASE_POOLER. A pooler is taken to pool transactions, which is the strictest mode."""

    AUTO = "auto"
    PGBOUNCER = "pgbouncer"
    NONE = "none"


def detect_pooler(
    url: DatabaseURL, wanted: Pooler = Pooler.AUTO, direct_url: DatabaseURL | None = None
) -> Pooler:
    """PGBOUNCER or NONE: as it is wanted, else by the port and the host's name.

    A `direct_url` that leads elsewhere leads past something, so `url` leads to a pooler: a server
    that is taken for one loses its time limits, and works.
    What answers there is another question, which `manage.py dbdoctor` asks the server.
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
    """What Django and `config.database.backend` need to know.

    `direct_url` leads past the pooler; `tls` holds libpq's parameters for certificates that were
    found, and gives way to what the URLs say. `DIRECT` of the entry is for migrations and for the
    making of test databases; `INSTEAD_OF` in it is the database's name through the pooler.
    Raises InvalidDatabaseURL.
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
        found["sslmode"] = "verify-full"  # who has a CA and says nothing means to verify
    options = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, **found, **url.parameters}
    pooled = pooler is Pooler.PGBOUNCER
    return {
        "NAME": url.name,
        "USER": url.user,
        "PASSWORD": url.password,
        "HOST": ",".join(url.hosts),
        "PORT": ",".join(url.ports),
        "OPTIONS": _pooled(options) if pooled else _straight(options, timeouts),
        # A cursor on the server outlives its transaction, and so belongs to nobody in a pool.
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
    }


def _straight(options: dict[str, str], timeouts: Mapping[str, str]) -> dict[str, Any]:
    """What the URL says of `options` stands behind ours, and so wins."""
    ours = " ".join(f"-c {name}={value}" for name, value in timeouts.items())
    return {**options, "options": f"{ours} {options.get('options', '')}".strip()}


def _pooled(options: dict[str, str]) -> dict[str, Any]:
    """pgbouncer takes no start-up options: time-outs stand on the role (deploy/roles.sql)."""
    if "options" in options:
        raise InvalidDatabaseURL(
            "has options, which do not pass pgbouncer: set them on the role (ALTER ROLE … SET)."
        )
    return options


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
