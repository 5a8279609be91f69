"""The text of DATABASE_URL → its parts, in any form that is in the field.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS

Every `@` may be the one before the host, and there may be none. What stands behind it must read
as `hosts/name?parameters`, of which hosts and parameters have strict forms; what stands before it
as `user:password`, of which the password alone may hold anything. Where exactly one place fits, it
is that one: for raw passwords it is the last `@` before the host. Where several fit, the URL is
refused, since the password would go to a host that may not be meant.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

UNREADABLE = "cannot be read: percent-encode the user and the password."
AMBIGUOUS = "can be read in two ways: percent-encode the user and the password."
CODE = re.compile("%[0-9A-Fa-f]{2}")

# Whoever encodes a password encodes these: raw, they show that nothing in it is encoded.
ENDING = frozenset("/?#[]@ ")
NAME = re.compile(r"\w[\w.-]*", re.ASCII)
PORT = re.compile("[0-9]{1,5}")
DEFAULT_PORT = "5432"
Address = tuple[str, str]

# What stands elsewhere in the URL too; as in libpq, the parameter wins.
OF_THE_URL = frozenset({"user", "password", "dbname", "host", "port"})
WHOLE_NUMBERS = frozenset(
    {
        "connect_timeout", "keepalives", "keepalives_count", "keepalives_idle",
        "keepalives_interval", "tcp_user_timeout",
    }
)  # fmt: skip
PASSED_ON = WHOLE_NUMBERS | {
    "application_name", "channel_binding", "gssencmode", "hostaddr", "load_balance_hosts",
    "options", "passfile", "require_auth", "service", "sslcert", "sslcrl", "sslcrldir", "sslkey",
    "ssl_max_protocol_version", "ssl_min_protocol_version", "sslmode", "sslnegotiation",
    "sslpassword", "sslrootcert", "target_session_attrs",
}  # fmt: skip
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

# `ssl` is asyncpg's and SQLAlchemy's name for sslmode, and may be a plain yes or no.
SSL_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1"), "require"),
    **dict.fromkeys(("false", "no", "off", "0"), "disable"),
}
PLACE = re.compile(r"(?P<hosts>[^/?#@\s]*)(?:/(?P<name>[^/?#\s]*))?(?:\?(?P<query>[^#]*))?")
USER = re.compile(r"[^/?#\[\]\s]*")

# A driver's name behind the scheme is SQLAlchemy's, and says nothing to us.
SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.ASCII | re.IGNORECASE)
LONGEST = 8192


class InvalidDatabaseURL(ValueError):
    """The URL cannot be used; the message says why without quoting it."""


def decoded(text: str) -> str:
    """What percent-encoded text stands for. A `+` is a plus."""
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidDatabaseURL(UNREADABLE) from None
    if "\0" in plain:
        raise InvalidDatabaseURL("holds a NUL, which PostgreSQL takes nowhere.")
    return plain


def decoded_credential(text: str) -> str:
    """A user or a password, encoded or raw.

    It is raw when no `%` in it begins a code, and encoded when each does and nothing stands in
    it that an encoder would have encoded. Anything else could be meant either way, and is refused.
    """
    codes = len(CODE.findall(text))
    if not codes:
        return text
    if codes < text.count("%") or ENDING.intersection(text):
        raise InvalidDatabaseURL(AMBIGUOUS)
    return decoded(text)


def read_addresses(text: str) -> list[Address]:
    """Each host with its port, "" where none is said, of `host:port,[::1]:port,%2Fsocket`."""
    addresses = [_read_address(part) for part in text.split(",")] if text else []
    if len(addresses) > 1 and not all(host for host, _port in addresses):
        raise InvalidDatabaseURL("has several hosts, of which one is empty.")
    return addresses


def read_ports(text: str) -> list[str]:
    """The ports of libpq's comma list."""
    return [_port(part) for part in text.split(",")] if text else []


def is_socket(host: str) -> bool:
    """A unix socket: its folder, or with @ a name without a file. No host is one too."""
    return host[:1] in ("", "/", "@")


def _read_address(part: str) -> Address:
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


def read_parameters(query: str, *, may_name: bool) -> dict[str, str]:
    """Each by libpq's name for it. Several hosts become one list.

    `may_name`: an unknown name cannot be a password that lost its way, so it may be told.
    """
    parameters: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, value = (decoded(half) for half in pair.partition("=")[::2])
        key = _known(name, may_name=may_name)
        if key == "host" and key in parameters:
            value = f"{parameters.pop(key)},{value}"
        if key in parameters:
            raise InvalidDatabaseURL(f"says {key} twice.")
        parameters[key] = _checked(key, SSL_WORDS.get(value, value) if name == "ssl" else value)
    return parameters


def _known(name: str, *, may_name: bool) -> str:
    key = "sslmode" if name == "ssl" else name
    if key in PASSED_ON | OF_THE_URL:
        return key
    known = f": {name}" if may_name and re.fullmatch("[A-Za-z_]{1,40}", name) else ""
    raise InvalidDatabaseURL(f"has a parameter that libpq does not know{known}.")


def _checked(key: str, value: str) -> str:
    if key == "sslmode" and value not in SSL_MODES:
        raise InvalidDatabaseURL(f"has an unknown sslmode; it is one of: {', '.join(SSL_MODES)}.")
    if key in WHOLE_NUMBERS and not re.fullmatch("[0-9]{1,9}", value):
        raise InvalidDatabaseURL(f"has a {key} that is not a whole number.")
    return value


@dataclass(frozen=True, repr=False)
class Reading:
    """The parts of a URL; user, password and name as they were written."""

    user: str
    password: str
    addresses: list[Address]
    name: str
    parameters: dict[str, str]


def read(rest: str) -> Reading:
    """The one reading of what follows the `//`. Raises InvalidDatabaseURL."""
    found = []
    refusal = InvalidDatabaseURL(UNREADABLE)
    for cut in [-1, *(at for at, character in enumerate(rest) if character == "@")]:
        try:
            found.append(_read_at(rest, cut))
        except InvalidDatabaseURL as error:
            refusal = error
    if not found:
        raise InvalidDatabaseURL(str(refusal))
    # A name with a raw @ may be the end of a password, and a name may be shown.
    if len(found) > 1 or "@" in found[0].name:
        raise InvalidDatabaseURL(AMBIGUOUS)
    return found[0]


def _read_at(rest: str, cut: int) -> Reading:
    """With the host beginning behind `cut`; -1: no user is named."""
    user, _, password = rest[: max(cut, 0)].partition(":")
    place = PLACE.fullmatch(rest, cut + 1)
    if place is None or not USER.fullmatch(user):
        raise InvalidDatabaseURL(UNREADABLE)
    return Reading(
        user=user,
        password=password,
        addresses=read_addresses(place["hosts"]),
        name=place["name"] or "",
        parameters=read_parameters(
            place["query"] or "", may_name=cut >= 0 and place["name"] is not None
        ),
    )


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
