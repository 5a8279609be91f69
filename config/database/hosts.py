"""The hosts of a URL: names, IPv4, IPv6 in brackets, folders of unix sockets; several by commas."""

from __future__ import annotations

import ipaddress
import re

from config.database.encoding import decoded
from config.database.errors import InvalidDatabaseURL

NAME = re.compile(r"\w[\w.-]*", re.ASCII)
PORT = re.compile("[0-9]{1,5}")
DEFAULT_PORT = "5432"

Address = tuple[str, str]


def read_addresses(text: str) -> list[Address]:
    """Each host with its port, "" where none is said, of `host:port,[::1]:port,%2Fsocket`."""
    addresses = [_address(part) for part in text.split(",")] if text else []
    if len(addresses) > 1 and not all(host for host, _port in addresses):
        raise InvalidDatabaseURL("has several hosts, of which one is empty.")
    return addresses


def read_ports(text: str) -> list[str]:
    """The ports of libpq's comma list."""
    return [_port(part) for part in text.split(",")] if text else []


def is_socket(host: str) -> bool:
    """A unix socket: its folder, or with @ a name without a file. No host is one too."""
    return host[:1] in ("", "/", "@")


def _address(part: str) -> Address:
    host, colon, port = part.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = part, ""
    return _host(host), _port(port)


def _host(text: str) -> str:
    if text.startswith("[") and text.endswith("]"):
        return _ipv6(decoded(text[1:-1]))
    host = decoded(text)
    if is_socket(host) or NAME.fullmatch(host):
        return host
    raise InvalidDatabaseURL(
        "has a host that is no name: percent-encode the user, the password and a socket's path."
    )


def _ipv6(text: str) -> str:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        raise InvalidDatabaseURL("has brackets around what is no IPv6 address.") from None
    return text


def _port(text: str) -> str:
    if text and not (PORT.fullmatch(text) and 0 < int(text) < 65_536):
        raise InvalidDatabaseURL("has a port that is not a number from 1 to 65535.")
    return text
