"""Validation of the writable members of an event, like Google's."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from sandbox.errors import GoogleError
from sandbox.recurrence import Series, check_lines
from sandbox.times import When, is_all_day, read_when, render_when, seconds, zone_named
from sandbox.wire import Json

# Members that a client may set; all others are Google's and silently ignored.
WRITABLE = frozenset(
    [
        "anyoneCanAddSelf",
        "attachments",
        "attendees",
        "attendeesOmitted",
        "birthdayProperties",
        "colorId",
        "conferenceData",
        "description",
        "end",
        "endTimeUnspecified",
        "eventLabelId",
        "extendedProperties",
        "focusTimeProperties",
        "gadget",
        "guestsCanInviteOthers",
        "guestsCanModify",
        "guestsCanSeeOtherGuests",
        "location",
        "outOfOfficeProperties",
        "recurrence",
        "reminders",
        "source",
        "start",
        "status",
        "summary",
        "transparency",
        "visibility",
        "workingLocationProperties",
    ]
)
_CHOICES = {
    "status": {"confirmed", "tentative", "cancelled"},
    "transparency": {"opaque", "transparent"},
    "visibility": {"default", "public", "private", "confidential"},
}
_RESPONSES = {"needsAction", "declined", "tentative", "accepted"}
_EVENT_ID = re.compile(r"\A[a-v0-9]{5,1024}\Z")


def check_id(event_id: object) -> str:
    """Check a client-chosen id: base32hex, 5 to 1024 characters."""
    if not isinstance(event_id, str) or not _EVENT_ID.match(event_id):
        raise GoogleError("invalid", "Invalid resource id value.", location="id")
    return event_id


def writable(body: Json) -> Json:
    """Return the writable members of a body, validated."""
    kept = {name: value for name, value in body.items() if name in WRITABLE}
    for name, choices in _CHOICES.items():
        if kept.get(name) is not None and kept[name] not in choices:
            raise GoogleError("invalid", f"Invalid value for: {name}", location=name)
    for name in ("summary", "description", "location"):
        if kept.get(name) is not None and not isinstance(kept[name], str):
            raise GoogleError("parseError")
    _check_attendees(kept.get("attendees") or [])
    return kept


def _check_attendees(attendees: object) -> None:
    if not isinstance(attendees, list):
        raise GoogleError("parseError")
    for attendee in attendees:
        if not isinstance(attendee, dict) or "@" not in str(attendee.get("email", "")):
            raise GoogleError("invalid", "Invalid attendee email.", location="attendees.email")
        if attendee.setdefault("responseStatus", "needsAction") not in _RESPONSES:
            raise GoogleError("invalid", location="attendees.responseStatus")


def settle_times(body: Json, calendar_zone: ZoneInfo) -> tuple[float, float]:
    """Validate and normalise start, end and recurrence in place; return the times in seconds."""
    start, end = (_read(body, name, calendar_zone) for name in ("start", "end"))
    if is_all_day(start) != is_all_day(end):
        raise GoogleError(
            "invalid",
            "The start and end times must either both be date or both be dateTime.",
            location="end",
        )
    begin, finish = seconds(start, calendar_zone), seconds(end, calendar_zone)
    if finish < begin or (is_all_day(start) and finish == begin):
        raise GoogleError("timeRangeEmpty", location="timeRange")
    if body.get("recurrence"):
        _check_recurrence(body, start, calendar_zone)
    for name, when in (("start", start), ("end", end)):
        named = body[name].get("timeZone") or calendar_zone.key
        body[name] = render_when(when, calendar_zone, named)
    return begin, finish


def _read(body: Json, name: str, zone: ZoneInfo) -> When:
    time = body.get(name)
    if not isinstance(time, dict) or not (time.get("date") or time.get("dateTime")):
        raise GoogleError("required", f"Missing {name} time.", location=name)
    if time.get("date") and time.get("dateTime"):
        raise GoogleError("invalid", f"Invalid {name} time.", location=name)
    try:
        return read_when(time, zone)
    except (ValueError, TypeError, OverflowError):
        raise GoogleError("invalid", f"Invalid {name} time.", location=name) from None


def _check_recurrence(body: Json, start: When, zone: ZoneInfo) -> None:
    if not is_all_day(start) and not body["start"].get("timeZone"):
        raise GoogleError(
            "required", "Missing time zone definition for start time.", location="start.timeZone"
        )
    try:
        lines = tuple(str(line) for line in body["recurrence"])
        check_lines(Series(start, event_zone(body, zone), lines))
    except (ValueError, TypeError, OverflowError):
        raise GoogleError("invalid", "Invalid recurrence rule.", location="recurrence") from None


def event_zone(body: Json, default: ZoneInfo) -> ZoneInfo:
    """Return the zone in which an event recurs."""
    return zone_named(body["start"].get("timeZone") or "") or default
