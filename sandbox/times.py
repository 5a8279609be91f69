"""Moments, dates and zones between Google's JSON and Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.wire import Json

# An event begins and ends on dates or at moments, never on one of each.
When = date | datetime


@cache
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone, or None when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse_moment(text: str) -> datetime:
    """RFC 3339 with an offset; ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or len(text) < len("2026-01-01T00:00Z"):
        raise ValueError("an RFC 3339 timestamp needs an offset")
    return moment.replace(microsecond=0)


def is_all_day(when: When) -> bool:
    """A date, and not the moment that Python counts as one."""
    return not isinstance(when, datetime)


def seconds(when: When, zone: ZoneInfo) -> float:
    """Where a date or moment lies on the line of time; a date at midnight of the calendar."""
    if isinstance(when, datetime):
        return when.timestamp()
    return datetime(when.year, when.month, when.day, tzinfo=zone).timestamp()


def read_when(time: Json, default: ZoneInfo) -> When:
    """A start or an end out of an event; ValueError when it is unreadable.

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
    """A start or an end as Google answers it: the calendar's offset, the event's zone."""
    if not isinstance(when, datetime):
        return {"date": when.isoformat()}
    rendered: Json = {"dateTime": spell(when.astimezone(shown_in))}
    if time_zone:
        rendered["timeZone"] = time_zone
    return rendered


def spell(moment: datetime) -> str:
    """RFC 3339 with Z for UTC."""
    text = moment.isoformat(timespec="seconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def stamp_of(when: When) -> str:
    """The tail of an instance's id: `20260105T090000Z`, or `20260105` for a day."""
    if isinstance(when, datetime):
        return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return when.strftime("%Y%m%d")


def add(when: When, duration: timedelta) -> When:
    """Later by an exact duration: RFC 5545, 3.8.5.3 for a DTEND."""
    if isinstance(when, datetime):
        return (when.astimezone(UTC) + duration).astimezone(when.tzinfo)
    return when + duration


def between(start: When, end: When) -> timedelta:
    """The exact duration from start to end, both dates or both moments."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end.astimezone(UTC) - start.astimezone(UTC)
    if isinstance(start, datetime) or isinstance(end, datetime):
        raise ValueError("a date and a moment have no duration between them")
    return end - start
