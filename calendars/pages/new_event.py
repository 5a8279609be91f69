"""What the form of a new event begins with: a place in the calendar, or another event."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone

from calendars.pages.event_input import Input, input_of, new_input, step_of
from calendars.timeline.event_card import ShownEvent
from profiles.preferences import Reader

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
LONGEST_PEOPLE = 4000
_MORNING = time(9)


def prefilled_input(given: QueryDict, *, calendar: str, reader: Reader) -> Input:
    """Read `start`, `end` (exclusive), `all_day`, `title` and `people` of an address. What can't be
    read is left out: the next full hour is the default."""
    start, end = (moment_of(given.get(name, ""), reader) for name in ("start", "end"))
    all_day = given.get("all_day", "").lower() in ("1", "true", "on", "yes")
    first = _first_at(start, reader)
    if all_day:
        last = _last_day(end, first.date())
        span = (first, datetime.combine(last, first.timetz()))
    else:
        is_later = isinstance(end, datetime) and end > first
        span = (first, end if is_later and isinstance(end, datetime) else first + _HOUR)
    typed = new_input(
        start=span[0],
        end=span[1],
        all_day=all_day,
        calendar=calendar,
        title=(given.get("title") or given.get("summary", ""))[:1024],
        reader=reader,
    )
    people = given.get("people", "")[:LONGEST_PEOPLE]
    return step_of(typed | {"people": people}, "people") if people else typed


def copied_input(shown: ShownEvent, *, calendar: str, category: str, reader: Reader) -> Input:
    """Return an event, or one instance of a series, as a new event."""
    copied = input_of(shown, reader=reader, category=category)
    guests = [one for one in copied["guests"] if not one["fixed"] and "@" in one["key"]]
    fresh = [{**one, "response": ""} for one in guests]
    return copied | {"calendar": calendar, "guests": fresh, "repeat": "never"}


def moment_of(text: str, reader: Reader) -> date | datetime | None:
    """Read a date, or a time: one without an offset is of the reader's zone."""
    try:
        if "T" not in text.upper():
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that wasn't encoded
        return at.replace(tzinfo=reader.zone) if at.tzinfo is None else at.astimezone(reader.zone)
    except (ValueError, OverflowError):
        return None


def _first_at(start: date | datetime | None, reader: Reader) -> datetime:
    if isinstance(start, datetime):
        return start
    now = timezone.now().astimezone(reader.zone)
    next_hour = now.replace(minute=0, second=0, microsecond=0) + _HOUR
    if start is None or start == next_hour.date():
        return next_hour
    return datetime.combine(start, _MORNING, reader.zone)


def _last_day(end: date | datetime | None, first: date) -> date:
    if end is None:
        return first
    last = end.date() if isinstance(end, datetime) else end
    return max(last - _DAY, first)
