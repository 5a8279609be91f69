"""The whole examination: where it leads, TLS, the server, our role, the pool, the way past it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from django.conf import settings
from django.db import Error, ProgrammingError, connection
from django.utils.text import capfirst

from config.certificates import examine_files
from config.database import Pooler
from config.doctor import address
from config.doctor.capacity import Processes
from config.doctor.encryption import examine_encryption, examine_mode
from config.doctor.pgbouncer import ask_console, examine_console
from config.doctor.report import Section
from config.doctor.secrets import examine_secrets
from config.doctor.server import (
    Server,
    ask_server,
    examine_connections,
    examine_direct,
    examine_limits,
    examine_pooling,
    examine_role,
    examine_server,
    time_round_trip,
)
from config.findings import Finding, fault, note
from config.postgresql.direct import directly
from config.reasons import advice_for, reason_of


def processes() -> Processes:
    return Processes(settings.WEB_PROCESSES, settings.WEB_THREADS, settings.WORKERS)


def examine_database() -> list[Section]:
    """Connects, as Daybook does and past pgbouncer."""
    entry = connection.settings_dict
    where = Section("Database", [*address.facts(entry), ("pooler", address.pooler_words(entry))])
    sections = [where, examine_encryption(entry, datetime.now(UTC))]
    try:
        server = ask_server(connection)
        sections += _answered(server)
    except Error as error:
        return [*sections, Section("Connection", findings=[_unreachable(error, "DATABASE_URL")])]
    if entry["POOLER"] == Pooler.PGBOUNCER:
        sections += [_pool(entry), _past(entry, server)]
    return [*sections, *_secrets()]


def _secrets() -> Iterator[Section]:
    """Of a database that is not migrated yet there is nothing to say."""
    with suppress(ProgrammingError):
        yield examine_secrets()


def brief_findings() -> Iterator[Finding]:
    """What the system checks tell. Raises django.db.Error."""
    entry = connection.settings_dict
    yield from examine_mode(entry)
    yield from examine_files(entry["OPTIONS"], datetime.now(UTC))
    server = ask_server(connection)
    yield from _of_server(server)
    yield from examine_limits(server)
    if entry["POOLER"] == Pooler.PGBOUNCER:
        yield from address.examine_direct_url(entry)
        yield from _pool(entry).findings


def _answered(server: Server) -> list[Section]:
    encrypted = "encrypted" if server.is_encrypted else "not encrypted"
    facts = [
        ("PostgreSQL", server.version),
        ("round trip", f"{time_round_trip(connection):.2f} ms, {encrypted}"),
        ("processes hold", str(processes())),
        ("slots", str(server.limit)),
    ]
    limits = [
        ("statement", server.statement_timeout),
        ("lock", server.lock_timeout),
        ("idle transaction", server.idle_timeout),
    ]
    return [
        Section("Server", facts, list(_of_server(server, with_role=False))),
        Section("Role", [("name", server.role)], list(examine_role(server))),
        Section("Time limits", limits, list(examine_limits(server))),
    ]


def _of_server(server: Server, *, with_role: bool = True) -> Iterator[Finding]:
    pooler = connection.settings_dict["POOLER"]
    yield from examine_server(server)
    yield from examine_pooling(server, pooler)
    yield from examine_connections(server, processes(), pooler)
    if with_role:
        yield from examine_role(server)


def _pool(entry: address.Entry) -> Section:
    console = ask_console(connection.get_connection_params(), entry["NAME"])
    if console is None:
        told = f"pgbouncer's console is not for {entry['USER']}: add it to stats_users to see more."
        return Section("Pool", findings=[note("pool-console-closed", told)])
    facts = [
        ("pgbouncer", console.version),
        ("mode", console.pool_mode),
        ("connections", f"{console.pool_size} to the server, {console.max_clients} of clients"),
    ]
    return Section("Pool", facts, list(examine_console(console, processes())))


def _past(entry: address.Entry, server: Server) -> Section:
    section = Section(
        "Direct", address.facts(entry["DIRECT"]), list(address.examine_direct_url(entry))
    )
    if section.findings:
        return section
    try:
        with directly():
            direct = ask_server(connection)
    except Error as error:
        section.findings.append(_unreachable(error, "DATABASE_DIRECT_URL"))
        return section
    section.facts.append(("role", direct.role))
    section.findings += examine_direct(direct, server)
    return section


def _unreachable(error: Error, name: str) -> Finding:
    return fault(
        "database-unreachable",
        f"The database cannot be reached ({reason_of(error)}).",
        capfirst(advice_for(error, name)),
    )
