"""Content lines of iCalendar (RFC 5545 section 3.1): parse bytes into lines, properties and
components.

Tolerates what real files contain: any line ending, a byte order mark, Latin-1 instead of UTF-8,
unfolded line breaks in text, stray quotation marks. A file is read line by line, so only one
component is in memory at a time.
"""

import codecs
import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_PROPERTY = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:])*+)*+):(.*)', re.DOTALL
)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:])*+)')
_FOLD = re.compile(rb"\n+[ \t]")
_MAX_DEPTH = 8

# Known property names: RFC 5545, 7986, 9073 and 9074. Other lines may be unfolded text.
_NAMES = frozenset(
    (
        *("BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "COLOR", "IMAGE"),
        *("SOURCE", "REFRESH-INTERVAL", "CONFERENCE", "ATTACH", "CATEGORIES", "CLASS", "COMMENT"),
        *("DESCRIPTION", "GEO", "LOCATION", "PERCENT-COMPLETE", "PRIORITY", "RESOURCES", "STATUS"),
        *("SUMMARY", "COMPLETED", "DTEND", "DUE", "DTSTART", "DURATION", "FREEBUSY", "TRANSP"),
        *("TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "TZURL", "ATTENDEE", "CONTACT"),
        *("ORGANIZER", "RECURRENCE-ID", "RELATED-TO", "URL", "UID", "EXDATE", "EXRULE", "RDATE"),
        *("RRULE", "ACTION", "REPEAT", "TRIGGER", "CREATED", "DTSTAMP", "LAST-MODIFIED"),
        *("SEQUENCE", "REQUEST-STATUS", "ACKNOWLEDGED", "PROXIMITY", "STRUCTURED-DATA"),
        *("STYLED-DESCRIPTION", "LOCATION-TYPE", "PARTICIPANT-TYPE", "RESOURCE-TYPE"),
        "CALENDAR-ADDRESS",
    )
)
_PLAIN_NAMES = {name: name for name in _NAMES}
_TEXTS = frozenset(("DESCRIPTION", "SUMMARY", "LOCATION", "COMMENT", "CONTACT", "X-ALT-DESC"))
_TIMES = frozenset(("DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"))
_PEOPLE = frozenset(("ATTENDEE", "ORGANIZER"))
_NAME = re.compile(r"([A-Za-z0-9-]+)[;:]")
_LOOSE_PARAMETER = re.compile(r';([A-Za-z0-9-]+)="?([^";:]*)')
_MAIL_ADDRESS = re.compile(r"mailto:[^\s\";,<>]+\s*\Z", re.IGNORECASE)
_CARET = re.compile(r"\^[n^']")  # RFC 6868: other sequences stay unchanged
_CARETS = {"^n": "\n", "^^": "^", "^'": '"'}
_NO_PARAMETERS: dict[str, str] = {}


class Property(NamedTuple):
    """One content line. The names of the property and its parameters are upper case; the value is
    unchanged, including escapes. `line` is its unfolded line number, see `physical_lines`."""

    name: str
    parameters: dict[str, str]
    value: str
    line: int = 0


class PassedOver(NamedTuple):
    """A skipped line that is neither a property nor part of a text."""

    line: int
    text: str


@dataclass(slots=True)
class Component:
    """The content between BEGIN and END. `is_whole` is False if END is missing; `parent` is the
    VCALENDAR that contains the component."""

    name: str
    line: int
    parent: "Component | None" = None
    properties: list[Property] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    is_whole: bool = True

    def find(self, name: str) -> Property | None:
        for each in self.properties:
            if each[0] == name:
                return each
        return None

    def find_all(self, name: str) -> list[Property]:
        return [each for each in self.properties if each[0] == name]

    def text(self, name: str) -> str:
        """Return the raw value of a property, or ""."""
        found = self.find(name)
        return found.value.strip() if found else ""


def parse_property(line: str, number: int = 0) -> Property | None:
    """Parse one unfolded line. Returns None if it isn't a property."""
    head, colon, rest = line.partition(":")
    name = _PLAIN_NAMES.get(head)
    if name and colon:
        return Property(name, _NO_PARAMETERS, rest, number)
    match = _PROPERTY.fullmatch(line)
    if match is None:
        return None
    parameters = {name.upper(): _parameter(value) for name, value in _PARAMETER.findall(match[2])}
    name, value = match[1].upper(), match[3]
    if ":" in value and name in _TIMES and parameters:
        # An unquoted name such as GMT+02:00.
        rest, _, value = value.rpartition(":")
        last = next(reversed(parameters))
        parameters[last] += f":{rest}".replace('"', "")
    return Property(name, parameters, value, number)


def _parameter(text: str) -> str:
    value = text.replace('"', "").strip()
    return _CARET.sub(lambda found: _CARETS[found[0]], value) if "^" in value else value


def read_components(data: bytes, *, only: Collection[str] = ()) -> Iterator[Component]:
    """Yield the components inside each VCALENDAR, each followed by its VCALENDAR without them.
    Content outside a VCALENDAR is skipped. With `only`, the properties of other components aren't
    parsed."""
    reader = _Reader(frozenset(only))
    for number, line in _unfold(data):
        if closed := reader.take(number, line):
            yield from closed
    yield from reader.close_all()


def physical_lines(data: bytes, numbers: Iterable[int]) -> dict[int, int]:
    """Convert line numbers of components and properties, which count unfolded lines, to the line
    numbers of the file in an editor."""
    wanted = frozenset(numbers)
    found: dict[int, int] = {}
    number = physical = 1
    text = _with_newlines(data)
    for line in io.BytesIO(text) if wanted else ():
        if line[:1] not in (b" ", b"\t") and line != b"\n":
            if number in wanted:
                found[number] = physical
            number += 1
        physical += 1
    return {each: found.get(each, each) for each in wanted}


class _Reader:
    """Nests lines into components. The stack contains the VCALENDAR and its open components."""

    def __init__(self, only: frozenset[str]) -> None:
        self.stack: list[Component] = []
        self.only = only

    def take(self, number: int, line: str) -> list[Component] | None:
        """Return the components that end with this line. Called for every line."""
        if self.only and line[:1] not in "BbEe" and self._is_skipped():
            return None
        found = parse_property(line, number)
        # A name that matches a known one exactly needs no further check.
        is_plain = found is not None and found[1] is _NO_PARAMETERS
        if found is None or not (is_plain or _is_name(line[: len(found.name)])):
            self._take_odd(line, found, number)
        elif found.name == "BEGIN":
            return self._begin(found.value.strip().upper(), number)
        elif found.name == "END":
            return self._end(found.value.strip().upper())
        elif self.stack:
            self.stack[-1].properties.append(found)
        return None

    def close_all(self) -> list[Component]:
        """Close the components that the file leaves open."""
        return self._close_down_to(0)

    def _close_down_to(self, depth: int) -> list[Component]:
        closed = []
        while len(self.stack) > depth:
            self.stack[-1].is_whole = False
            closed += self._close()
        return closed

    def _is_skipped(self) -> bool:
        return len(self.stack) > 1 and self.stack[1].name not in self.only

    def _begin(self, name: str, number: int) -> list[Component]:
        # These can't be nested: the END of the previous one is missing.
        closed: list[Component] = []
        if name == "VCALENDAR":
            closed = self.close_all()
        elif name in ("VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE"):
            closed = self._close_down_to(1)
        if (self.stack or name == "VCALENDAR") and len(self.stack) < _MAX_DEPTH:
            parent = self.stack[0] if len(self.stack) == 1 else None
            self.stack.append(Component(name, number, parent))
        return closed

    def _end(self, name: str) -> list[Component]:
        names = [component.name for component in self.stack]
        if name not in names:
            return []
        depth = len(names) - names[::-1].index(name)
        return self._close_down_to(depth) + self._close()

    def _close(self) -> list[Component]:
        component = self.stack.pop()
        if len(self.stack) > 1:
            self.stack[-1].children.append(component)
            return []
        return [component]

    def _is_in_text(self) -> bool:
        properties = self.stack[-1].properties
        return bool(properties) and properties[-1].name in _TEXTS

    def _take_odd(self, line: str, found: Property | None, number: int) -> None:
        """Handle a line that isn't a property or has an unknown name: invalid parameters, an
        unfolded line of a text, or unreadable content."""
        if not self.stack:
            return
        component = self.stack[-1]
        begun = _NAME.match(line)
        if found is None and begun and _is_name(begun[1]):
            component.properties += _salvaged(line, begun[1].upper(), number)
        elif self._is_in_text() and not (found and _may_be_new(line, found)):
            last = component.properties[-1]
            component.properties[-1] = last._replace(value=f"{last.value}\\n{line.strip()}")
        elif found is not None:
            component.properties.append(found)
        elif line.strip():
            component.passed_over.append(PassedOver(number, line.strip()))


def _may_be_new(line: str, found: Property) -> bool:
    """Whether a line is written like a property: with an upper-case name, and no space before the
    value. “Agenda: all of it” and “https://example.org” continue the text above."""
    return line[: len(found.name)].isupper() and not found.value.startswith(" ")


def _is_name(text: str) -> bool:
    """Whether the text is a property name in all upper or all lower case, as exporters write it."""
    is_known = text.upper() in _NAMES or text[:2] in ("X-", "x-")
    return is_known and (text.isupper() or text.islower())


def _salvaged(line: str, name: str, number: int) -> list[Property]:
    """Return what is readable of a property whose parameters have a stray quotation mark or an
    unquoted colon, from this line only. X- properties are dropped."""
    if name.startswith("X-"):
        return []
    if name in _PEOPLE:
        address = _MAIL_ADDRESS.search(line)
        head, value = (line[: address.start()], address[0]) if address else (line, "")
    elif name in _TEXTS:
        head, _, value = line.partition(":")
    else:
        head, _, value = line.rpartition(":")
    found = _LOOSE_PARAMETER.findall(head)
    parameters = {key.upper(): text.replace('"', "").strip() for key, text in found}
    return [Property(name, parameters, value, number)]


def _unfold(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield each logical line with its number. Lines are unfolded as bytes, because a fold may
    split a character; a fold may also contain an empty line."""
    number = 0
    for raw in io.BytesIO(_FOLD.sub(b"", _with_newlines(data))):
        line = raw.rstrip(b"\n")
        if line:
            number += 1
            yield number, _decode(line)


def _with_newlines(data: bytes) -> bytes:
    """Return the data in UTF-8 with LF line endings and without byte order marks."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode()
    text = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text.removeprefix(codecs.BOM_UTF8).replace(b"\n" + codecs.BOM_UTF8, b"\n")


def _decode(line: bytes) -> str:
    """Decode UTF-8, or else the Windows code page of old exports. NUL is removed, which PostgreSQL
    can't store."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("cp1252", errors="replace")
    return text.replace("\x00", "") if "\x00" in text else text
