"""DATABASE_URL → a Django DATABASES entry. Pure: nothing here opens a connection or a file.

No message of this module holds the URL or a part of its password.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

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


class InvalidDatabaseURL(ValueError):
    """The URL cannot be used; the message says why without quoting it."""


def parse_database_url(url: str) -> dict[str, Any]:
    """A DATABASES entry for `postgresql://user:password@host:port/name?parameter=value`.

    `host` may be a parameter (a unix socket's folder). Raises InvalidDatabaseURL.
    """
    parts = _split(url)
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = parameters.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")) or unquote(parts.username or ""),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": parameters.pop("port", None) or str(parts.port or ""),
        "OPTIONS": _options(parameters),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _split(url: str) -> Any:
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - urlsplit checks the port only when it is asked for
    except ValueError:
        raise InvalidDatabaseURL("cannot be read: percent-encode the password.") from None
    if parts.scheme.partition("+")[0] not in SCHEMES:
        raise InvalidDatabaseURL("must begin with postgresql:// (Daybook runs on PostgreSQL).")
    return parts


def _options(parameters: Mapping[str, str]) -> dict[str, str]:
    options = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    for name, value in parameters.items():
        key = "sslmode" if name == "ssl" else name
        if key not in PASSED_ON:
            raise InvalidDatabaseURL(f"has a parameter that libpq does not know: {key[:40]}.")
        if key == "sslmode" and value not in SSL_MODES:
            modes = ", ".join(sorted(SSL_MODES))
            raise InvalidDatabaseURL(f"has an unknown sslmode; it is one of: {modes}.")
        options[key] = value
    return options
