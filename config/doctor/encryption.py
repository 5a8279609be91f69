"""Whether the way to the database is encrypted, and with whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from config.certificates import Peer, ask_peer, describe_files, examine_files, examine_peer
from config.certificates.places import LIBPQ_AUTHORITIES, LIBPQ_FOLDER
from config.doctor.address import Entry, is_remote, targets
from config.doctor.report import Section
from config.findings import Finding, fault, warning

OPPORTUNISTIC = ("allow", "prefer")
VERIFYING = ("verify-ca", "verify-full")


def examine_encryption(entry: Entry, now: datetime) -> Section:
    """Opens connections of its own to see the certificates that are shown."""
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
    """What the mode allows, whoever answers."""
    options = entry["OPTIONS"]
    mode = mode_of(options)
    mend = "Add sslmode=verify-full to DATABASE_URL, with the CA (sslrootcert, DATABASE_CERTS_DIR)."
    if mode in VERIFYING and not _has_authority(options):
        yield fault("tls-no-authority", f"sslmode={mode} needs a CA, and there is none.", mend)
    if not is_remote(entry):
        return
    if mode == "disable":
        yield warning("tls-off", "Nothing on the way to the database is encrypted.", mend)
    elif mode in OPPORTUNISTIC:
        what = "goes on unencrypted, and without a word, where TLS is not offered."
        yield warning("tls-may-be-off", f"sslmode={mode} {what}", mend)
    elif mode == "require" and not options.get("sslrootcert"):
        what = "The server is not verified: whoever stands in between may answer for it."
        yield warning("tls-unverified", what, mend)
    elif mode != "verify-full":
        what = "The server's name is not verified: every holder of a certificate may answer."
        yield warning("tls-name-unverified", what, mend)


def _has_authority(options: Mapping[str, Any]) -> bool:
    default = Path(LIBPQ_FOLDER).expanduser() / LIBPQ_AUTHORITIES[0]
    return bool(options.get("sslrootcert")) or default.is_file()


def _peers(entry: Entry, section: Section) -> Iterator[Peer]:
    """A host that does not answer at all is told by the connection itself."""
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
            what = f"{target.host}:{target.port} offers no TLS, and sslmode={mode} needs it."
            mend = "Set ssl = on (PostgreSQL) or client_tls_sslmode (pgbouncer) there."
            section.findings.append(fault("tls-not-offered", what, mend))
