"""Where an entry of DATABASES leads, and how that was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.certificates import Target
from config.database import Pooler
from config.database.hosts import DEFAULT_PORT, is_socket
from config.findings import Finding, warning

Entry = Mapping[str, Any]


def targets(entry: Entry) -> Iterator[Target]:
    """Those that are reached by TCP."""
    hosts = str(entry["HOST"]).split(",")
    addresses = str(entry["OPTIONS"].get("hostaddr", "")).split(",")
    ports = (str(entry["PORT"]) or DEFAULT_PORT).split(",")
    for at, host in enumerate(hosts):
        address = addresses[at] if at < len(addresses) and addresses[at] else host
        if not is_socket(address):
            yield Target(host, address, int(ports[at % len(ports)] or DEFAULT_PORT))


def is_remote(entry: Entry) -> bool:
    """Whether anything leaves this machine."""
    names = ("localhost", "127.", "::1")
    return any(not target.address.startswith(names) for target in targets(entry))


def facts(entry: Entry) -> list[tuple[str, str]]:
    """Without a password."""
    host = entry["HOST"] or "libpq's default socket"
    return [
        ("host", str(host)),
        ("port", str(entry["PORT"] or DEFAULT_PORT)),
        ("database", str(entry["NAME"])),
        ("user", str(entry["USER"])),
    ]


def pooler_words(entry: Entry) -> str:
    if entry["POOLER"] == Pooler.NONE:
        return "none: straight to the server, with time limits by start-up options"
    return "pgbouncer: no server-side cursors, no prepared statements, no start-up options"


def examine_direct_url(entry: Entry) -> Iterator[Finding]:
    """Of an entry that leads to a pooler."""
    direct = entry["DIRECT"]
    if all(direct[key] == entry[key] for key in ("HOST", "PORT")):
        yield warning(
            "no-direct-url",
            "Migrations go through pgbouncer: DATABASE_DIRECT_URL leads no other way.",
            "Set DATABASE_DIRECT_URL to the server itself.",
        )
