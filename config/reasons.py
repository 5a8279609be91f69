"""Why a server could not be reached, and what to do, in words that may be shown."""

from __future__ import annotations

# Of a driver's error: these hold no address and no password.
KNOWN_REASONS = (
    "Connection refused",
    "Name or service not known",
    "No route to host",
    "No such file or directory",
    "authentication failed",
    "certificate has expired",
    "certificate required",
    "certificate verify failed",
    "client certificate",
    "does not exist",
    "does not match host name",
    "group or world access",
    "invalid response to SSL negotiation",
    "invalid username-password pair",
    "no pg_hba.conf entry",
    "no such database",
    "no such user",
    "query_wait_timeout",
    "remaining connection slots are reserved",
    "root certificate file",
    "server does not support SSL",
    "server login has been failing",
    "timeout expired",
    "too many clients",
    "too many connections",
    "unknown ca",
    "unsupported startup parameter",
)


# pgbouncer's answer to start-up options, which Daybook sends to a server alone.
OF_A_POOLER = "unsupported startup parameter"


def reason_of(error: Exception) -> str:
    """The part of it that we know."""
    text = str(error)
    return next((reason for reason in KNOWN_REASONS if reason in text), "it did not let us in")


def advice_for(error: Exception, name: str) -> str:
    """What to do about it; `name` is the variable that leads there."""
    if OF_A_POOLER in str(error):
        return "a connection pooler answers there, so set DATABASE_POOLER=pgbouncer."
    return f"check that it runs and that {name} is right."
