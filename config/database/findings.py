"""What an examination found, in words for an operator: what is so, and how to mend it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

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


class Level(enum.StrEnum):
    FAULT = "fault"  # it does not work, or protects nobody
    WARNING = "warning"  # it works, and will not always
    NOTE = "note"  # worth knowing, nothing to do


@dataclass(frozen=True)
class Finding:
    """`code` is stable and for programs. No text of it holds a secret."""

    level: Level
    code: str
    what: str
    mend: str = ""


class Found(Exception):
    """Ends an examination that cannot go on."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


def fault(code: str, what: str, mend: str) -> Finding:
    return Finding(Level.FAULT, code, what, mend)


def warning(code: str, what: str, mend: str) -> Finding:
    return Finding(Level.WARNING, code, what, mend)


def note(code: str, what: str) -> Finding:
    return Finding(Level.NOTE, code, what)


def reason_of(error: Exception) -> str:
    """The part of it that we know."""
    text = str(error)
    return next((reason for reason in KNOWN_REASONS if reason in text), "it did not let us in")


def advice_for(error: Exception, name: str) -> str:
    """What to do about it; `name` is the variable that leads there."""
    if OF_A_POOLER in str(error):
        return "a connection pooler answers there, so set DATABASE_POOLER=pgbouncer."
    return f"check that it runs and that {name} is right."
