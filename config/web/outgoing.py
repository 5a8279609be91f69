"""Requests to addresses that a user gives: only to public ones, also when their name changes.

The name is resolved once, when the connection is opened; all of its addresses are checked, and the
socket is opened to a checked one. So a name that first leads to a public and then to a private
address (DNS rebinding) is refused, and so are redirects, which are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from config.environment import Network
from config.workers import cut_after

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5, 10, 20
LONGEST_ANSWER = 16 * 1024
LONGEST_URL = 2_000
# Addresses that embed an IPv4 address, which may be a private one (RFC 6052, RFC 3056, RFC 4380).
_EMBEDDING = tuple(
    ipaddress.IPv6Network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


class AddressRefused(HTTPError):
    """The address isn't public, or isn't one at all. A retry won't change that."""


class NoAnswer(Exception):
    """No complete answer arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Any
    body: bytes


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Return whether the address is public, or in one of the networks."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if any(address in network for network in allowed):
        return True
    if any(address in network for network in _EMBEDDING):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def check_url(url: str, allowed: Sequence[Network]) -> None:
    """Raise AddressRefused unless it is an https URL of a public host.

    A host in one of the `allowed` networks, named by its address, may do without https.
    """
    parts = _parts(url)
    literal = _literal(parts.hostname or "")
    is_listed = literal is not None and any(literal in network for network in allowed)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_listed):
        raise AddressRefused("not https")
    if literal is not None and not is_allowed(literal, allowed):
        raise AddressRefused("not a public address")
    if literal is None and "." not in (parts.hostname or ""):
        raise AddressRefused("not a public name")


def _parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - urlsplit checks the port only when it is read
    except ValueError:
        raise AddressRefused("not a URL") from None
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    if not parts.hostname or not is_plain or "@" in parts.netloc:
        raise AddressRefused("not a URL")
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def post(url: str, *, headers: dict[str, str], body: bytes, allowed: Sequence[Network]) -> Answer:
    """Send one request. Raises AddressRefused; NoAnswer within WHOLE_SECONDS."""
    check_url(url, allowed)
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    pool_class = _GuardedTLSPool if is_tls else _GuardedPool
    timeout = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    port = parts.port or (443 if is_tls else 80)
    sockets: list[socket.socket] = []
    cut = threading.Event()
    guard = {"allowed": tuple(allowed), "opened": sockets}
    pool = pool_class(str(parts.hostname), port, timeout=timeout, maxsize=1, guard=guard)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        with cut_after(WHOLE_SECONDS, lambda: _shut(sockets, cut)):
            response = pool.urlopen(
                "POST", path, body=body, headers=headers, redirect=False, retries=False,
                preload_content=False, assert_same_host=False,
            )  # fmt: skip
            content = response.read(LONGEST_ANSWER, decode_content=False)
            response.close()
    except AddressRefused:
        raise
    except (HTTPError, OSError) as error:
        raise NoAnswer(type(error).__name__) from None
    finally:
        pool.close()
    if cut.is_set():  # http.client accepts a truncated head
        raise NoAnswer("it took too long")
    return Answer(response.status, response.headers, content)


def _shut(sockets: list[socket.socket], cut: threading.Event) -> None:
    cut.set()
    for each in sockets:
        with suppress(OSError):  # closed already
            each.shutdown(socket.SHUT_RDWR)


def _open(connection: HTTPConnection, guard: dict[str, Any]) -> socket.socket:
    """Connect to a checked address of the connection's host."""
    try:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoAnswer("the name can't be resolved") from None
    for *_kind, place in found:
        if not is_allowed(ipaddress.ip_address(str(place[0]).partition("%")[0]), guard["allowed"]):
            raise AddressRefused("not a public address")
    for family, kind, protocol, _name, place in found:
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(CONNECT_SECONDS)
        guard["opened"].append(opened)
        try:
            opened.connect(place)
        except OSError:
            opened.close()
        else:
            return opened
    raise NoAnswer("no address answers")


class _GuardedConnection(HTTPConnection):
    def __init__(self, *arguments: Any, guard: dict[str, Any], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.guard = guard

    def _new_conn(self) -> socket.socket:
        return _open(self, self.guard)


class _GuardedTLSConnection(HTTPSConnection):
    def __init__(self, *arguments: Any, guard: dict[str, Any], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.guard = guard

    def _new_conn(self) -> socket.socket:
        return _open(self, self.guard)


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLSConnection
