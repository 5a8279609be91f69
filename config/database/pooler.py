"""Whether a connection pooler stands between us and PostgreSQL."""

from __future__ import annotations

import enum

from config.database.hosts import DEFAULT_PORT
from config.database.url import DatabaseURL

PGBOUNCER_PORT = "6432"  # https://www.pgbouncer.org/config.html#listen_port


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
    that is taken for one loses time limits and prepared statements, and works.
    What answers there is another question, which `manage.py dbdoctor` asks the server.
    """
    if wanted is not Pooler.AUTO:
        return wanted
    named = any("pgbouncer" in host.lower() for host in url.hosts)
    passed = direct_url is not None and endpoint(direct_url) != endpoint(url)
    return Pooler.PGBOUNCER if named or passed or PGBOUNCER_PORT in url.ports else Pooler.NONE


def endpoint(url: DatabaseURL) -> tuple[object, ...]:
    return (*url.hosts, *(port or DEFAULT_PORT for port in url.ports or ("",)))
