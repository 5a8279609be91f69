"""What DATABASE_URL leads to: hosts, TLS, the direct URL, and pgbouncer's admin console.

https://www.pgbouncer.org/usage.html#admin-console
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from config.database import Pooler
from config.database.findings import Finding, Section, fault, warning
from config.database.tls import Peer, Target, ask_peer, describe_files, examine_files, examine_peer
from config.database.tls.files import LIBPQ_AUTHORITIES, LIBPQ_FOLDER
from config.database.url import DEFAULT_PORT, is_socket
from config.doctor.server import Processes, examine_capacity

Entry = Mapping[str, Any]
OPPORTUNISTIC = ("allow", "prefer")
VERIFYING = ("verify-ca", "verify-full")
CONSOLE = "pgbouncer"
LONGEST_WAIT_SECONDS = 10
LOGIN_RETRY_SECONDS = 1


def targets(entry: Entry) -> Iterator[Target]:
    """Yield the hosts that are reached by TCP."""
    hosts = str(entry["HOST"]).split(",")
    addresses = str(entry["OPTIONS"].get("hostaddr", "")).split(",")
    ports = (str(entry["PORT"]) or DEFAULT_PORT).split(",")
    for at, host in enumerate(hosts):
        address = addresses[at] if at < len(addresses) and addresses[at] else host
        if not is_socket(address):
            yield Target(host, address, int(ports[at % len(ports)] or DEFAULT_PORT))


def is_remote(entry: Entry) -> bool:
    """Return whether the connection leaves this machine."""
    names = ("localhost", "127.", "::1")
    return any(not target.address.startswith(names) for target in targets(entry))


def facts(entry: Entry) -> list[tuple[str, str]]:
    """Return the entry as labelled facts, without the password."""
    host = entry["HOST"] or "libpq's default socket"
    return [
        ("host", str(host)),
        ("port", str(entry["PORT"] or DEFAULT_PORT)),
        ("database", str(entry["NAME"])),
        ("user", str(entry["USER"])),
    ]


def describe_pooler(entry: Entry) -> str:
    if entry["POOLER"] == Pooler.NONE:
        return "none: direct to the server, with time limits set at connection start"
    return "pgbouncer: no server-side cursors, no prepared statements, no startup options"


def examine_direct_url(entry: Entry) -> Iterator[Finding]:
    """Check that an entry for a pooler has a direct URL."""
    direct = entry["DIRECT"]
    if all(direct[key] == entry[key] for key in ("HOST", "PORT")):
        yield warning(
            "no-direct-url",
            "Migrations run through pgbouncer, because DATABASE_DIRECT_URL doesn't bypass it.",
            "Set DATABASE_DIRECT_URL to the PostgreSQL server itself.",
        )


def examine_encryption(entry: Entry, now: datetime) -> Section:
    """Examine TLS: its mode, its files, and the certificates that the servers present."""
    options = entry["OPTIONS"]
    section = Section("TLS", [("sslmode", mode_of(options))])
    section.findings += examine_mode(entry)
    section.findings += examine_files(options, now)
    section.findings += describe_files(options)
    for number, peer in enumerate(_peers(entry, section), start=1):
        which = f" {number}" if number > 1 else ""
        section.facts += [(label + which, value) for label, value in _described(peer)]
        section.findings += examine_peer(peer, options, now)
    return section


def _described(peer: Peer) -> Iterator[tuple[str, str]]:
    yield "peer", f"{peer.host}:{peer.port}, {peer.protocol}, {peer.cipher}"
    issuer = peer.certificate.issuer.rfc4514_string() or "no name"
    yield "certificate", f"by {issuer}, until {peer.certificate.not_valid_after_utc:%Y-%m-%d}"


def mode_of(options: Mapping[str, Any]) -> str:
    return str(options.get("sslmode", "prefer"))


def examine_mode(entry: Entry) -> Iterator[Finding]:
    """Yield what the sslmode fails to protect from."""
    options = entry["OPTIONS"]
    mode = mode_of(options)
    fix = "Add sslmode=verify-full to DATABASE_URL, with the CA (sslrootcert, DATABASE_CERTS_DIR)."
    if mode in VERIFYING and not _has_authority(options):
        yield fault(
            "tls-no-authority",
            f"sslmode={mode} requires a CA certificate, and none was found.",
            fix,
        )
    if not is_remote(entry):
        return
    if mode == "disable":
        yield warning("tls-off", "The connection to the database is not encrypted.", fix)
    elif mode in OPPORTUNISTIC:
        what = "silently falls back to an unencrypted connection if the server offers no TLS."
        yield warning("tls-may-be-off", f"sslmode={mode} {what}", fix)
    elif mode == "require" and not options.get("sslrootcert"):
        what = "The server isn't verified: an attacker in between could impersonate it."
        yield warning("tls-unverified", what, fix)
    elif mode != "verify-full":
        what = (
            "The server's name isn't verified: the holder of any valid certificate could"
            " impersonate it."
        )
        yield warning("tls-name-unverified", what, fix)


def _has_authority(options: Mapping[str, Any]) -> bool:
    default = Path(LIBPQ_FOLDER).expanduser() / LIBPQ_AUTHORITIES[0]
    return bool(options.get("sslrootcert")) or default.is_file()


def _peers(entry: Entry, section: Section) -> Iterator[Peer]:
    """Yield the peers that answer; an unreachable host is reported by the connection itself."""
    mode = mode_of(entry["OPTIONS"])
    if mode == "disable":
        return
    for target in targets(entry):
        try:
            peer = ask_peer(target, entry["OPTIONS"])
        except OSError:
            continue
        if peer is not None:
            yield peer
        elif mode not in OPPORTUNISTIC:
            what = f"{target.host}:{target.port} offers no TLS, but sslmode={mode} requires it."
            fix = "On that server, set ssl = on (PostgreSQL) or client_tls_sslmode (pgbouncer)."
            section.findings.append(fault("tls-not-offered", what, fix))


@dataclass(frozen=True)
class Console:
    version: str
    pool_mode: str
    pool_size: int
    max_clients: int
    query_wait_seconds: float
    login_retry_seconds: float


def ask_console(parameters: Mapping[str, Any], database: str) -> Console | None:
    """Return what the admin console shows, or None if it refuses our user.

    `parameters` are psycopg's connection parameters, `database` is our database's name.
    """
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
            "pgbouncer uses statement pooling, but Daybook needs transactions.",
            "Set pool_mode = transaction in pgbouncer.ini.",
        )
    if not 0 < console.query_wait_seconds <= LONGEST_WAIT_SECONDS:
        yield warning(
            "pool-waits-long",
            "While PostgreSQL is unreachable, pgbouncer makes clients wait"
            f" {_seconds(console.query_wait_seconds)} before it reports an error.",
            f"Set query_wait_timeout = 5 (3 to {LONGEST_WAIT_SECONDS}) in pgbouncer.ini.",
        )
    if console.login_retry_seconds > LOGIN_RETRY_SECONDS:
        yield warning(
            "pool-returns-late",
            "After an outage pgbouncer reconnects to PostgreSQL only every"
            f" {console.login_retry_seconds:g} s.",
            f"Set server_login_retry = {LOGIN_RETRY_SECONDS} in pgbouncer.ini.",
        )
    yield from examine_capacity(processes, console.max_clients, "pgbouncer's max_client_conn")


def _seconds(number: float) -> str:
    return f"{number:g} s" if number else "ever"
