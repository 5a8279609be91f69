"""Google's JSON into the shapes of our rows, strictly: what cannot be kept is named, not guessed.

https://developers.google.com/workspace/calendar/api/v3/reference/events
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from calendars.event_rows import EventRow
from calendars.recurrence import InvalidRecurrence, validate
from calendars.timezones import UnknownTimeZone, find_time_zone

DEFAULT_COLOUR = "#4a6fa5"
MAX_ID_LENGTH = 1024
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
_STATUSES = {"confirmed", "tentative", "cancelled"}
_TEXTS = (
    "summary", "description", "location", "iCalUID", "etag",
    "visibility", "transparency", "eventType", "colorId", "htmlLink",
)  # fmt: skip
_READ_ONLY_ROLES = {"freeBusyReader", "reader"}


class MalformedEvent(ValueError):
    """An event that cannot be kept; the message says why, for the person whose event it is."""


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One entry of the calendar list. `removed`: the account no longer has it."""

    remote_id: str
    name: str = ""
    description: str = ""
    colour: str = DEFAULT_COLOUR
    time_zone: str = "UTC"
    primary: bool = False
    read_only: bool = False
    selected: bool = True
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Deletion:
    """An event that is gone; Google guarantees no more than its id."""

    remote_id: str
    remote_updated_at: datetime | None = None


def calendar_row(item: Mapping[str, Any]) -> CalendarRow | None:
    """One calendarList entry; None where it has no id and so cannot be named."""
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
    )


def event_row(item: Mapping[str, Any], calendar_zone: str) -> EventRow | Deletion:
    """One event resource. Raises MalformedEvent."""
    remote_id = _text(item, "id")
    if not remote_id or len(remote_id) > MAX_ID_LENGTH:
        raise MalformedEvent("it has no usable id")
    status = _text(item, "status") or "confirmed"
    if status not in _STATUSES:
        raise MalformedEvent(f"its status is unknown: {status[:40]}")
    master_id = _text(item, "recurringEventId")
    if status == "cancelled":
        if master_id:
            return _cancelled(item, remote_id, master_id)
        return Deletion(remote_id, _updated_at(item))
    return _live(item, remote_id, master_id, status, calendar_zone)


def _cancelled(item: Mapping[str, Any], remote_id: str, master_id: str) -> EventRow:
    """A cancelled exception is kept as long as its master: it says which instance is left out."""
    original_at, all_day = _moment(item, "originalStartTime")
    return EventRow(
        remote_id=remote_id,
        start_at=original_at,
        end_at=original_at,
        all_day=all_day,
        time_zone="UTC",
        status="cancelled",
        recurrence=[],
        organizer={},
        attendees=[],
        reminders={},
        recurring_event_id=master_id,
        original_start_at=original_at,
        etag=_text(item, "etag")[:100],
        sequence=_whole_number(item, "sequence"),
        remote_updated_at=_updated_at(item),
    )


def _live(
    item: Mapping[str, Any], remote_id: str, master_id: str, status: str, calendar_zone: str
) -> EventRow:
    start_at, all_day = _moment(item, "start")
    end_at = _end(item, start_at, all_day)
    summary, description, location, ical_uid, etag, *rest = _texts(item)
    visibility, transparency, event_type, colour_id, html_link = rest
    row = EventRow(
        remote_id=remote_id,
        start_at=start_at,
        end_at=end_at,
        all_day=all_day,
        time_zone="UTC" if all_day else _event_zone(item, calendar_zone),
        status=status,
        summary=summary,
        description=description,
        location=location,
        recurrence=[] if master_id else _lines(item),
        recurring_event_id=master_id,
        original_start_at=_moment(item, "originalStartTime")[0] if master_id else None,
        ical_uid=ical_uid[:MAX_ID_LENGTH],
        etag=etag[:100],
        sequence=_whole_number(item, "sequence"),
        visibility=visibility[:20],
        transparency=transparency[:20],
        event_type=event_type[:30],
        colour_id=colour_id[:10],
        html_link=html_link,
        organizer=_object(item, "organizer"),
        attendees=_list(item, "attendees"),
        reminders=_object(item, "reminders"),
        remote_updated_at=_updated_at(item),
    )
    if row.recurrence:
        _check_series(row)
    return row


def _check_series(row: EventRow) -> None:
    try:
        validate(row.series)
    except InvalidRecurrence as error:
        raise MalformedEvent(f"its repetition cannot be read: {error}"[:300]) from None


def _moment(item: Mapping[str, Any], name: str) -> tuple[datetime, bool]:
    """A start, end or originalStartTime: the UTC instant (of a date: its midnight), all-day?"""
    value = item.get(name)
    if not isinstance(value, dict):
        raise MalformedEvent(f"it has no {name}")
    try:
        if "date" in value:
            day = date.fromisoformat(str(value["date"]))
            return datetime.combine(day, time.min, UTC), True
        moment = datetime.fromisoformat(str(value.get("dateTime")))
        if moment.tzinfo is None:
            zone = find_time_zone(str(value.get("timeZone") or ""))
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC), False
    except (ValueError, OverflowError):
        raise MalformedEvent(f"its {name} is not a date or time") from None


def _end(item: Mapping[str, Any], start_at: datetime, all_day: bool) -> datetime:
    if item.get("endTimeUnspecified") is True or "end" not in item:
        return start_at
    end_at, end_all_day = _moment(item, "end")
    if end_all_day != all_day:
        raise MalformedEvent("one of its start and end is a date and the other a time")
    if end_at < start_at:
        raise MalformedEvent("it ends before it starts")
    return end_at


def _event_zone(item: Mapping[str, Any], calendar_zone: str) -> str:
    return _zone_name(_text(item["start"], "timeZone"), calendar_zone)


def _zone_name(name: str, default: str) -> str:
    """The IANA name; a name that nobody knows gives way to the calendar's zone."""
    if not name:
        return default
    try:
        return find_time_zone(name).key
    except UnknownTimeZone:
        return default


def _lines(item: Mapping[str, Any]) -> list[str]:
    lines = item.get("recurrence") or []
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise MalformedEvent("its repetition cannot be read")
    return lines


def _updated_at(item: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(item, "updated"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _whole_number(item: Mapping[str, Any], name: str) -> int:
    value = item.get(name)
    return value if type(value) is int and abs(value) < 2**63 else 0


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _texts(item: Mapping[str, Any]) -> list[str]:
    """Those of _TEXTS: a call for each would take as long as all the rest of an event."""
    get = item.get
    return [text if type(text := get(name)) is str else "" for name in _TEXTS]


def _object(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _list(item: Mapping[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else []
