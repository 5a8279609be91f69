"""A certificate authority for tests, and the certificates that it issues."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
YEAR = 365 * DAY


@dataclass(frozen=True)
class Issued:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self, password: str = "") -> bytes:
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    def write(self, folder: Path, certificate: str, key: str) -> dict[str, str]:
        """Write certificate and key; return their paths as libpq's sslcert and sslkey."""
        paths = {"sslcert": folder / certificate, "sslkey": folder / key}
        paths["sslcert"].write_bytes(self.pem)
        paths["sslkey"].touch(mode=0o600)
        paths["sslkey"].write_bytes(self.key_pem())
        return {name: str(path) for name, path in paths.items()}


class Authority:
    def __init__(self, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, name, key.public_key(), -DAY, YEAR)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        self.name = name
        self.own = Issued(builder.add_extension(constraints, True).sign(key, SHA256()), key)

    def issue(self, name: str, *, begins: timedelta = -DAY, ends: timedelta = YEAR // 2) -> Issued:
        """Issue a certificate for a host or a client; `begins` and `ends` are relative to now."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self.name, key.public_key(), begins, ends)
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name)]), False)
        return Issued(builder.sign(self.own.key, SHA256()), key)

    def write(self, path: Path) -> str:
        path.write_bytes(self.own.pem)
        return str(path)


def _builder(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePublicKey,
    begins: timedelta,
    ends: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
