"""The parameters behind a URL's `?`, by libpq's names for them.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""

from __future__ import annotations

import re

from config.database.encoding import decoded
from config.database.errors import InvalidDatabaseURL

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
