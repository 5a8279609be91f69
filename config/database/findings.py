"""Findings of an examination, with fixes, and how a report shows them."""

from __future__ import annotations

import enum
import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

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
Paint = Callable[[str, int], str]
GREEN, BOLD, FAINT = 32, 1, 2
LABEL_WIDTH = 16
LINE_WIDTH = 96
UNWRAPPED = 1_000_000
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


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


MARKS = {Level.FAULT: "✗", Level.WARNING: "!", Level.NOTE: "·"}


COLOURS = {Level.FAULT: 31, Level.WARNING: 33, Level.NOTE: 2}  # red, yellow, faint (ECMA-48, SGR)


@dataclass
class Section:
    """A part of the examination. `facts` are (label, value) in display order."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def has_fault(sections: Sequence[Section]) -> bool:
    return any(f.level is Level.FAULT for section in sections for f in section.findings)


def as_json(sections: Sequence[Section]) -> str:
    """Return {ok, sections: [{title, facts: {label: value}, findings: [finding]}]} as JSON.

    A finding is {level, code, what, mend}.
    """
    shown = [
        {
            "title": section.title,
            "facts": dict(section.facts),
            "findings": [_fields(finding) for finding in section.findings],
        }
        for section in sections
    ]
    return json.dumps({"ok": not has_fault(sections), "sections": shown}, indent=2)


def _fields(finding: Finding) -> dict[str, str]:
    """Return the published form of a finding, in which the fix has the name `mend`."""
    return {
        "level": finding.level,
        "code": finding.code,
        "what": finding.what,
        "mend": finding.fix,
    }


def as_text(sections: Sequence[Section], *, coloured: bool) -> str:
    """Return the report as text, wrapped for a terminal; elsewhere a sentence is one line."""
    paint = _painted if coloured else _plain
    width = LINE_WIDTH if coloured else UNWRAPPED
    lines = [line for section in sections for line in _section(section, paint, width)]
    return "\n".join([*lines, _summary(sections, paint), ""])


def _section(section: Section, paint: Paint, width: int) -> Iterator[str]:
    yield paint(section.title, BOLD)
    for label, value in section.facts:
        yield f"  {paint(f'{label:<{LABEL_WIDTH}}', FAINT)} {_printable(value)}"
    for finding in section.findings:
        mark = paint(MARKS[finding.level], COLOURS[finding.level])
        yield from _marked(mark, finding.what, 2, width)
        if finding.fix:
            yield from _marked(paint("→", FAINT), finding.fix, 4, width)
    yield ""


def _marked(mark: str, text: str, indent: int, width: int) -> Iterator[str]:
    """Yield a paragraph with a hanging indent after its mark, whose escape codes have no width."""
    first, *others = textwrap.wrap(
        _printable(text), width - indent - 2, break_long_words=False, break_on_hyphens=False
    )
    yield f"{'':{indent}}{mark} {first}"
    yield from (f"{'':{indent + 2}}{line}" for line in others)


def _printable(text: str) -> str:
    """Replace control characters: a certificate's names are untrusted, and terminals obey them."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _summary(sections: Sequence[Section], paint: Paint) -> str:
    levels = [finding.level for section in sections for finding in section.findings]
    faults, warnings = levels.count(Level.FAULT), levels.count(Level.WARNING)
    if faults:
        counts = f"{_count(faults, 'fault')}, {_count(warnings, 'warning')}."
        return paint(counts, COLOURS[Level.FAULT])
    if warnings:
        return paint(
            f"The database works, with {_count(warnings, 'warning')}.", COLOURS[Level.WARNING]
        )
    return paint("No problems found.", GREEN)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _painted(text: str, colour: int) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _plain(text: str, colour: int) -> str:
    return text
