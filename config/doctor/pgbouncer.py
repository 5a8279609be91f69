"""What pgbouncer's own console says, where it lets our user in.

https://www.pgbouncer.org/usage.html#admin-console
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from config.doctor.capacity import Processes, examine_capacity
from config.findings import Finding, fault, warning

CONSOLE = "pgbouncer"
LONGEST_WAIT_SECONDS = 10
LOGIN_RETRY_SECONDS = 1


@dataclass(frozen=True)
class Console:
    version: str
    pool_mode: str
    pool_size: int
    max_clients: int
    query_wait_seconds: float
    login_retry_seconds: float


def ask_console(parameters: Mapping[str, Any], database: str) -> Console | None:
    """None: the console is not for our user. `parameters` are psycopg's, `database` is ours."""
    given = {**parameters, "dbname": CONSOLE, "cursor_factory": psycopg.ClientCursor}
    try:
        with psycopg.connect(**given, autocommit=True) as link:
            version = link.execute("SHOW VERSION").fetchone()
            config = {row[0]: row[1] for row in link.execute("SHOW CONFIG")}
            own = _own_pool(link, database)
    except psycopg.Error:
        return None
    return Console(
        version=str(version[0]) if version else "",
        pool_mode=own.get("pool_mode") or config["pool_mode"],
        pool_size=int(own.get("pool_size") or config["default_pool_size"]),
        max_clients=int(config["max_client_conn"]),
        query_wait_seconds=float(config["query_wait_timeout"]),
        login_retry_seconds=float(config["server_login_retry"]),
    )


def _own_pool(link: psycopg.Connection[Any], database: str) -> dict[str, Any]:
    cursor = link.execute("SHOW DATABASES")
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return next((row for row in rows if row["name"] == database), {})


def examine_console(console: Console, processes: Processes) -> Iterator[Finding]:
    if console.pool_mode == "statement":
        yield fault(
            "pool-mode-statement",
            "pgbouncer pools statements, and Daybook needs transactions.",
            "Set pool_mode = transaction in pgbouncer.ini.",
        )
    if not 0 < console.query_wait_seconds <= LONGEST_WAIT_SECONDS:
        yield warning(
            "pool-waits-long",
            f"While PostgreSQL is away pgbouncer holds people up for"
            f" {_seconds(console.query_wait_seconds)} instead of saying so.",
            f"Set query_wait_timeout = 5 (3 to {LONGEST_WAIT_SECONDS}) in pgbouncer.ini.",
        )
    if console.login_retry_seconds > LOGIN_RETRY_SECONDS:
        yield warning(
            "pool-returns-late",
            f"pgbouncer looks for a PostgreSQL that was away every"
            f" {console.login_retry_seconds:g} s.",
            f"Set server_login_retry = {LOGIN_RETRY_SECONDS} in pgbouncer.ini.",
        )
    yield from examine_capacity(processes, console.max_clients, "pgbouncer's max_client_conn")


def _seconds(number: float) -> str:
    return f"{number:g} s" if number else "ever"
