"""The database examination: endpoint, TLS, server, role, pool, direct connection, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from django.conf import settings
from django.db import Error, ProgrammingError, connection
from django.utils.text import capfirst

from config.database import Pooler
from config.database.backend.base import directly
from config.database.encryption import SealedRows, every_sealed_rows, open_sample
from config.database.findings import Finding, Section, advice_for, fault, note, reason_of, warning
from config.database.tls import examine_files
from config.doctor import endpoint
from config.doctor.endpoint import ask_console, examine_console, examine_encryption, examine_mode
from config.doctor.server import (
    Processes,
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

ROWS = 200
NOT_EXAMINED = "ENCRYPTION_KEYS isn't set here, so encrypted values weren't checked."
RESTORE = (
    "Add the missing key to ENCRYPTION_KEYS after the first one, and restart every process."
    " Damaged rows stay unreadable; manage.py reencrypt lists them."
)


def examine_secrets() -> Section:
    """Try to decrypt up to ROWS rows of each table. Raises django.db.Error."""
    section = Section("Secrets at rest")
    if not settings.SEALED_ROWS:
        section.findings.append(note("encryption-not-examined", NOT_EXAMINED))
    for rows in every_sealed_rows():
        _examine(rows, section)
    return section


def _examine(rows: SealedRows, section: Section) -> None:
    tally = open_sample(rows, ROWS)
    section.facts.append((rows.name, f"{tally.seen - tally.unreadable} of {tally.seen} readable"))
    if not tally.unreadable:
        return
    is_lost = tally.unreadable == tally.seen
    what = (
        f"{tally.unreadable} of {tally.seen} rows of {rows.name} can't be decrypted with any key"
        " of ENCRYPTION_KEYS."
    )
    finding = fault if is_lost else warning
    section.findings.append(finding("encryption-key-missing", what, RESTORE))


def processes() -> Processes:
    return Processes(settings.WEB_PROCESSES, settings.WEB_THREADS, settings.WORKERS)


def examine_database() -> list[Section]:
    """Return all sections; connects both as Daybook does and directly to the server."""
    entry = connection.settings_dict
    where = Section(
        "Database", [*endpoint.facts(entry), ("pooler", endpoint.describe_pooler(entry))]
    )
    sections = [where, examine_encryption(entry, datetime.now(UTC))]
    try:
        server = ask_server(connection)
        sections += _server_sections(server)
    except Error as error:
        return [*sections, Section("Connection", findings=[_unreachable(error, "DATABASE_URL")])]
    if entry["POOLER"] == Pooler.PGBOUNCER:
        sections += [_pool_section(entry), _direct_section(entry, server)]
    return [*sections, *_secrets_sections()]


def _secrets_sections() -> Iterator[Section]:
    """Yield nothing if the database isn't migrated yet."""
    with suppress(ProgrammingError):
        yield examine_secrets()


def brief_findings() -> Iterator[Finding]:
    """Yield the findings for the system checks. Raises django.db.Error."""
    entry = connection.settings_dict
    yield from examine_mode(entry)
    yield from examine_files(entry["OPTIONS"], datetime.now(UTC))
    server = ask_server(connection)
    yield from _server_findings(server)
    yield from examine_limits(server)
    if entry["POOLER"] == Pooler.PGBOUNCER:
        yield from endpoint.examine_direct_url(entry)
        yield from _pool_section(entry).findings


def _server_sections(server: Server) -> list[Section]:
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
        Section("Server", facts, list(_server_findings(server, with_role=False))),
        Section("Role", [("name", server.role)], list(examine_role(server))),
        Section("Time limits", limits, list(examine_limits(server))),
    ]


def _server_findings(server: Server, *, with_role: bool = True) -> Iterator[Finding]:
    pooler = connection.settings_dict["POOLER"]
    yield from examine_server(server)
    yield from examine_pooling(server, pooler)
    yield from examine_connections(server, processes(), pooler)
    if with_role:
        yield from examine_role(server)


def _pool_section(entry: endpoint.Entry) -> Section:
    console = ask_console(connection.get_connection_params(), entry["NAME"])
    if console is None:
        what = (
            f"pgbouncer's console refuses {entry['USER']}. Add the user to stats_users to see more."
        )
        return Section("Pool", findings=[note("pool-console-closed", what)])
    facts = [
        ("pgbouncer", console.version),
        ("mode", console.pool_mode),
        ("connections", f"{console.pool_size} to the server, {console.max_clients} from clients"),
    ]
    return Section("Pool", facts, list(examine_console(console, processes())))


def _direct_section(entry: endpoint.Entry, server: Server) -> Section:
    section = Section(
        "Direct", endpoint.facts(entry["DIRECT"]), list(endpoint.examine_direct_url(entry))
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
        f"Can't connect to the database ({reason_of(error)}).",
        capfirst(advice_for(error, name)),
    )
