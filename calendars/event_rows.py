"""An event on its way into the database, from Google or from a file."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from calendars.recurrence import Series


@dataclass(frozen=True, slots=True)
class EventRow:
    """The columns of an Event that its source gives; times in UTC, as models/event.py says."""

    remote_id: str
    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    status: str = "confirmed"
    summary: str = ""
    description: str = ""
    location: str = ""
    recurrence: list[str] = field(default_factory=list)
    recurring_event_id: str = ""
    original_start_at: datetime | None = None
    ical_uid: str = ""
    etag: str = ""
    sequence: int = 0
    visibility: str = ""
    transparency: str = ""
    event_type: str = ""
    colour_id: str = ""
    html_link: str = ""
    organizer: dict[str, Any] = field(default_factory=dict)
    attendees: list[Any] = field(default_factory=list)
    reminders: dict[str, Any] = field(default_factory=dict)
    remote_updated_at: datetime | None = None

    @property
    def series(self) -> Series:
        return Series(self.start_at, self.end_at, self.all_day, self.time_zone, self.recurrence)

    @property
    def is_single(self) -> bool:
        """Neither a master nor an exception of a series."""
        return not (self.recurrence or self.recurring_event_id)

    def columns(self) -> dict[str, Any]:
        """The values by the names of the columns."""
        return dict(zip(_COLUMNS, _values(self), strict=True))


_COLUMNS = tuple(column.name for column in fields(EventRow))
_values = attrgetter(*_COLUMNS)
