"""Parse DATABASE_URL: libpq does the parsing, this module accepts common forms that libpq refuses.

Those are a raw password, a driver's name in the scheme, `ssl=`, and a port in `host=`. A raw
password may contain any character, so every `@` may be the one before the host. The text after it
must have the form `hosts/name?parameters`. If several positions fit, the URL is refused, since the
password might be sent to the wrong host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

DEFAULT_PORT = "5432"
LONGEST = 8192
UNREADABLE = "can't be parsed: percent-encode the user and the password."
AMBIGUOUS = "can be parsed in two ways: percent-encode the user and the password."
# SQLAlchemy adds a driver's name to the scheme.
SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.ASCII | re.IGNORECASE)
PLACE = re.compile(r"(?P<hosts>[^/?#@\s]*)(?:/(?P<name>[^/?#\s]*))?(?:\?(?P<query>[^#]*))?")
USER = re.compile(r"[^/?#\[\]\s]*")
CODE = re.compile("%[0-9A-Fa-f]{2}")
# Encoders encode these, so a raw one shows that nothing in the password is encoded.
ENDING = frozenset("/?#[]@ ")
HOST_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
KEYWORDS = frozenset(option.keyword.decode() for option in Conninfo.get_defaults())
WHOLE_NUMBERS = ("connect_timeout", "keepalives", "tcp_user_timeout")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# asyncpg and SQLAlchemy call sslmode `ssl`, which may also be a boolean.
SSL_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1"), "require"),
    **dict.fromkeys(("false", "no", "off", "0"), "disable"),
}


class InvalidDatabaseURL(ValueError):
    """The URL is invalid; the message has the reason but no part of the URL."""


@dataclass(frozen=True, repr=False)
class DatabaseURL:
    """The parts of a URL. It has no generated repr, which would show secrets.

    `hosts` and `ports` have the same length; an empty port is the default one, and no host means
    libpq's default socket. `parameters` are libpq's.
    """

    user: str
    password: str
    hosts: tuple[str, ...]
    ports: tuple[str, ...]
    name: str
    parameters: Mapping[str, str]

    @property
    def is_local(self) -> bool:
        """Return whether all hosts are unix sockets, which don't use TLS."""
        return all(is_socket(host) for host in self.hosts) and "hostaddr" not in self.parameters


def parse_database_url(text: str) -> DatabaseURL:
    """Parse `postgresql://user:password@host:port/name?parameter=value`.

    The password may be percent-encoded or raw; surrounding white space is ignored. Raises
    InvalidDatabaseURL.
    """
    credential, values = _read(_without_scheme(text.strip()))
    user, _, password = credential.partition(":")
    values = _parse_with_libpq(f"{_encoded(user)}:{_encoded(password)}@") | values
    user = values.pop("user", "")
    return DatabaseURL(
        user=user,
        password=values.pop("password", ""),
        hosts=tuple(_list(values.pop("host", ""))),
        ports=tuple(port or DEFAULT_PORT for port in _list(values.pop("port", ""))),
        name=values.pop("dbname", "") or user,
        parameters=values,
    )


def is_socket(host: str) -> bool:
    """Return whether a host is a unix socket: empty, a folder, or with @ an abstract name."""
    return host[:1] in ("", "/", "@")


def _without_scheme(url: str) -> str:
    if url.startswith("$"):
        raise InvalidDatabaseURL(
            "begins with a $: set the URL itself, not the name of another variable."
        )
    scheme = SCHEME.match(url)
    if scheme is None:
        raise InvalidDatabaseURL("must begin with postgresql:// (Daybook runs on PostgreSQL).")
    if not url.isprintable() or len(url) > LONGEST:
        raise InvalidDatabaseURL(UNREADABLE)
    return url[scheme.end() :]


def _read(rest: str) -> tuple[str, dict[str, str]]:
    """Return the credentials as written and libpq's parameters, for the only `@` that fits."""
    found = []
    refusal = InvalidDatabaseURL(UNREADABLE)
    for cut in [-1, *(at for at, character in enumerate(rest) if character == "@")]:
        credential, place = rest[: max(cut, 0)], PLACE.fullmatch(rest, cut + 1)
        if place is None or not USER.fullmatch(credential.partition(":")[0]):
            refusal = InvalidDatabaseURL(UNREADABLE)
            continue
        try:
            found.append((credential, _read_place(place, may_name=cut >= 0)))
        except InvalidDatabaseURL as error:
            refusal = error
            continue
        # A name with a raw @ may be the end of a password, and names appear in messages.
        if len(found) > 1 or "@" in (place["name"] or ""):
            raise InvalidDatabaseURL(AMBIGUOUS)
    if not found:
        raise InvalidDatabaseURL(str(refusal))
    return found[0]


def _read_place(place: re.Match[str], *, may_name: bool) -> dict[str, str]:
    parameters = _parameters(place["query"] or "", may_name=may_name and place["name"] is not None)
    hosts = parameters.pop("host", [])
    authority = ",".join(map(_as_authority, hosts)) or place["hosts"]
    query = urlencode(parameters, doseq=True, quote_via=quote)
    values = _parse_with_libpq(f"{authority}/{place['name'] or ''}?{query}")
    for key, value in values.items():
        _check(key, value)
    if len(_list(values.get("port", ""))) not in (0, 1, len(_list(values.get("host", "")))):
        raise InvalidDatabaseURL("has more or fewer ports than hosts.")
    return values


def _parameters(query: str, *, may_name: bool) -> dict[str, list[str]]:
    """Return the parameters by libpq's names; only `host` may be repeated.

    `may_name`: an unknown name can't be a misplaced part of the password, so it may be shown.
    """
    parameters: dict[str, list[str]] = {}
    try:  # keeps a + as it is
        pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise InvalidDatabaseURL(UNREADABLE) from None
    for name, value in pairs:
        key, value = ("sslmode", SSL_WORDS.get(value, value)) if name == "ssl" else (name, value)
        if key not in KEYWORDS:
            known = f": {name}" if may_name and re.fullmatch("[A-Za-z_]{1,40}", name) else ""
            raise InvalidDatabaseURL(f"has a parameter that libpq does not know{known}.")
        if key in parameters and key != "host":
            raise InvalidDatabaseURL(f"has {key} twice.")
        parameters.setdefault(key, []).extend(_list(value) if key == "host" else [value])
    return parameters


def _as_authority(host: str) -> str:
    """Return a host of `host=` in the form for the authority, where it may have a port."""
    if is_socket(host):
        return quote(host, safe="")
    is_bare_ipv6 = host.count(":") > 1 and not host.startswith("[")
    return f"[{host}]" if is_bare_ipv6 else quote(host, safe=":[]")


def _parse_with_libpq(rest: str) -> dict[str, str]:
    """Parse with libpq. Its own error messages quote the URL, so they are replaced."""
    try:
        return {key: str(value) for key, value in conninfo_to_dict(f"postgresql://{rest}").items()}
    except (psycopg.Error, UnicodeError):
        raise InvalidDatabaseURL(UNREADABLE) from None


def _encoded(text: str) -> str:
    """Return a user or a password, encoded or raw, in percent-encoded form.

    It is raw if no `%` in it begins a code, and encoded if each one does and it contains no
    character that an encoder would have encoded. Anything else is ambiguous and refused.
    """
    codes = len(CODE.findall(text))
    if not codes:
        return quote(text, safe="")
    if codes < text.count("%") or ENDING.intersection(text):
        raise InvalidDatabaseURL(AMBIGUOUS)
    return text


def _check(key: str, value: str) -> None:
    """Check at start-up what libpq would refuse at the first connection."""
    if key == "host" and not all(map(_is_host, _list(value))):
        raise InvalidDatabaseURL(
            "has an invalid host name: percent-encode the user, the password and a socket's path."
        )
    if key == "port" and not all(map(_is_port, _list(value))):
        raise InvalidDatabaseURL("has a port that is not a number from 1 to 65535.")
    if key == "sslmode" and value not in SSL_MODES:
        raise InvalidDatabaseURL(f"has an unknown sslmode; it is one of: {', '.join(SSL_MODES)}.")
    if key.startswith(WHOLE_NUMBERS) and not re.fullmatch("[0-9]{1,9}", value):
        raise InvalidDatabaseURL(f"has a {key} that is not a whole number.")


def _is_host(host: str) -> bool:
    if ":" not in host or is_socket(host):
        return bool(host and (is_socket(host) or HOST_NAME.fullmatch(host)))
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def _is_port(port: str) -> bool:
    return not port or bool(re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65_536)


def _list(value: str) -> list[str]:
    return value.split(",") if value else []
