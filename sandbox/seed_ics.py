"""A calendar from a real iCalendar file."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from icalendar import Calendar as ICalendar

from sandbox.calendar import Calendar
from sandbox.editing import delete_event, insert_event, patch_event
from sandbox.errors import GoogleError
from sandbox.seed_holidays import stable_id
from sandbox.times import stamp_of, zone_named
from sandbox.wire import Json
from sandbox.world import World


def seed_ics(world: World, path: Path) -> Calendar:
    """Import a file; events that Google would refuse are left out and counted on stderr.

    Raises OSError if it can't be read and ValueError if it is not an iCalendar file.
    """
    source = _read(path)
    zone = str(source.get("X-WR-TIMEZONE", "UTC"))
    name = str(source.get("X-WR-CALNAME", path.stem))
    calendar = world.add_calendar(
        f"{stable_id(name)}@import.calendar.google.com", name, zone if zone_named(zone) else "UTC"
    )
    # A series has to be created before its exceptions, whatever their order in the file.
    parts = sorted(source.walk("VEVENT"), key=lambda part: "RECURRENCE-ID" in part)
    refused = sum(not _added(calendar, part) for part in parts)
    if refused:
        print(f"{path.name}: {refused} of {len(parts)} events left out.", file=sys.stderr)
    return calendar


def _read(path: Path) -> Any:
    try:
        return ICalendar.from_ical(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} is not an iCalendar file: {error}") from None


def _added(calendar: Calendar, part: Any) -> bool:
    try:
        _add(calendar, part)
    except (GoogleError, KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def _add(calendar: Calendar, part: Any) -> None:
    event_id, body = stable_id(calendar.id, str(part["UID"])), _body(calendar, part)
    if "RECURRENCE-ID" in part:
        instance = f"{event_id}_{stamp_of(_zoned(calendar, part['RECURRENCE-ID'].dt))}"
        if str(part.get("STATUS", "")).upper() == "CANCELLED":
            delete_event(calendar, instance)
        else:
            patch_event(calendar, instance, body)
        return
    recurrence = [line for name in ("RRULE", "RDATE", "EXDATE") for line in _lines(part, name)]
    insert_event(
        calendar, {**body, "id": event_id, "iCalUID": str(part["UID"]), "recurrence": recurrence}
    )


def _body(calendar: Calendar, part: Any) -> Json:
    start = _zoned(calendar, part["DTSTART"].dt)
    end = _zoned(calendar, part["DTEND"].dt) if "DTEND" in part else start + _duration(part, start)
    body: Json = {"start": _time(calendar, start), "end": _time(calendar, end)}
    for name in ("SUMMARY", "DESCRIPTION", "LOCATION"):
        if name in part:
            body[name.lower()] = str(part[name])
    return body


def _duration(part: Any, start: date) -> timedelta:
    if "DURATION" in part:
        duration: timedelta = part["DURATION"].dt
        return duration
    return timedelta() if isinstance(start, datetime) else timedelta(days=1)


def _zoned(calendar: Calendar, when: date) -> date:
    if isinstance(when, datetime) and when.tzinfo is None:
        return when.replace(tzinfo=calendar.zone)
    return when


def _time(calendar: Calendar, when: date) -> Json:
    if not isinstance(when, datetime):
        return {"date": when.isoformat()}
    name = str(when.tzinfo)
    return {
        "dateTime": when.isoformat(),
        "timeZone": name if zone_named(name) else calendar.time_zone,
    }


def _lines(part: Any, name: str) -> list[str]:
    values = part.get(name, [])
    return [_line(name, value) for value in (values if isinstance(values, list) else [values])]


def _line(name: str, value: Any) -> str:
    parameters = "".join(f";{key}={text}" for key, text in value.params.items())
    return f"{name}{parameters}:{value.to_ical().decode()}"
