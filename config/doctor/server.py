"""What the server reports about itself and our role, and the findings from it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.db.backends.base.base import BaseDatabaseWrapper

from config.database import Pooler
from config.database.findings import Finding, fault, warning

BEAT = 1
COMMANDS = 2  # a migration and an interactive shell
OLDEST_TESTED = 15
ROUND_TRIPS = 9

# One statement, so that behind a pooler one server connection answers all of it.
SERVER_QUERY = """
    SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,
           current_database(), current_user::text, pg_backend_pid(), pg_is_in_recovery(),
           current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true)::int, 0),
           least(nullif(rolconnlimit, -1), nullif(datconnlimit, -1)),
           rolsuper, rolbypassrls,
           current_setting('statement_timeout'), current_setting('lock_timeout'),
           current_setting('idle_in_transaction_session_timeout'),
           (pg_postmaster_start_time(), pg_database.oid)::text
      FROM pg_roles, pg_database
     WHERE rolname = current_user AND datname = current_database()
"""


@dataclass(frozen=True)
class Processes:
    """The processes of one machine; each web thread and worker process holds one connection."""

    web_processes: int
    web_threads: int
    workers: int

    @property
    def connections(self) -> int:
        return self.web_processes * self.web_threads + self.workers + BEAT + COMMANDS

    def __str__(self) -> str:
        return (
            f"{self.connections}: web {self.web_processes} of {self.web_threads} threads,"
            f" workers {self.workers}, beat {BEAT}, commands {COMMANDS}"
        )


def examine_capacity(processes: Processes, limit: int, whose: str) -> Iterator[Finding]:
    """Check that the processes fit `limit`, the connections that the setting `whose` leaves us."""
    if processes.connections > limit:
        yield warning(
            "connections-do-not-fit",
            f"This machine's processes open up to {processes}; {whose} allows {limit}.",
            f"Raise {whose}, put pgbouncer in between, or lower WEB_CONCURRENCY, WEB_THREADS or"
            " WORKERS.",
        )


@dataclass(frozen=True)
class Server:
    """What the server reports.

    `backend` is the process id of the server process, `slots` the number of connections for all
    roles, `own_limit` a lower limit of our role or database. `identity` is equal for the same
    database over any route.
    """

    version: str
    major: int
    database: str
    role: str
    backend: int
    is_standby: bool
    slots: int
    own_limit: int | None
    is_superuser: bool
    bypasses_row_security: bool
    statement_timeout: str
    lock_timeout: str
    idle_timeout: str
    identity: str
    announced_backend: int
    is_encrypted: bool

    @property
    def is_pooled(self) -> bool:
        """Return whether a pooler answers: it announces a process id of its own."""
        return self.backend != self.announced_backend

    @property
    def limit(self) -> int:
        return self.slots if self.own_limit is None else min(self.slots, self.own_limit)


def ask_server(connection: BaseDatabaseWrapper) -> Server:
    """Query the server. Raises django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute(SERVER_QUERY)
        row = cursor.fetchone()
    link = connection.connection
    named = [field.name for field in fields(Server)]
    said = [*row, link.info.backend_pid, link.pgconn.ssl_in_use]
    return Server(**dict(zip(named, said, strict=True)))


def time_round_trip(connection: BaseDatabaseWrapper) -> float:
    """Return the median time of `SELECT 1` in milliseconds."""
    spent = []
    with connection.cursor() as cursor:
        for _ in range(ROUND_TRIPS):
            began = time.perf_counter()
            cursor.execute("SELECT 1")
            spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000


def examine_server(server: Server) -> Iterator[Finding]:
    if server.is_standby:
        yield fault(
            "server-is-standby",
            "The server is a read-only standby.",
            "Set DATABASE_URL to the primary, or add target_session_attrs=read-write.",
        )
    if server.major < OLDEST_TESTED:
        yield warning(
            "server-is-old",
            f"PostgreSQL {server.version} is older than the oldest version that Daybook is"
            " tested with.",
            f"Upgrade to PostgreSQL {OLDEST_TESTED} or newer.",
        )


def examine_role(server: Server) -> Iterator[Finding]:
    attributes = {"SUPERUSER": server.is_superuser, "BYPASSRLS": server.bypasses_row_security}
    for attribute in (name for name, has in attributes.items() if has):
        yield fault(
            "role-bypasses-row-security",
            f"The role {server.role} is {attribute}, so row-level security doesn't apply to it.",
            f"ALTER ROLE {server.role} NO{attribute}; or use another role (deploy/roles.sql).",
        )


def examine_limits(server: Server) -> Iterator[Finding]:
    for name, value in {
        "statement_timeout": server.statement_timeout,
        "lock_timeout": server.lock_timeout,
    }.items():
        if value == "0":
            yield warning(
                "no-time-limit",
                f"{name} is off: a single statement can block a connection, and other"
                " statements, for ever.",
                f"ALTER ROLE {server.role} SET {name} = …; (deploy/roles.sql).",
            )


def examine_pooling(server: Server, pooler: str) -> Iterator[Finding]:
    if server.is_pooled and pooler == Pooler.NONE:
        yield fault(
            "pooler-not-expected",
            "A pooler is in front of the server, but Daybook is configured for a direct"
            " connection.",
            "Set DATABASE_POOLER=pgbouncer.",
        )
    if pooler == Pooler.PGBOUNCER and not server.is_pooled:
        yield warning(
            "pooler-not-there",
            "Daybook is configured for pgbouncer, but is connected to PostgreSQL directly.",
            "Set DATABASE_POOLER=none, so that time limits take effect.",
        )


def examine_connections(server: Server, processes: Processes, pooler: str) -> Iterator[Finding]:
    """Check the server's limit, unless a pooler is in between, whose own limit counts."""
    if pooler == Pooler.NONE:
        yield from examine_capacity(processes, server.limit, "max_connections")


def examine_direct(direct: Server, server: Server) -> Iterator[Finding]:
    """Compare the servers behind DATABASE_DIRECT_URL (`direct`) and DATABASE_URL (`server`)."""
    if direct.is_pooled:
        yield fault(
            "direct-is-pooled",
            "DATABASE_DIRECT_URL leads to a pooler, too.",
            "Set DATABASE_DIRECT_URL to the PostgreSQL server itself.",
        )
    if direct.identity != server.identity:
        yield fault(
            "direct-is-another",
            "DATABASE_DIRECT_URL and DATABASE_URL lead to different databases.",
            "Set both to the same database.",
        )
