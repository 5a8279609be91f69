"""Reading an iCalendar file into a local calendar; twice the same file changes nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.security_context import acting_as
from calendars.event_rows import EventRow
from calendars.ics import IcsCalendar, IcsEvent, RefusedEntry, read_calendar
from calendars.models import Calendar
from calendars.sync.writer import store_events

BATCH = 1000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did. `ignored` counts what is no event (tasks, journals) by its kind."""

    calendar: Calendar
    created: int
    updated: int
    refused: list[RefusedEntry]
    ignored: dict[str, int]


def import_ics(
    *, owner: User, name: str, content: bytes, progress: Progress | None = None
) -> ImportOutcome:
    """Imports into the person's local calendar of that name, made where there is none.

    `progress` is told (events stored, events in all). Raises IcsError when it is no calendar.
    """
    read = read_calendar(content, default_time_zone="UTC")
    with acting_as(user_id=owner.pk):
        calendar = _local_calendar(owner, name, read)
    created = updated = done = 0
    for first in range(0, len(read.events), BATCH):
        events = read.events[first : first + BATCH]
        with acting_as(user_id=owner.pk):
            counts = store_events(calendar=calendar, rows=map(_row, events))
        created, updated, done = created + counts[0], updated + counts[1], done + len(events)
        if progress:
            progress(done, len(read.events))
    return ImportOutcome(calendar, created, updated, read.refused, dict(read.ignored))


def _local_calendar(owner: User, name: str, read: IcsCalendar) -> Calendar:
    calendar, _created = Calendar.objects.get_or_create(
        owner=owner,
        connection=None,
        name=name[:300],
        removed_at=None,
        defaults={"time_zone": read.time_zone},
    )
    return calendar


def _row(event: IcsEvent) -> EventRow:
    master_id = _remote_id(event.uid)
    original_at = event.recurrence_id
    return EventRow(
        remote_id=_instance_id(master_id, original_at, event.all_day) if original_at else master_id,
        recurring_event_id=master_id if original_at else "",
        original_start_at=original_at,
        ical_uid=event.uid[:1024],
        sequence=event.sequence,
        start_at=event.start_at,
        end_at=event.end_at,
        all_day=event.all_day,
        time_zone=event.time_zone,
        status=event.status,
        summary=event.summary,
        description=event.description,
        location=event.location,
        recurrence=[] if original_at else list(event.recurrence),
        visibility=event.visibility,
        transparency=event.transparency,
        organizer=asdict(event.organizer) if event.organizer else {},
        attendees=[asdict(person) for person in event.attendees],
        reminders=_reminders(event),
    )


def _remote_id(uid: str) -> str:
    """An id in Google's own alphabet (RFC 4648 base32hex, lower case) that the UID decides."""
    digest = hashlib.sha256(uid.encode()).digest()
    return base64.b32hexencode(digest).rstrip(b"=").decode().lower()


def _instance_id(master_id: str, original_at: datetime, all_day: bool) -> str:
    form = "%Y%m%d" if all_day else "%Y%m%dT%H%M%SZ"
    return f"{master_id}_{original_at.strftime(form)}"


def _reminders(event: IcsEvent) -> dict[str, Any]:
    return {"overrides": list(_popups(event))} if event.alarm_minutes else {}


def _popups(event: IcsEvent) -> Iterator[dict[str, Any]]:
    for minutes in event.alarm_minutes:
        yield {"method": "popup", "minutes": minutes}
