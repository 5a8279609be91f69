"""The TLS certificate that a database server presents, read and examined without libpq.

libpq reports too little about a certificate's faults. PostgreSQL and pgbouncer both begin TLS with
an SSLRequest: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509

from config.database.findings import Finding, fault, warning
from config.database.tls.files import SYSTEM, examine_times, subject_of

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
TIMEOUT_SECONDS = 5.0
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: dates are examined separately
ALPN = "postgresql"


@dataclass(frozen=True)
class Target:
    """A server: `address` is where to connect, `host` the name that its certificate must have."""

    host: str
    address: str
    port: int


@dataclass(frozen=True)
class Peer:
    """The server that answered.

    `is_trusted` tells whether its certificate was issued by the CA in use, whatever its dates and
    names; None if there is no CA to verify with.
    """

    host: str
    port: int
    protocol: str
    cipher: str
    certificate: x509.Certificate
    is_trusted: bool | None


def ask_peer(target: Target, options: Mapping[str, Any]) -> Peer | None:
    """Return the server's certificate and TLS session, or None if it offers no TLS.

    Raises OSError, which includes ssl.SSLError.
    """
    session = _handshake(target, options, _context(options, verify=False))
    if session is None:
        return None
    shown, protocol, cipher = session
    return Peer(
        host=target.host,
        port=target.port,
        protocol=protocol,
        cipher=cipher,
        certificate=x509.load_der_x509_certificate(shown),
        is_trusted=_is_trusted(target, options),
    )


def examine_peer(peer: Peer, options: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Yield the faults of the certificate that libpq refuses in this sslmode, or ought to."""
    whose = f"The certificate of {peer.host}:{peer.port}"
    yield from examine_times(whose, peer.certificate, now)
    if peer.is_trusted is False:
        yield fault(
            "tls-wrong-authority",
            f"{whose} was not issued by {options.get('sslrootcert')}"
            f" but by {peer.certificate.issuer.rfc4514_string()}.",
            "Use the CA that issued it, or find out which server answers at this address.",
        )
    if not _matches(peer.host, peer.certificate):
        names = ", ".join(_names(peer.certificate)) or subject_of(peer.certificate)
        severity = fault if options.get("sslmode") == "verify-full" else warning
        yield severity(
            "tls-wrong-host",
            f"{whose} is for {names}.",
            "Use one of these names as the host in DATABASE_URL, or have a certificate issued"
            " for this host.",
        )


def _handshake(
    target: Target, options: Mapping[str, Any], context: ssl.SSLContext
) -> tuple[bytes, str, str] | None:
    """Return (certificate in DER, protocol, cipher), or None if the server offers no TLS."""
    with socket.create_connection((target.address, target.port), TIMEOUT_SECONDS) as plain:
        if options.get("sslnegotiation") != "direct":
            plain.sendall(SSL_REQUEST)
            if plain.recv(1) != b"S":
                return None
        with context.wrap_socket(plain, server_hostname=target.host) as secured:
            shown = secured.getpeercert(binary_form=True) or b""
            cipher = secured.cipher() or ("",)
            return shown, secured.version() or "", cipher[0]


def _context(options: Mapping[str, Any], *, verify: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    context.verify_flags |= NO_CHECK_TIME
    context.set_alpn_protocols([ALPN])
    if verify and options["sslrootcert"] == SYSTEM:
        context.load_default_certs()
    elif verify:
        context.load_verify_locations(options["sslrootcert"])
    if "sslcert" in options and "sslkey" in options:
        with suppress(OSError):  # reported by the examination of files
            password = str(options.get("sslpassword", ""))
            context.load_cert_chain(options["sslcert"], options["sslkey"], lambda: password)
    return context


def _is_trusted(target: Target, options: Mapping[str, Any]) -> bool | None:
    if not options.get("sslrootcert"):
        return None
    try:
        context = _context(options, verify=True)
    except OSError:
        return None
    try:
        return _handshake(target, options, context) is not None
    except ssl.SSLCertVerificationError:
        return False


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(attribute.value) for attribute in common]
    addresses = found.get_values_for_type(x509.IPAddress)
    return [*found.get_values_for_type(x509.DNSName), *map(str, addresses)]


def _matches(host: str, certificate: x509.Certificate) -> bool:
    """Compare like libpq: an address exactly, a name without case, a `*` for one first label."""
    names = _names(certificate)
    with suppress(ValueError):
        return str(ipaddress.ip_address(host)) in names
    wanted = host.lower().rstrip(".")
    wild = "*." + wanted.partition(".")[2]
    return any(name.lower() in (wanted, wild) for name in names)
