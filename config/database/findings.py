"""The findings of a database examination, worded for an administrator: the problem and its fix."""

from __future__ import annotations

import enum
from dataclasses import dataclass

# Texts in a driver's errors that contain no address and no password.
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

# pgbouncer's error for startup options, which Daybook sends to PostgreSQL only.
POOLER_ERROR = "unsupported startup parameter"


class Level(enum.StrEnum):
    FAULT = "fault"  # it doesn't work, or isn't secure
    WARNING = "warning"  # it works, but may fail later
    NOTE = "note"  # for information


@dataclass(frozen=True)
class Finding:
    """One finding. `code` is stable and for programs. No text contains a secret."""

    level: Level
    code: str
    what: str
    fix: str = ""


class Found(Exception):
    """An examination can't continue after this finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


def fault(code: str, what: str, fix: str) -> Finding:
    return Finding(Level.FAULT, code, what, fix)


def warning(code: str, what: str, fix: str) -> Finding:
    return Finding(Level.WARNING, code, what, fix)


def note(code: str, what: str) -> Finding:
    return Finding(Level.NOTE, code, what)


def reason_of(error: Exception) -> str:
    """Return the known part of an error's text."""
    text = str(error)
    return next((reason for reason in KNOWN_REASONS if reason in text), "unknown reason")


def advice_for(error: Exception, name: str) -> str:
    """Return what to do about an error; `name` is the variable that holds the URL."""
    if POOLER_ERROR in str(error):
        return "a connection pooler answered, so set DATABASE_POOLER=pgbouncer."
    return f"check that it is running and that {name} is correct."
