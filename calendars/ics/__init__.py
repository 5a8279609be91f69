"""iCalendar files (RFC 5545) into events, mending what exporters get wrong."""

from calendars.ics.events import IcsEvent, IcsPerson
from calendars.ics.losses import LostPart
from calendars.ics.reading import (
    MAX_BYTES,
    IcsCalendar,
    IcsError,
    RefusedEntry,
    read_calendar,
)

__all__ = [
    "MAX_BYTES",
    "IcsCalendar",
    "IcsError",
    "IcsEvent",
    "IcsPerson",
    "LostPart",
    "RefusedEntry",
    "read_calendar",
]
