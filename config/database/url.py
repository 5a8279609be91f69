"""The text of DATABASE_URL → its parts, in any form that is in the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from config.database.encoding import decoded, decoded_credential
from config.database.errors import UNREADABLE, InvalidDatabaseURL
from config.database.hosts import DEFAULT_PORT, Address, is_socket, read_addresses, read_ports
from config.database.readings import read

# A driver's name behind the scheme is SQLAlchemy's, and says nothing to us.
SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.ASCII | re.IGNORECASE)
LONGEST = 8192


@dataclass(frozen=True, repr=False)
class DatabaseURL:
    """Where a database is and who asks. It has no repr of its own, since that would show secrets.

    `hosts` and `ports` go together; an empty port is the default one, and no host at all is libpq's
    default socket. `parameters` are libpq's.
    """

    user: str
    password: str
    hosts: tuple[str, ...]
    ports: tuple[str, ...]
    name: str
    parameters: Mapping[str, str]

    @property
    def is_local(self) -> bool:
        """By unix sockets alone, where TLS has no part."""
        return all(is_socket(host) for host in self.hosts) and "hostaddr" not in self.parameters


def parse_database_url(text: str) -> DatabaseURL:
    """`postgresql://user:password@host:port/name?parameter=value`. Raises InvalidDatabaseURL.

    The password may be percent-encoded or raw; white space around the whole does not count.
    """
    reading = read(_without_scheme(text.strip()))
    parameters = dict(reading.parameters)
    addresses = _addresses(parameters.pop("host", "")) or reading.addresses
    ports = read_ports(parameters.pop("port", "")) or [port for _host, port in addresses]
    if ports and len(ports) not in (1, len(addresses)):
        raise InvalidDatabaseURL("has more or fewer ports than hosts.")
    user = parameters.pop("user", "") or decoded_credential(reading.user)
    return DatabaseURL(
        user=user,
        password=parameters.pop("password", "") or decoded_credential(reading.password),
        hosts=tuple(host for host, _port in addresses if host),
        ports=_complete(ports),
        name=parameters.pop("dbname", "") or decoded(reading.name) or user,
        parameters=parameters,
    )


def _without_scheme(url: str) -> str:
    if url.startswith("$"):
        raise InvalidDatabaseURL("begins with a $: give the URL itself, no other variable's name.")
    scheme = SCHEME.match(url)
    if scheme is None:
        raise InvalidDatabaseURL("must begin with postgresql:// (Daybook runs on PostgreSQL).")
    if not url.isprintable() or len(url) > LONGEST:
        raise InvalidDatabaseURL(UNREADABLE)
    return url[scheme.end() :]


def _addresses(parameter: str) -> list[Address]:
    return [_address(part) for part in parameter.split(",")] if parameter else []


def _address(part: str) -> Address:
    """In `host=` a socket's folder stands as it is, and IPv6 without brackets."""
    bare = is_socket(part) or (part.count(":") > 1 and not part.startswith("["))
    return (part, "") if bare else read_addresses(part)[0]


def _complete(ports: list[str]) -> tuple[str, ...]:
    """None, or one for each host."""
    return tuple(port or DEFAULT_PORT for port in ports) if any(ports) else ()
