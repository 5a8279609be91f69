"""Generate many plausible events, for measurements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from sandbox.calendar import Calendar
from sandbox.event import live_event
from sandbox.times import render_when
from sandbox.wire import Json

_WHAT = (
    "Review",
    "Planning",
    "Call",
    "Lunch",
    "Workshop",
    "Interview",
    "Dentist",
    "Training",
    "Budget",
    "Release",
    "Retrospective",
    "Site visit",
)
_WHOM = ("Amara", "Björn", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivo", "Jun")
_WHERE = ("Room Aldebaran", "Room Vega", "Café am Ufer", "Video call", "2nd floor", "")
_MINUTES = (15, 30, 45, 60, 90, 120)
_SPAN_DAYS = 730


def generate_events(calendar: Calendar, count: int, *, recurring: float = 0.02) -> None:
    """Add `count` events within a year from today; `recurring` is the fraction of weekly series.

    The same calendar and count give the same events, relative to today.
    """
    random = Random(f"{calendar.id} {count}")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(count):
        offset = timedelta(
            days=random.randrange(_SPAN_DAYS) - _SPAN_DAYS // 2,
            minutes=random.randrange(7 * 4, 20 * 4) * 15,
        )
        minutes = random.choice(_MINUTES)
        _add(calendar, random, number, today + offset, timedelta(minutes=minutes), recurring)


def _add(
    calendar: Calendar,
    random: Random,
    number: int,
    start: datetime,
    duration: timedelta,
    recurring: float,
) -> None:
    event_id = f"bulk{number:08d}{random.getrandbits(60):015d}"
    body: Json = {"kind": "calendar#event", "id": event_id, "status": "confirmed"}
    calendar.stamped(body)
    body |= {
        "htmlLink": calendar.html_link(event_id),
        "created": body["updated"],
        "summary": f"{random.choice(_WHAT)} with {random.choice(_WHOM)}",
        "location": random.choice(_WHERE),
        "creator": calendar.person(),
        "organizer": calendar.person(),
        "start": render_when(start, calendar.zone, calendar.time_zone),
        "end": render_when(start + duration, calendar.zone, calendar.time_zone),
        "iCalUID": f"{event_id}@google.com",
        "sequence": 0,
        "reminders": {"useDefault": True},
        "eventType": "default",
    }
    if random.random() < recurring:
        body["recurrence"] = ["RRULE:FREQ=WEEKLY;COUNT=12"]
    if not body["location"]:
        del body["location"]
    calendar.put(live_event(body, begin=start.timestamp(), end=(start + duration).timestamp()))
