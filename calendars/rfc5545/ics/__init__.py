"""iCalendar files (RFC 5545): read events and correct exporters' errors; write events."""

from calendars.rfc5545.ics.events import IcsEvent
from calendars.rfc5545.ics.reading import (
    MAX_BYTES,
    IcsCalendar,
    IcsError,
    RefusedEntry,
    read_calendar,
)
from calendars.rfc5545.ics.times import LostPart

__all__ = [
    "MAX_BYTES",
    "IcsCalendar",
    "IcsError",
    "IcsEvent",
    "LostPart",
    "RefusedEntry",
    "read_calendar",
]
