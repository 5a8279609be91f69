"""The typed line: "Lunch with Anna tomorrow 12:30 at Luigi's" as an event. Pure: no database."""

from calendars.typed_line.result import (
    Clock,
    Code,
    Guest,
    Names,
    NoNames,
    Question,
    Span,
    Tag,
    Understood,
)
from calendars.typed_line.sentence import LONGEST, understand

__all__ = [
    "LONGEST",
    "Clock",
    "Code",
    "Guest",
    "Names",
    "NoNames",
    "Question",
    "Span",
    "Tag",
    "Understood",
    "understand",
]
