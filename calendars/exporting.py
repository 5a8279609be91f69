"""All that is a person's in calendars, as files: JSON of the rows, and one .ics a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.text import slugify

from accounts.json_files import json_list
from accounts.models import User
from accounts.personal_rows import Files, Row, columns_of, rows_in_chunks
from calendars.ics.events import IcsEvent, IcsPerson
from calendars.ics.writing import write_calendar
from calendars.models import Calendar, Connection, Event, QuarantinedEvent, SyncRun

# Written out, so that a new column is thought about before it leaves: no token, seal or lease.
_CONNECTION = (
    *("id", "provider", "subject", "email", "status", "scopes", "error_code"),
    *("error_message", "created_at"),
)
_CALENDAR = (
    *("id", "connection_id", "remote_id", "name", "description", "colour", "time_zone"),
    *("primary", "read_only", "selected", "removed_at", "created_at"),
)
_EVENT = (
    *("id", "calendar_id", "remote_id", "ical_uid", "sequence", "status", "summary"),
    *("description", "location", "start_at", "end_at", "all_day", "time_zone", "recurrence"),
    *("recurring_event_id", "original_start_at", "visibility", "transparency", "event_type"),
    *("colour_id", "html_link", "organizer", "attendees", "reminders", "remote_updated_at"),
)
_QUARANTINED = ("calendar_id", "remote_id", "summary", "reason", "payload", "seen_at")
_RUN = (
    *("id", "connection_id", "calendar_id", "kind", "outcome", "started_at", "finished_at"),
    *("pages", "fetched", "created", "updated", "deleted", "quarantined", "retries", "error_code"),
)


def export_calendars(user: User) -> Files:
    """Files for the export of an account."""
    yield "connections.json", _json(Connection.objects.filter(owner=user), _CONNECTION)
    yield "calendars.json", _json(Calendar.objects.filter(owner=user), _CALENDAR)
    yield "events.json", _json(Event.objects.filter(owner=user), _EVENT)
    quarantined = QuarantinedEvent.objects.filter(owner=user)
    yield "events_set_aside.json", _json(quarantined, _QUARANTINED)
    yield "sync_runs.json", _json(SyncRun.objects.filter(owner=user), _RUN)
    for calendar in rows_in_chunks(Calendar.objects.filter(owner=user)):
        yield f"calendars/{_file_name(calendar)}.ics", export_calendar(calendar)


def export_calendar(calendar: Calendar) -> Iterator[bytes]:
    """One calendar as an iCalendar file, in pieces."""
    events = Event.objects.filter(calendar=calendar)
    zones = events.filter(all_day=False).order_by().values_list("time_zone", flat=True).distinct()
    return write_calendar(
        name=calendar.name,
        time_zone=calendar.time_zone,
        zones=zones,
        events=map(_ics_event, rows_in_chunks(events)),
    )


def _json(rows: QuerySet[Row], names: tuple[str, ...]) -> Iterator[bytes]:
    return json_list(columns_of(row, names) for row in rows_in_chunks(rows))


def _file_name(calendar: Calendar) -> str:
    """A name for people, and part of the id, because names repeat and may have no Latin letter."""
    return "-".join(filter(None, [slugify(calendar.name)[:60], calendar.pk.hex[:8]]))


def _ics_event(event: Event) -> IcsEvent:
    return IcsEvent(
        uid=event.ical_uid or f"{event.recurring_event_id or event.remote_id}@daybook",
        recurrence_id=event.original_start_at if event.recurring_event_id else None,
        sequence=event.sequence,
        summary=event.summary,
        description=event.description,
        location=event.location,
        status=event.status,
        start_at=event.start_at,
        end_at=event.end_at,
        all_day=event.all_day,
        time_zone=event.time_zone,
        recurrence=tuple(event.recurrence),
        transparency=event.transparency or "opaque",
        visibility=event.visibility or "default",
        categories=(),
        attendees=tuple(_people(event.attendees)),
        organizer=next(_people([event.organizer]), None),
        url=event.html_link,
        alarm_minutes=tuple(_alarm_minutes(event.reminders)),
    )


def _people(told: list[Any]) -> Iterator[IcsPerson]:
    """Google's words for people, and those of an imported file."""
    for person in told:
        if isinstance(person, Mapping) and person.get("email"):
            yield IcsPerson(
                email=str(person["email"]),
                name=str(person.get("displayName") or person.get("name") or ""),
                response=str(person.get("responseStatus") or person.get("response") or ""),
                optional=bool(person.get("optional")),
            )


def _alarm_minutes(reminders: Mapping[str, Any]) -> Iterator[int]:
    for reminder in reminders.get("overrides") or []:
        minutes = reminder.get("minutes") if isinstance(reminder, Mapping) else None
        if isinstance(minutes, int):
            yield minutes
