"""Export of a user's calendar data as files: JSON of the rows, and one .ics per calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from django.db.models import Min
from django.utils.text import slugify

from accounts.account.personal_data import Files, Row, columns_of, json_list, rows_in_chunks
from accounts.models import User
from calendars.events.people import from_json, organizer_from_json
from calendars.models import (
    Calendar,
    Category,
    CategoryChoice,
    CategoryLesson,
    Connection,
    Event,
    NotificationPreferences,
    PushSubscription,
    QuarantinedEvent,
    Reminder,
    Share,
    SyncRun,
)
from calendars.models.event import IS_EXCEPTION
from calendars.rfc5545.ics.events import IcsEvent
from calendars.rfc5545.ics.writing import UsedZone, write_calendar
from calendars.timeline.shared import shared_calendars

# Listed explicitly, so that a new column isn't exported by accident: no token, seal or lease.
_CONNECTION = (
    *("id", "provider", "subject", "email", "status", "scopes", "error_code"),
    *("error_message", "created_at"),
)
_CALENDAR = (
    *("id", "connection_id", "remote_id", "name", "description", "colour", "own_colour"),
    *("time_zone", "primary", "read_only", "selected", "removed_at", "created_at"),
    *("default_reminders", "own_reminders"),
)
_EVENT = (
    *("id", "calendar_id", "remote_id", "ical_uid", "sequence", "status", "summary"),
    *("description", "location", "start_at", "end_at", "all_day", "time_zone", "zone_definition"),
    *("recurrence",),
    *("recurring_event_id", "original_start_at", "visibility", "transparency", "event_type"),
    *("colour_id", "html_link", "conference_url", "organizer", "attendees", "reminders"),
    "remote_updated_at",
)
_QUARANTINED = ("calendar_id", "remote_id", "summary", "reason", "payload", "seen_at")
_CATEGORY = ("id", "name", "colour", "emoji", "weight", "keywords", "is_default")
_CHOICE = ("event_id", "category_id", "chosen_at")
_LESSON = ("category_id", "written", "learnt_from", "learnt_at")
_REMINDER = (
    *("id", "event_id", "original_start_at", "start_at", "all_day", "method", "minutes", "due_at"),
    *("state", "snoozed", "repeated", "handed_at", "ended_at", "error_code"),
)
_NOTIFICATIONS = ("mail", "popup", "push", "all_day_at")
_DEVICE = ("id", "service", "label", "created_at", "last_used_at")
_SHARE = ("calendar_id", "email", "level", "created_at")
_RUN = (
    *("id", "connection_id", "calendar_id", "kind", "outcome", "started_at", "finished_at"),
    *("pages", "fetched", "created", "updated", "deleted", "quarantined", "retries", "error_code"),
)


Masters = Mapping[str, Event]


def export_calendars(user: User) -> Files:
    """Yield the files for the export of an account."""
    connections = list(Connection.objects.filter(owner=user))
    calendars = list(Calendar.objects.filter(owner=user))
    yield "connections.json", _json([connections], _CONNECTION)
    yield "calendars.json", _json([calendars], _CALENDAR)
    # By calendar and connection, which are indexed, instead of by owner.
    yield "events.json", _json(map(_events, calendars), _EVENT)
    yield "events_set_aside.json", _json(map(_set_aside, calendars), _QUARANTINED)
    yield "sync_runs.json", _json(map(_runs, connections), _RUN)
    categories = Category.objects.filter(owner=user).order_by("position", "pk")
    choices = CategoryChoice.objects.filter(owner=user).order_by("chosen_at", "pk")
    lessons = CategoryLesson.objects.filter(owner=user).order_by("learnt_at", "pk")
    yield "categories.json", _json([categories], _CATEGORY)
    yield "category_choices.json", _json([choices], _CHOICE)
    yield "category_titles.json", _json([lessons], _LESSON)
    preferences = NotificationPreferences.objects.filter(owner=user)
    devices = PushSubscription.objects.filter(owner=user)
    reminders = rows_in_chunks(Reminder.objects.filter(owner=user))
    yield "notifications.json", _json([preferences], _NOTIFICATIONS)
    yield "devices_notified.json", _json([devices], _DEVICE)
    yield "reminders.json", _json([reminders], _REMINDER)
    shares = Share.objects.filter(owner=user).order_by("created_at", "pk")
    yield "shares.json", _json([shares], _SHARE)
    yield "shares_received.json", json_list(map(_received, shared_calendars(user.pk)))
    for calendar in calendars:
        yield f"calendars/{_file_name(calendar)}.ics", export_calendar(calendar)


def _received(calendar: Calendar) -> dict[str, Any]:
    """What another user shares: that it is shared. Its events are theirs."""
    return {
        "calendar_id": calendar.pk,
        "name": calendar.name,
        "owner": calendar.owner.email,
        "level": calendar.share_level,
        "shown": calendar.selected,
    }


def export_calendar(calendar: Calendar) -> Iterator[bytes]:
    """Yield one calendar as an iCalendar file."""
    masters = _masters(calendar)
    return write_calendar(
        name=calendar.name,
        time_zone=calendar.time_zone,
        zones=list(_zones(calendar)),
        events=(_ics_event(event, masters) for event in _events(calendar)),
    )


def _zones(calendar: Calendar) -> Iterator[UsedZone]:
    timed = Event.objects.filter(calendar=calendar, all_day=False).order_by()
    grouped = timed.values_list("time_zone", "zone_definition")
    for name, definition, first_at in grouped.annotate(Min("start_at")):
        yield UsedZone(name, definition, first_at.year)


def _masters(calendar: Calendar) -> Masters:
    """Return the masters that have exceptions by remote id, with their time zone."""
    exceptions = Event.objects.filter(IS_EXCEPTION, calendar=calendar)
    series = Event.objects.filter(
        calendar=calendar, remote_id__in=exceptions.values("recurring_event_id")
    )
    masters = series.only("remote_id", "all_day", "time_zone", "zone_definition")
    return {master.remote_id: master for master in masters}


def _events(calendar: Calendar) -> Iterator[Event]:
    return rows_in_chunks(Event.objects.filter(calendar=calendar))


def _set_aside(calendar: Calendar) -> Iterator[QuarantinedEvent]:
    return rows_in_chunks(QuarantinedEvent.objects.filter(calendar=calendar))


def _runs(connection: Connection) -> Iterator[SyncRun]:
    return rows_in_chunks(SyncRun.objects.filter(connection=connection))


def _json(groups: Iterable[Iterable[Row]], names: tuple[str, ...]) -> Iterator[bytes]:
    return json_list(columns_of(row, names) for row in chain.from_iterable(groups))


def _file_name(calendar: Calendar) -> str:
    """Return a readable file name with part of the id: names may repeat or have no Latin
    letters."""
    return "-".join(filter(None, [slugify(calendar.name)[:60], calendar.pk.hex[:8]]))


def _ics_event(event: Event, masters: Masters) -> IcsEvent:
    master = masters.get(event.recurring_event_id, event)
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
        attendees=tuple(map(from_json, event.attendees)),
        organizer=organizer_from_json(event.organizer),
        url=event.html_link,
        alarm_minutes=tuple(_alarm_minutes(event.reminders)),
        conference_url=event.conference_url,
        zone_definition=event.zone_definition,
        of_dates=master.all_day and bool(event.recurring_event_id),
        stamp=event.remote_updated_at or event.changed_at,
        series_zone=(master.time_zone, master.zone_definition),
    )


def _alarm_minutes(reminders: Mapping[str, Any]) -> Iterator[int]:
    for reminder in reminders.get("overrides") or []:
        minutes = reminder.get("minutes") if isinstance(reminder, Mapping) else None
        if isinstance(minutes, int):
            yield minutes
