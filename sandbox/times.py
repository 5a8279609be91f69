"""Times, dates and zones, converted between Google's JSON and Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.wire import Json

# An event begins and ends on dates or at times, never one of each.
When = date | datetime


@cache
def zone_named(name: str) -> ZoneInfo | None:
    """Return the IANA zone, or None if the name is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse_moment(text: str) -> datetime:
    """Parse RFC 3339 with an offset; raises ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or len(text) < len("2026-01-01T00:00Z"):
        raise ValueError("an RFC 3339 timestamp needs an offset")
    return moment.replace(microsecond=0)


def is_all_day(when: When) -> bool:
    """Return whether it is a date; in Python a datetime is a date, too."""
    return not isinstance(when, datetime)


def seconds(when: When, zone: ZoneInfo) -> float:
    """Return seconds since the epoch; a date is midnight in the calendar's zone."""
    if isinstance(when, datetime):
        return when.timestamp()
    return datetime(when.year, when.month, when.day, tzinfo=zone).timestamp()


def read_when(time: Json, default: ZoneInfo) -> When:
    """Parse the start or end of an event; raises ValueError if it is invalid.

    A `dateTime` without offset is read in its `timeZone`, as Google does.
    """
    if time.get("date") is not None:
        return date.fromisoformat(time["date"])
    zone = zone_named(time["timeZone"]) if time.get("timeZone") else None
    if time.get("timeZone") and zone is None:
        raise ValueError("unknown time zone")
    moment = datetime.fromisoformat(time["dateTime"]).replace(microsecond=0)
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError("neither an offset nor a time zone")
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(zone or default)


def render_when(when: When, shown_in: ZoneInfo, time_zone: str | None = None) -> Json:
    """Format a start or end as Google does: the calendar's offset, the event's zone."""
    if not isinstance(when, datetime):
        return {"date": when.isoformat()}
    rendered: Json = {"dateTime": spell(when.astimezone(shown_in))}
    if time_zone:
        rendered["timeZone"] = time_zone
    return rendered


def spell(moment: datetime) -> str:
    """Format as RFC 3339, with Z for UTC."""
    text = moment.isoformat(timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def stamp_of(when: When) -> str:
    """Return the suffix of an instance's id: `20260105T090000Z`, or `20260105` for a day."""
    if isinstance(when, datetime):
        return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return when.strftime("%Y%m%d")


def add(when: When, duration: timedelta) -> When:
    """Add an exact duration: RFC 5545, 3.8.5.3 for a DTEND."""
    if isinstance(when, datetime):
        return (when.astimezone(UTC) + duration).astimezone(when.tzinfo)
    return when + duration


def between(start: When, end: When) -> timedelta:
    """Return the exact duration from start to end, both dates or both times."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end.astimezone(UTC) - start.astimezone(UTC)
    if isinstance(start, datetime) or isinstance(end, datetime):
        raise ValueError("a date and a time have no duration between them")
    return end - start
