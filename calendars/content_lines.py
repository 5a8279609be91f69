"""Content lines of iCalendar (RFC 5545 section 3.1): bytes into lines, properties, components.

Written for files as they are: any line ending, a byte order mark, Latin-1 where UTF-8 was meant,
text whose line breaks were not folded. A file is gone through line by line, so that no more than
one component is held at a time.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_PROPERTY = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:])*+)*+):(.*)', re.DOTALL
)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:])*+)')
_LINE = re.compile(rb"[^\r\n]+")
_MAX_DEPTH = 8


class Property(NamedTuple):
    """One content line. The name and those of the parameters are upper case; the value is as it
    is written, escapes and all."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END. `is_whole` is False where END is missing; `parent` is the
    VCALENDAR of a component that stands in one."""

    name: str
    line: int
    parent: "Component | None" = None
    properties: list[Property] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)
    is_whole: bool = True

    def find(self, name: str) -> Property | None:
        return next((each for each in self.properties if each.name == name), None)

    def find_all(self, name: str) -> list[Property]:
        return [each for each in self.properties if each.name == name]

    def text(self, name: str) -> str:
        """The raw value of a property, "" without one."""
        found = self.find(name)
        return found.value.strip() if found else ""


def parse_property(line: str) -> Property | None:
    """Reads one unfolded line; None where it is no property."""
    match = _PROPERTY.fullmatch(line)
    if match is None:
        return None
    parameters = {
        name.upper(): value.replace('"', "").strip() for name, value in _PARAMETER.findall(match[2])
    }
    return Property(match[1].upper(), parameters, match[3])


def read_components(data: bytes) -> Iterator[Component]:
    """The components inside each VCALENDAR, one after the other, and after them the VCALENDAR
    itself, without them. What stands outside of a VCALENDAR is passed over."""
    reader = _Reader()
    for number, line in _unfold(data):
        yield from reader.take(number, line)
    yield from reader.close_all()


class _Reader:
    """Nests lines into components. The stack holds the VCALENDAR and what is open in it."""

    def __init__(self) -> None:
        self.stack: list[Component] = []

    def take(self, number: int, line: str) -> Iterator[Component]:
        found = parse_property(line)
        if found is None:
            self._continue_text(line)
        elif found.name == "BEGIN":
            yield from self._begin(found.value.strip().upper(), number)
        elif found.name == "END":
            yield from self._end(found.value.strip().upper())
        elif self.stack:
            self.stack[-1].properties.append(found)

    def close_all(self) -> Iterator[Component]:
        """Ends what the file leaves open."""
        while self.stack:
            self.stack[-1].is_whole = False
            yield from self._close()

    def _begin(self, name: str, number: int) -> Iterator[Component]:
        # None of these can stand in another: the END of the one before is missing.
        if name == "VCALENDAR":
            yield from self.close_all()
        elif name in ("VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE"):
            while len(self.stack) > 1:
                self.stack[-1].is_whole = False
                yield from self._close()
        if (self.stack or name == "VCALENDAR") and len(self.stack) < _MAX_DEPTH:
            parent = self.stack[0] if len(self.stack) == 1 else None
            self.stack.append(Component(name, number, parent))

    def _end(self, name: str) -> Iterator[Component]:
        if name in [component.name for component in self.stack]:
            while self.stack[-1].name != name:
                self.stack[-1].is_whole = False
                yield from self._close()
            yield from self._close()

    def _close(self) -> Iterator[Component]:
        component = self.stack.pop()
        if len(self.stack) > 1:
            self.stack[-1].children.append(component)
        else:
            yield component

    def _continue_text(self, line: str) -> None:
        """A line break in a text that was not folded: the line belongs to the one before."""
        if self.stack and self.stack[-1].properties:
            name, parameters, value = self.stack[-1].properties[-1]
            self.stack[-1].properties[-1] = Property(name, parameters, f"{value}\\n{line.strip()}")


def _unfold(data: bytes) -> Iterator[tuple[int, str]]:
    """Each logical line and a number for it. Folds are undone in bytes, because they may lie
    within a character."""
    parts: list[bytes] = []
    number = 0
    for match in _LINE.finditer(_as_utf_8(data)):
        line = match[0]
        if parts and line[:1] in (b" ", b"\t"):
            parts.append(line[1:])
            continue
        if parts:
            number += 1
            yield number, _decode(b"".join(parts))
        parts = [line]
    if parts:
        yield number + 1, _decode(b"".join(parts))


def _as_utf_8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _decode(line: bytes) -> str:
    """UTF-8, and else the Windows code page that old exports are in. PostgreSQL and people have
    no use for a NUL."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("cp1252", errors="replace")
    return text.replace("\x00", "")
