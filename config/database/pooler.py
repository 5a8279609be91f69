"""Whether a connection pooler stands between us and PostgreSQL."""

from __future__ import annotations

import enum

from config.database.url import DatabaseURL

PGBOUNCER_PORT = "6432"  # https://www.pgbouncer.org/config.html#listen_port


class Pooler(enum.StrEnum):
    """DATABASE_POOLER. A pooler is taken to pool transactions, which is the strictest mode."""

    AUTO = "auto"
    PGBOUNCER = "pgbouncer"
    NONE = "none"


def detect_pooler(url: DatabaseURL, wanted: Pooler = Pooler.AUTO) -> Pooler:
    """PGBOUNCER or NONE: as it is wanted, else by the port and the host's name.

    What answers there is another question, which `manage.py dbdoctor` asks the server.
    """
    if wanted is not Pooler.AUTO:
        return wanted
    named = any("pgbouncer" in host.lower() for host in url.hosts)
    return Pooler.PGBOUNCER if named or PGBOUNCER_PORT in url.ports else Pooler.NONE
