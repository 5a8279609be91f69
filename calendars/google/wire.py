"""Convert Google's JSON to our rows. Anything that can't be kept is reported, not guessed.

https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any

from calendars.events.rows import Deletion, EventRow, MalformedEvent
from calendars.google.decoding import EARLIEST, LATEST
from calendars.google.people import people_json, person_json
from calendars.google.resources import EventResource, When
from calendars.models.event import GuestRights
from calendars.rfc5545.conferences import web_address
from calendars.rfc5545.recurrence import InvalidRecurrence, validate
from calendars.rfc5545.time_zones.names import UnknownTimeZone, find_time_zone

DEFAULT_COLOUR = "#4a6fa5"
MAX_ID_LENGTH = 1024
MOST_REMINDERS = 5
_DAY = timedelta(days=1)
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
_STATUSES = {"confirmed", "tentative", "cancelled"}
# The last columns of a row, by position: keyword arguments would double the time.
_AS_THEY_COME = attrgetter(
    *("summary", "description", "location", "ical_uid", "etag", "sequence", "visibility"),
    *("transparency", "event_type", "colour_id", "html_link"),
)
_READ_ONLY_ROLES = {"freeBusyReader", "reader"}


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One entry of the calendar list. `removed` means that the account no longer has it."""

    remote_id: str
    name: str = ""
    description: str = ""
    colour: str = DEFAULT_COLOUR
    time_zone: str = "UTC"
    primary: bool = False
    read_only: bool = False
    selected: bool = True
    default_reminders: list[dict[str, Any]] = field(default_factory=list)
    removed: bool = False


def calendar_row(item: Mapping[str, Any]) -> CalendarRow | None:
    """Convert a calendarList entry. Returns None if it has no id."""
    remote_id = _text(item, "id")
    if not remote_id or len(remote_id) > MAX_ID_LENGTH:
        return None
    if item.get("deleted") is True:
        return CalendarRow(remote_id=remote_id, removed=True)
    colour = _text(item, "backgroundColor").lower()
    return CalendarRow(
        remote_id=remote_id,
        name=(_text(item, "summaryOverride") or _text(item, "summary") or remote_id)[:300],
        description=_text(item, "description")[:8192],
        colour=colour if _COLOUR.match(colour) else DEFAULT_COLOUR,
        time_zone=_zone_name(_text(item, "timeZone"), "UTC"),
        primary=item.get("primary") is True,
        read_only=_text(item, "accessRole") in _READ_ONLY_ROLES,
        selected=item.get("hidden") is not True,
        default_reminders=_reminders(item.get("defaultReminders")),
    )


def _reminders(given: object) -> list[dict[str, Any]]:
    """Keep a method and minutes each; calendars/reminders/defaults.py reads them by its rules."""
    items = given if isinstance(given, list) else []
    found = [item for item in items if isinstance(item, Mapping)]
    kept = [{"method": one.get("method"), "minutes": one.get("minutes")} for one in found]
    return [
        one for one in kept if isinstance(one["method"], str) and isinstance(one["minutes"], int)
    ][:MOST_REMINDERS]


def event_row(event: EventResource, calendar_zone: str) -> EventRow | Deletion:
    """Raises MalformedEvent."""
    if not event.id or len(event.id) > MAX_ID_LENGTH:
        raise MalformedEvent("it has no usable id")
    status = event.status or "confirmed"
    if status not in _STATUSES:
        raise MalformedEvent(f"its status is unknown: {status[:40]}")
    if status != "cancelled":
        return _live(event, status, calendar_zone)
    if event.recurring_event_id:
        return _cancelled(event)
    return Deletion(event.id, _updated_at(event))


def _cancelled(event: EventResource) -> EventRow:
    """A cancelled exception is kept as long as its master: it excludes an instance."""
    original_at, all_day = _moment(event.original_start_time, "originalStartTime")
    return EventRow(
        remote_id=event.id,
        start_at=original_at,
        end_at=original_at,
        all_day=all_day,
        time_zone="UTC",
        status="cancelled",
        recurrence=[],
        organizer={},
        attendees=[],
        reminders={},
        recurring_event_id=event.recurring_event_id,
        original_start_at=original_at,
        etag=event.etag,
        sequence=event.sequence,
        remote_updated_at=_updated_at(event),
    )


def _live(event: EventResource, status: str, calendar_zone: str) -> EventRow:
    master_id = event.recurring_event_id
    start_at, all_day = _moment(event.start, "start")
    row = EventRow(
        event.id,
        start_at,
        _end(event, start_at, all_day),
        all_day,
        "UTC" if all_day else _event_zone(event, calendar_zone),
        [] if master_id else event.recurrence,
        person_json(event.organizer),
        people_json(event.attendees),
        event.reminders,
        status,
        master_id,
        _original_start(event) if master_id else None,
        _updated_at(event),
        _conference_url(event),
        _guest_rights(event),
        *_AS_THEY_COME(event),
    )
    if row.recurrence:
        _check_series(row)
    return row


def _check_series(row: EventRow) -> None:
    try:
        validate(row)
    except InvalidRecurrence as error:
        raise MalformedEvent(f"its recurrence can't be read: {error}"[:300]) from None


def _moment(when: When | None, name: str) -> tuple[datetime, bool]:
    """Return the UTC instant (midnight for a date), and whether it is a date."""
    if when is None:
        raise MalformedEvent(f"it has no {name}")
    try:
        moment = _instant(when)
    except (ValueError, OverflowError):
        raise MalformedEvent(f"its {name} isn't a date or time") from None
    if not EARLIEST <= moment < LATEST:  # not representable in every time zone
        raise MalformedEvent(f"its {name} is too far from today")
    return moment, when.date is not None


def _instant(when: When) -> datetime:
    if when.date is not None:
        return datetime.combine(date.fromisoformat(when.date), time.min, UTC)
    moment = datetime.fromisoformat(when.date_time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=find_time_zone(when.time_zone))
    return moment.astimezone(UTC)


def _original_start(event: EventResource) -> datetime:
    return _moment(event.original_start_time, "originalStartTime")[0]


def _end(event: EventResource, start_at: datetime, all_day: bool) -> datetime:
    if event.end_time_unspecified or event.end is None:
        return start_at + _DAY if all_day else start_at
    end_at, end_all_day = _moment(event.end, "end")
    if end_all_day != all_day:
        raise MalformedEvent("its start and end must both be dates or both be times")
    if end_at < start_at:
        raise MalformedEvent("it ends before it starts")
    return max(end_at, start_at + _DAY) if all_day else end_at


def _event_zone(event: EventResource, calendar_zone: str) -> str:
    return _zone_name(event.start.time_zone if event.start else "", calendar_zone)


def _conference_url(event: EventResource) -> str:
    """A hangoutLink is Google Meet's; other services have only conferenceData."""
    points = event.conference_data.entry_points if event.conference_data else ()
    named = next((point.uri for point in points if point.entry_point_type == "video"), "")
    return web_address(named or event.hangout_link) if named or event.hangout_link else ""


def _guest_rights(event: EventResource) -> int:
    return (
        event.guests_can_modify * GuestRights.MODIFY.value
        + event.guests_can_invite_others * GuestRights.INVITE.value
        + event.guests_can_see_other_guests * GuestRights.SEE.value
    )


def _updated_at(event: EventResource) -> datetime | None:
    try:
        moment = datetime.fromisoformat(event.updated)
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST <= moment < LATEST else None


def _zone_name(name: str, default: str) -> str:
    """Return the IANA name; an unknown name falls back to the calendar's zone."""
    if not name:
        return default
    try:
        return find_time_zone(name).key
    except UnknownTimeZone:
        return default


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
