"""What an examination found, in words for an operator: what is so, and how to mend it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


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
