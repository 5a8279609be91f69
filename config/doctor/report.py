"""What was examined, in sections, and how it is shown."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from config.database.findings import Finding, Level

Paint = Callable[[str, int], str]
MARKS = {Level.FAULT: "✗", Level.WARNING: "!", Level.NOTE: "·"}
COLOURS = {Level.FAULT: 31, Level.WARNING: 33, Level.NOTE: 2}  # red, yellow, faint (ECMA-48, SGR)
GREEN, BOLD, FAINT = 32, 1, 2
LABEL_WIDTH = 16
LINE_WIDTH = 96
UNWRAPPED = 1_000_000
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass
class Section:
    """`facts` are (label, value), in the order in which they are shown."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def has_fault(sections: Sequence[Section]) -> bool:
    return any(f.level is Level.FAULT for section in sections for f in section.findings)


def as_json(sections: Sequence[Section]) -> str:
    """{ok, sections: [{title, facts: {label: value}, findings: [{level, code, what, mend}]}]}."""
    told = [
        {
            "title": section.title,
            "facts": dict(section.facts),
            "findings": [vars(finding) for finding in section.findings],
        }
        for section in sections
    ]
    return json.dumps({"ok": not has_fault(sections), "sections": told}, indent=2)


def as_text(sections: Sequence[Section], *, coloured: bool) -> str:
    """Wrapped for who sees colours; else each sentence is one line, to be searched."""
    paint = _painted if coloured else _plain
    width = LINE_WIDTH if coloured else UNWRAPPED
    lines = [line for section in sections for line in _section(section, paint, width)]
    return "\n".join([*lines, _verdict(sections, paint), ""])


def _section(section: Section, paint: Paint, width: int) -> Iterator[str]:
    yield paint(section.title, BOLD)
    for label, value in section.facts:
        yield f"  {paint(f'{label:<{LABEL_WIDTH}}', FAINT)} {_harmless(value)}"
    for finding in section.findings:
        mark = paint(MARKS[finding.level], COLOURS[finding.level])
        yield from _marked(mark, finding.what, 2, width)
        if finding.mend:
            yield from _marked(paint("→", FAINT), finding.mend, 4, width)
    yield ""


def _marked(mark: str, text: str, indent: int, width: int) -> Iterator[str]:
    """A paragraph that hangs behind its mark, which may hold colours that have no width."""
    first, *others = textwrap.wrap(
        _harmless(text), width - indent - 2, break_long_words=False, break_on_hyphens=False
    )
    yield f"{'':{indent}}{mark} {first}"
    yield from (f"{'':{indent + 2}}{line}" for line in others)


def _harmless(text: str) -> str:
    """A stranger chose the names in its certificate, and a terminal obeys what it reads."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _verdict(sections: Sequence[Section], paint: Paint) -> str:
    levels = [finding.level for section in sections for finding in section.findings]
    faults, warnings = levels.count(Level.FAULT), levels.count(Level.WARNING)
    if faults:
        counts = f"{_count(faults, 'fault')}, {_count(warnings, 'warning')}."
        return paint(counts, COLOURS[Level.FAULT])
    if warnings:
        return paint(f"It works, with {_count(warnings, 'warning')}.", COLOURS[Level.WARNING])
    return paint("All is well.", GREEN)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _painted(text: str, colour: int) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _plain(text: str, colour: int) -> str:
    return text
