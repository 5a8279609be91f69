"""What the server says of itself and of our role, and what is wrong with it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.db.backends.base.base import BaseDatabaseWrapper

from config.database import Pooler
from config.database.findings import Finding, fault, warning

BEAT = 1
COMMANDS = 2  # a migration, a person at a shell
OLDEST_TESTED = 15
ROUND_TRIPS = 9

# One statement, so that through a pooler all of it is said by one server connection.
QUESTION = """
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
    """Of one machine. A thread of the web and a worker's process hold one connection each."""

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
    """`whose` names the limit, as `max_connections`; it is what there is for us of it."""
    if processes.connections > limit:
        yield warning(
            "connections-do-not-fit",
            f"This machine's processes hold up to {processes}; {whose} leaves {limit}.",
            f"Raise {whose}, put pgbouncer in between, or lower WEB_CONCURRENCY, WEB_THREADS or"
            " WORKERS.",
        )


@dataclass(frozen=True)
class Server:
    """`backend` is the process id of the server's side, `slots` how many connections it has for
    all, `own_limit` a lower limit of our role or database, `identity` the same for the same
    database by whichever way."""

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
        """A pooler announces a process id of its own making."""
        return self.backend != self.announced_backend

    @property
    def limit(self) -> int:
        return self.slots if self.own_limit is None else min(self.slots, self.own_limit)


def ask_server(connection: BaseDatabaseWrapper) -> Server:
    """Raises django.db.Error."""
    with connection.cursor() as cursor:
        cursor.execute(QUESTION)
        row = cursor.fetchone()
    link = connection.connection
    named = [field.name for field in fields(Server)]
    said = [*row, link.info.backend_pid, link.pgconn.ssl_in_use]
    return Server(**dict(zip(named, said, strict=True)))


def time_round_trip(connection: BaseDatabaseWrapper) -> float:
    """Milliseconds of `SELECT 1`: the median of several."""
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
            "The server is a standby, which takes no writes.",
            "Name the primary in DATABASE_URL, or add target_session_attrs=read-write.",
        )
    if server.major < OLDEST_TESTED:
        yield warning(
            "server-is-old",
            f"PostgreSQL {server.version} is older than what Daybook is tested with.",
            f"Move to PostgreSQL {OLDEST_TESTED} or newer.",
        )


def examine_role(server: Server) -> Iterator[Finding]:
    attributes = {"SUPERUSER": server.is_superuser, "BYPASSRLS": server.bypasses_row_security}
    for attribute in (name for name, has in attributes.items() if has):
        yield fault(
            "role-bypasses-row-security",
            f"The role {server.role} is {attribute}, so row-level security protects nobody.",
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
                f"{name} is off: one statement can hold a connection, and others up, for ever.",
                f"ALTER ROLE {server.role} SET {name} = …; (deploy/roles.sql).",
            )


def examine_pooling(server: Server, pooler: str) -> Iterator[Finding]:
    if server.is_pooled and pooler == Pooler.NONE:
        yield fault(
            "pooler-not-expected",
            "A pooler stands before the server, and Daybook takes it for the server itself.",
            "Set DATABASE_POOLER=pgbouncer.",
        )
    if pooler == Pooler.PGBOUNCER and not server.is_pooled:
        yield warning(
            "pooler-not-there",
            "Daybook takes the server for a pgbouncer, and it is PostgreSQL itself.",
            "Set DATABASE_POOLER=none, so that time limits apply.",
        )


def examine_connections(server: Server, processes: Processes, pooler: str) -> Iterator[Finding]:
    """Behind a pooler its own limit counts instead."""
    if pooler == Pooler.NONE:
        yield from examine_capacity(processes, server.limit, "max_connections")


def examine_direct(direct: Server, server: Server) -> Iterator[Finding]:
    """`direct` answered by DATABASE_DIRECT_URL, `server` by DATABASE_URL."""
    if direct.is_pooled:
        yield fault(
            "direct-is-pooled",
            "DATABASE_DIRECT_URL leads to a pooler too.",
            "Name the PostgreSQL server itself.",
        )
    if direct.identity != server.identity:
        yield fault(
            "direct-is-another",
            "DATABASE_DIRECT_URL leads to another database than DATABASE_URL.",
            "Name the same database in both.",
        )
