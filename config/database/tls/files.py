"""Find and examine the TLS files that libpq uses; each finding names its file.

libpq gives the same text for several of these faults, and none for some. Files are found as libpq's
parameters, {sslmode, sslrootcert, sslcert, sslkey}.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from config.database.findings import Finding, Found, fault, note, warning

AHEAD = timedelta(days=30)
BEGINS = b"-----BEGIN CERTIFICATE-----"
SYSTEM = "system"  # the system's CAs, in a place that libpq knows
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


def examine_files(options: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Examine the files of libpq's parameters sslrootcert, sslcert, sslkey and sslpassword."""
    authority = options.get("sslrootcert")
    authorities: list[x509.Certificate] = []
    if authority and authority != SYSTEM:
        try:
            authorities = load_certificates(Path(authority))
        except Found as found:
            yield found.finding
        else:
            yield from _authority(Path(authority), authorities, now)
    if "sslcert" in options and "sslkey" in options:
        password = options.get("sslpassword", "")
        paths = Path(options["sslcert"]), Path(options["sslkey"])
        yield from _pair(*paths, password, authorities, now)


def describe_files(options: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the subject and the expiry date of each certificate in use."""
    for what, name in {"CA": "sslrootcert", "Client": "sslcert"}.items():
        path = options.get(name)
        if path and path != SYSTEM:
            try:
                certificate = load_certificates(Path(path))[0]
            except Found:
                continue
            ends = certificate.not_valid_after_utc
            yield note(
                "tls-file", f"{what} {subject_of(certificate)} until {ends:%Y-%m-%d}: {path}"
            )


def load_certificates(path: Path) -> list[x509.Certificate]:
    """Return all certificates of a PEM file in order. Raises Found."""
    content = _read(path)
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError:
        certificates = []
    if not certificates or len(certificates) < content.count(BEGINS):
        raise Found(
            fault(
                "tls-file-damaged",
                f"{path} contains no complete certificate: it is truncated or not a PEM file.",
                "Copy the file again, with all lines from -----BEGIN CERTIFICATE----- to the end.",
            )
        )
    return certificates


def examine_times(what: str, certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    """Check a certificate's dates. `what` is the subject of the sentence."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if ends < now:
        yield fault(
            "tls-expired", f"{what} expired on {ends:%Y-%m-%d}.", "Replace it with a new one."
        )
    elif begins > now:
        yield fault(
            "tls-not-yet-valid",
            f"{what} is not valid before {begins:%Y-%m-%d %H:%M} UTC.",
            "Check this machine's clock, wait, or have a new one issued.",
        )
    elif ends < now + AHEAD:
        days = (ends - now).days
        yield warning(
            "tls-expires-soon",
            f"{what} expires on {ends:%Y-%m-%d}, in {days} days.",
            "Have a new one issued in time.",
        )


def subject_of(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "no name"


def _authority(path: Path, authorities: list[x509.Certificate], now: datetime) -> Iterator[Finding]:
    for certificate in authorities:
        yield from examine_times(f"The CA in {path}", certificate, now)
    if not any(_may_issue(certificate) for certificate in authorities):
        yield fault(
            "tls-no-authority",
            f"{path} contains no CA certificate: {subject_of(authorities[0])} may not issue"
            " certificates.",
            "Replace it with the certificate of the CA that issued the server's certificate.",
        )


def _may_issue(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is a CA's, or a server's that is self-issued."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return certificate.issuer == certificate.subject
    return constraints.value.ca or certificate.issuer == certificate.subject


def _pair(
    path: Path,
    key_path: Path,
    password: str,
    authorities: list[x509.Certificate],
    now: datetime,
) -> Iterator[Finding]:
    certificates, key = None, None
    try:
        certificates = load_certificates(path)
    except Found as found:
        yield found.finding
    else:
        yield from examine_times(f"The client certificate in {path}", certificates[0], now)
        yield from _chain(path, certificates)
        yield from _foreign_client(path, certificates[-1], authorities)
    yield from _permissions(key_path)
    try:
        key = _load_key(key_path, password)
    except Found as found:
        yield found.finding
    if certificates and key and _public(certificates[0]) != _public(key):
        yield fault(
            "tls-key-mismatch",
            f"{key_path} is not the key of the certificate in {path}.",
            "Use a certificate and a key that belong together.",
        )


def _chain(path: Path, certificates: list[x509.Certificate]) -> Iterator[Finding]:
    for certificate, issuer in pairwise(certificates):
        if not _issued_by(certificate, issuer):
            yield fault(
                "tls-chain-broken",
                f"{path}: {subject_of(certificate)} was not issued by the next certificate in"
                " the file.",
                "Put the client certificate first, and after each certificate the one that"
                " issued it.",
            )


def _foreign_client(
    path: Path, last: x509.Certificate, authorities: list[x509.Certificate]
) -> Iterator[Finding]:
    """Note a client certificate of another CA: only the server knows which CAs it trusts."""
    if authorities and not any(_issued_by(last, authority) for authority in authorities):
        yield note(
            "tls-client-of-another-ca",
            f"{path} was not issued by the CA that verifies the server: the server must trust"
            f" {last.issuer.rfc4514_string()} for client certificates.",
        )


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _permissions(path: Path) -> Iterator[Finding]:
    """Check the key's permissions as libpq does: owner only, or group-readable for root's key."""
    try:
        status = path.stat()
    except OSError:
        return  # reported where the file is read
    closed = 0o037 if status.st_uid == 0 else 0o077
    if stat.S_IMODE(status.st_mode) & closed:
        yield fault(
            "tls-key-open",
            f"{path} is accessible to others (mode {stat.S_IMODE(status.st_mode):04o}), so"
            " libpq refuses it.",
            f"chmod 0600 {path}",
        )


def _load_key(path: Path, password: str) -> PrivateKeyTypes:
    content = _read(path)
    locked = b"ENCRYPTED" in content
    if locked and not password:
        raise Found(
            fault(
                "tls-key-encrypted",
                f"{path} is encrypted, but no password is set for it.",
                "Set sslpassword in DATABASE_URL, or decrypt the key: openssl pkey -in … -out …",
            )
        )
    try:
        return load_pem_private_key(content, password.encode() if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Found(_unusable_key(path, locked=locked)) from None


def _unusable_key(path: Path, *, locked: bool) -> Finding:
    if locked:
        return fault(
            "tls-key-password",
            f"{path} can't be decrypted with the given sslpassword, or is truncated.",
            "Correct sslpassword in DATABASE_URL, or copy the file again.",
        )
    return fault(
        "tls-file-damaged",
        f"{path} contains no complete private key: it is truncated or not a PEM file.",
        "Copy the file again, with all lines from -----BEGIN … PRIVATE KEY----- to the end.",
    )


def _public(holder: x509.Certificate | PrivateKeyTypes) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        finding = fault(
            "tls-file-missing",
            f"{path} is missing.",
            "Add the file, or set another path: DATABASE_CERTS_DIR, or sslrootcert, sslcert and"
            " sslkey in DATABASE_URL.",
        )
    except OSError as error:
        finding = fault(
            "tls-file-unreadable",
            f"{user_name()} can't read {path} ({error.strerror}).",
            f"Make {user_name()} its owner: chown {user_name()} {path}",
        )
    raise Found(finding)


def user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"


class CertificatesMissing(Exception):
    """The given folder contains no certificate; the message doesn't contain its path."""


def find_in_folder(folder: Path) -> dict[str, str]:
    """Return what is found in DATABASE_CERTS_DIR. TLS is then required, even without a CA."""
    try:
        found = _find(folder, AUTHORITIES, PAIRS)
    except OSError:
        raise CertificatesMissing(
            "can't be read. Check that it is a folder and its permissions."
        ) from None
    if not found:
        names = ", ".join((*AUTHORITIES, *PAIRS[0]))
        raise CertificatesMissing(f"contains no certificate under a known name ({names} …).")
    return {"sslmode": "require", **found}


def find_of_libpq() -> dict[str, str]:
    """Return the files that libpq would use by default, so that an existing CA is used fully."""
    try:
        return _find(Path(LIBPQ_FOLDER).expanduser(), LIBPQ_AUTHORITIES, LIBPQ_PAIRS)
    except (OSError, RuntimeError):  # no permission, or no home directory
        return {}


def _find(
    folder: Path, authorities: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> dict[str, str]:
    present = {path.name for path in folder.iterdir()}
    found: dict[str, str] = {}
    if authority := next((name for name in authorities if name in present), None):
        found |= {"sslmode": "verify-full", "sslrootcert": str(folder / authority)}
    if pair := _find_pair(present, pairs):
        found |= {"sslcert": str(folder / pair[0]), "sslkey": str(folder / pair[1])}
    return found


def _find_pair(present: set[str], pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first complete pair, else the first incomplete one, which is then reported."""
    whole = [pair for pair in pairs if present.issuperset(pair)]
    halves = [pair for pair in pairs if present.intersection(pair)]
    return next(iter([*whole, *halves]), None)
