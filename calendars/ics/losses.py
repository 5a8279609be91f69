"""What could not be read of an event that is kept."""

from __future__ import annotations

from typing import NamedTuple

from calendars.content_lines import Property

# Without these an event happens at other times than its file says.
_TIMES = frozenset(("RRULE", "EXRULE", "RDATE", "EXDATE", "DTEND", "DURATION", "RECURRENCE-ID"))


class LostPart(NamedTuple):
    """A property that is left out, as it is written, and why. `line` is its line in the file."""

    line: int
    name: str
    text: str
    reason: str

    @property
    def is_of_times(self) -> bool:
        return self.name in _TIMES


class Losses(list[LostPart]):
    """The parts of one event that are left out."""

    def take(self, found: Property, reason: str, text: str = "") -> None:
        self.append(LostPart(found.line, found.name, text or found.value, reason))
