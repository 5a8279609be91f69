"""An event on its way into the database, from Google or from a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from calendars.models.event import USUAL_RIGHTS


class MalformedEvent(ValueError):
    """An event that can't be stored; the message says why, for the person whose event it is."""


class EventRow(NamedTuple):
    """The columns of an Event that its source gives, by their names; times in UTC, as
    models/event.py says. A tuple, because a page of them goes into the database by columns."""

    remote_id: str
    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    recurrence: list[str]
    organizer: dict[str, Any]
    attendees: list[Any]
    reminders: dict[str, Any]
    status: str = "confirmed"
    recurring_event_id: str = ""
    original_start_at: datetime | None = None
    remote_updated_at: datetime | None = None
    conference_url: str = ""
    guest_rights: int = USUAL_RIGHTS
    summary: str = ""
    description: str = ""
    location: str = ""
    ical_uid: str = ""
    etag: str = ""
    sequence: int = 0
    visibility: str = ""
    transparency: str = ""
    event_type: str = ""
    colour_id: str = ""
    html_link: str = ""
    zone_definition: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """An event that is gone; Google guarantees no more than its id."""

    remote_id: str
    remote_updated_at: datetime | None = None
