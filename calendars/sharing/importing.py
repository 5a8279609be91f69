"""Import an iCalendar file into a local calendar; importing the same file again changes nothing.

Times without a zone are in the zone of the file (X-WR-TIMEZONE), otherwise in the zone of the
user's profile at the time of the import (RFC 5545 section 3.3.5, form 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.history import Author, Door
from calendars.events.identity import remote_id_of
from calendars.events.people import organizer_json, to_json
from calendars.events.rows import EventRow
from calendars.events.upsert import Stored
from calendars.events.writing import SetAside, delete_events, quarantine_events, store_events
from calendars.models import Calendar
from calendars.rfc5545.ics import IcsCalendar, IcsEvent, LostPart, RefusedEntry, read_calendar
from profiles.services import time_zone_of

BATCH = 1000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The result of an import. `incomplete` are events stored without the parts in their `lost`.
    `ignored` counts other components (tasks, journals) by type. `act` names the import in the
    history of events, from which it can be undone."""

    calendar: Calendar
    act: UUID
    created: int
    updated: int
    incomplete: list[IcsEvent]
    refused: list[RefusedEntry]
    ignored: dict[str, int]


def import_ics(
    *, owner: User, name: str, content: bytes, progress: Progress | None = None
) -> ImportOutcome:
    """Import into the user's local calendar of that name, which is created if needed.

    `progress` is called with (events stored, total events). Raises IcsError if the content isn't a
    calendar.
    """
    with acting_as(user_id=owner.pk):
        zone = time_zone_of(owner)
    read = read_calendar(content, default_time_zone=zone.key)
    with acting_as(user_id=owner.pk):
        calendar = _local_calendar(owner, name, read)
    author = Author(Door.IMPORT, actor_id=owner.pk)
    created = updated = done = 0
    for first in range(0, len(read.events), BATCH):
        events = read.events[first : first + BATCH]
        with acting_as(user_id=owner.pk):
            stored = _store(calendar, events, author)
        created, updated = created + stored.created, updated + stored.updated
        done += len(events)
        if progress:
            progress(done, len(read.events))
    incomplete = [event for event in read.events if event.lost]
    ignored = dict(read.ignored)
    return ImportOutcome(calendar, author.act, created, updated, incomplete, read.refused, ignored)


def _store(calendar: Calendar, events: Sequence[IcsEvent], author: Author) -> Stored:
    rows = list(map(_row, events))
    stored = store_events(calendar=calendar, rows=rows, author=author)
    # Until 2026 the ids of all-day exceptions contained only the date.
    old = [
        _instance_id(row.recurring_event_id, row.original_start_at, of_dates=True)
        for row in rows
        if row.original_start_at and row.all_day and row.remote_id.endswith("Z")
    ]
    delete_events(calendar=calendar, remote_ids=old, author=author)
    pairs = zip(rows, events, strict=True)
    marks = [_mark(row, event.lost) for row, event in pairs if _is_marked(event)]
    if marks:
        quarantine_events(calendar=calendar, rows={mark.remote_id: mark for mark in marks}.values())
    return stored


def _is_marked(event: IcsEvent) -> bool:
    return any(part.is_of_times for part in event.lost)


def _mark(row: EventRow, lost: Sequence[LostPart]) -> SetAside:
    """Return the quarantine entry that reports an event whose times differ from its file."""
    first = next(part for part in lost if part.is_of_times)
    reason = f"Imported without {first.name} (line {first.line}): {first.reason}"
    parts = [f"{part.name}:{part.text}" if part.name else part.text for part in lost]
    return SetAside(row.remote_id, row.summary[:300], reason[:300], {"left_out": parts})


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
    master_id = remote_id_of(event.uid)
    original_at = event.recurrence_id
    return EventRow(
        remote_id=_remote_id_of(event),
        recurring_event_id=master_id if original_at else "",
        original_start_at=original_at,
        ical_uid=event.uid[:1024],
        sequence=event.sequence,
        start_at=event.start_at,
        end_at=event.end_at,
        all_day=event.all_day,
        time_zone=event.time_zone,
        zone_definition=event.zone_definition,
        conference_url=event.conference_url,
        status=event.status,
        summary=event.summary,
        description=event.description,
        location=event.location,
        recurrence=[] if original_at else list(event.recurrence),
        visibility=event.visibility,
        transparency=event.transparency,
        organizer=organizer_json(event.organizer),
        attendees=[to_json(person) for person in event.attendees],
        reminders=_reminders(event),
    )


def _remote_id_of(event: IcsEvent) -> str:
    """Return the event's id; that of an exception includes its original start."""
    master_id = remote_id_of(event.uid)
    if event.recurrence_id is None:
        return master_id
    of_dates = event.all_day and event.of_dates
    return _instance_id(master_id, event.recurrence_id, of_dates=of_dates)


def _instance_id(master_id: str, original_at: datetime, *, of_dates: bool) -> str:
    form = "%Y%m%d" if of_dates else "%Y%m%dT%H%M%SZ"
    return f"{master_id}_{original_at.strftime(form)}"


def _reminders(event: IcsEvent) -> dict[str, Any]:
    return {"overrides": list(_popups(event))} if event.alarm_minutes else {}


def _popups(event: IcsEvent) -> Iterator[dict[str, Any]]:
    for minutes in event.alarm_minutes:
        yield {"method": "popup", "minutes": minutes}
