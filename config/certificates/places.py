"""Finds a CA and a client's pair by the names that they have in the field.

What is found comes as libpq's parameters, {sslmode, sslrootcert, sslcert, sslkey}.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

AUTHORITIES = ("rootCA.pem", "ca.pem", "ca.crt", "ca-cert.pem", "root.crt", "server-ca.pem")
PAIRS = (
    ("client-cert.pem", "client-key.pem"),
    ("unified-cert.pem", "unified-key.pem"),
    ("api-cert.pem", "api-key.pem"),
    ("client.crt", "client.key"),
    ("postgresql.crt", "postgresql.key"),
    ("server.crt", "server.key"),
)
# https://www.postgresql.org/docs/current/libpq-ssl.html
LIBPQ_FOLDER = "~/.postgresql"
LIBPQ_AUTHORITIES = ("root.crt",)
LIBPQ_PAIRS = (("postgresql.crt", "postgresql.key"),)


class CertificatesMissing(Exception):
    """The folder that was named has none of them; the message says so without its path."""


def find_in_folder(folder: Path) -> dict[str, str]:
    """Of DATABASE_CERTS_DIR. Who names it wants TLS: without a CA to verify by it is required."""
    try:
        found = _find(folder, AUTHORITIES, PAIRS)
    except OSError:
        raise CertificatesMissing("cannot be entered: is it a folder, and may we?") from None
    if not found:
        names = ", ".join((*AUTHORITIES, *PAIRS[0]))
        raise CertificatesMissing(f"holds no certificate under a name we know ({names} …).")
    return {"sslmode": "require", **found}


def find_of_libpq() -> dict[str, str]:
    """What libpq itself would take, so that a CA that lies there is used in full."""
    try:
        return _find(Path(LIBPQ_FOLDER).expanduser(), LIBPQ_AUTHORITIES, LIBPQ_PAIRS)
    except (OSError, RuntimeError):  # no permission, no home
        return {}


def _find(
    folder: Path, authorities: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> dict[str, str]:
    present = {path.name for path in folder.iterdir()}
    found: dict[str, str] = {}
    if authority := next((name for name in authorities if name in present), None):
        found |= {"sslmode": "verify-full", "sslrootcert": str(folder / authority)}
    if pair := _pair(present, pairs):
        found |= {"sslcert": str(folder / pair[0]), "sslkey": str(folder / pair[1])}
    return found


def _pair(present: set[str], pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The first that is whole; else the first half, whose other half is then found missing."""
    whole = [pair for pair in pairs if present.issuperset(pair)]
    halves = [pair for pair in pairs if present.intersection(pair)]
    return next(iter([*whole, *halves]), None)
