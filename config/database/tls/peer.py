"""The certificate that a server shows. We read it ourselves: libpq says too little of its faults.

PostgreSQL and pgbouncer begin TLS alike, with an SSLRequest:
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
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
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: dates are examined apart
ALPN = "postgresql"


@dataclass(frozen=True)
class Target:
    """A server: `address` is where to connect, `host` the name that its certificate is for."""

    host: str
    address: str
    port: int


@dataclass(frozen=True)
class Peer:
    """Who answered. `is_trusted` says whether its certificate comes from the CA in use, whatever
    its dates and names; None: there is no CA to tell by."""

    host: str
    port: int
    protocol: str
    cipher: str
    certificate: x509.Certificate
    is_trusted: bool | None


def ask_peer(target: Target, options: Mapping[str, Any]) -> Peer | None:
    """None: the server offers no TLS. Raises OSError, which ssl.SSLError is too."""
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
    """What of the shown certificate libpq refuses in this sslmode, or ought to."""
    whose = f"The certificate of {peer.host}:{peer.port}"
    yield from examine_times(whose, peer.certificate, now)
    if peer.is_trusted is False:
        yield fault(
            "tls-wrong-authority",
            f"{whose} was not issued by {options.get('sslrootcert')}"
            f" but by {peer.certificate.issuer.rfc4514_string()}.",
            "Put the CA there that issued it, or find out who answers in the server's place.",
        )
    if not _matches(peer.host, peer.certificate):
        names = ", ".join(_names(peer.certificate)) or subject_of(peer.certificate)
        severity = fault if options.get("sslmode") == "verify-full" else warning
        yield severity(
            "tls-wrong-host",
            f"{whose} is for {names}.",
            "Use a host that it names in DATABASE_URL, or have one made for this host.",
        )


def _handshake(
    target: Target, options: Mapping[str, Any], context: ssl.SSLContext
) -> tuple[bytes, str, str] | None:
    """(certificate in DER, protocol, cipher)."""
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
        with suppress(OSError):  # told by the examination of files
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
    """As libpq compares: an address as it is, a name without case, a `*` for one first label."""
    names = _names(certificate)
    with suppress(ValueError):
        return str(ipaddress.ip_address(host)) in names
    wanted = host.lower().rstrip(".")
    wild = "*." + wanted.partition(".")[2]
    return any(name.lower() in (wanted, wild) for name in names)
