"""DATABASE_URL → a Django DATABASES entry. Pure: nothing here opens a connection or a file.

No message of this module holds the URL or a part of its password.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

SCHEMES = frozenset({"postgres", "postgresql"})
SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
# libpq's connection parameters that an operator may give in the URL.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
PASSED_ON = frozenset(
    {
        "application_name", "connect_timeout", "channel_binding", "gssencmode", "hostaddr",
        "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
        "load_balance_hosts", "passfile", "require_auth", "service", "sslcert", "sslcrl",
        "sslcrldir", "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert",
        "target_session_attrs", "tcp_user_timeout",
    }
)  # fmt: skip
CONNECT_TIMEOUT_SECONDS = "5"
UNREADABLE = "cannot be read: percent-encode the user and the password."


class InvalidDatabaseURL(ValueError):
    """The URL cannot be used; the message says why without quoting it."""


def parse_database_url(url: str) -> dict[str, Any]:
    """A DATABASES entry for `postgresql://user:password@host:port/name?parameter=value`.

    `host` may be a parameter (a unix socket's folder). Raises InvalidDatabaseURL.
    """
    parts = _split(url)
    parameters = _parameters(parts)
    user = _decoded(parts.username)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _decoded(parts.path.removeprefix("/")) or user,
        "USER": user,
        "PASSWORD": _decoded(parts.password),
        "HOST": parameters.pop("host", "") or _decoded(_host(parts)),
        "PORT": _port(parameters.pop("port", "") or str(parts.port or "")),
        "OPTIONS": _options(parameters, may_name="@" in parts.netloc),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _split(url: str) -> SplitResult:
    if not url.strip().isprintable():  # urlsplit would leave line breaks and tabs out
        raise InvalidDatabaseURL(UNREADABLE)
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - urlsplit checks the port only when it is asked for
    except ValueError:
        raise InvalidDatabaseURL(UNREADABLE) from None
    if parts.scheme.partition("+")[0] not in SCHEMES:
        raise InvalidDatabaseURL("must begin with postgresql:// (Daybook runs on PostgreSQL).")
    # A raw /, ? or # in the password ends the host too early, and leaves its @ behind.
    if parts.fragment or "@" in parts.path + parts.query:
        raise InvalidDatabaseURL(UNREADABLE)
    return parts


def _decoded(text: str | None) -> str:
    try:
        decoded = unquote(text or "", errors="strict")
    except UnicodeDecodeError:
        raise InvalidDatabaseURL(UNREADABLE) from None
    if "\0" in decoded:
        raise InvalidDatabaseURL("holds a NUL, which PostgreSQL takes nowhere.")
    return decoded


def _host(parts: SplitResult) -> str:
    """As it was written: `hostname` is in lower case, and a socket's folder may not be."""
    host = parts.netloc.rpartition("@")[2]
    return (parts.hostname or "") if host.startswith("[") else host.partition(":")[0]


def _port(text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise InvalidDatabaseURL("has a port that is not a number from 1 to 65535.")
    return text


def _parameters(parts: SplitResult) -> dict[str, str]:
    """Each by libpq's name for it: `ssl` is what asyncpg calls sslmode."""
    parameters: dict[str, str] = {}
    for pair in filter(None, parts.query.split("&")):
        name, value = (_decoded(half) for half in pair.partition("=")[::2])
        key = "sslmode" if name == "ssl" else name
        if key in parameters:
            raise InvalidDatabaseURL("says a parameter twice.")
        parameters[key] = value
    return parameters


def _options(parameters: Mapping[str, str], *, may_name: bool) -> dict[str, str]:
    """Without a user in the URL an unknown name may be a password that lost its way."""
    options = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    for key, value in parameters.items():
        if key not in PASSED_ON:
            known = f": {key[:40]}" if may_name and key.isidentifier() else ""
            raise InvalidDatabaseURL(f"has a parameter that libpq does not know{known}.")
        if key == "sslmode" and value not in SSL_MODES:
            modes = ", ".join(sorted(SSL_MODES))
            raise InvalidDatabaseURL(f"has an unknown sslmode; it is one of: {modes}.")
        options[key] = value
    return options
