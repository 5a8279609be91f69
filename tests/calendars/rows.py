"""Rows of a user's connected account and of a full month."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar, Connection, Event, Occurrence, SyncState, event_id_for

DAY = timedelta(days=1)


def make_connection(owner: User, *, email: str = "ada@example.com", **fields: str) -> Connection:
    return Connection.objects.create(owner=owner, subject=str(uuid.uuid4()), email=email, **fields)


def make_calendar(
    connection: Connection, name: str, colour: str, *, synced_at: datetime | None = None
) -> Calendar:
    calendar = Calendar.objects.create(
        owner_id=connection.owner_id,
        connection=connection,
        remote_id=name,
        name=name,
        colour=colour,
    )
    SyncState.objects.create(
        connection=connection,
        calendar=calendar,
        owner_id=connection.owner_id,
        last_synced_at=synced_at or timezone.now(),
        due_at=timezone.now() + DAY,
        done=1,
    )
    return calendar


def make_event(
    calendar: Calendar,
    summary: str,
    start_at: datetime,
    end_at: datetime,
    *,
    all_day: bool = False,
    **fields: Any,
) -> Event:
    remote_id = str(uuid.uuid4())
    event = Event.objects.create(
        id=event_id_for(calendar.pk, remote_id),
        owner_id=calendar.owner_id,
        calendar=calendar,
        remote_id=remote_id,
        summary=summary,
        start_at=start_at,
        end_at=end_at,
        all_day=all_day,
        **fields,
    )
    Occurrence.objects.create(
        event=event,
        original_start_at=start_at,
        owner_id=calendar.owner_id,
        calendar=calendar,
        start_at=start_at,
        end_at=end_at,
        all_day=all_day,
        long=False,
    )
    return event


def make_day(calendar: Calendar, summary: str, on: date, days: int = 1) -> Event:
    """Create an all-day event."""
    start_at = datetime.combine(on, time.min, UTC)
    return make_event(calendar, summary, start_at, start_at + days * DAY, all_day=True)


def make_hour(calendar: Calendar, summary: str, on: date, hour: int, **fields: Any) -> Event:
    start_at = datetime.combine(on, time(hour), UTC)
    return make_event(calendar, summary, start_at, start_at + timedelta(hours=1), **fields)


def fill_month(owner: User, on: date) -> list[Calendar]:
    """Create three calendars and everything that a month can show, around `on`."""
    connection = make_connection(owner)
    work, home, holidays = (
        make_calendar(connection, name, colour)
        for name, colour in [
            ("Work", "#4a6fa5"),
            ("Home and family", "#c07a1c"),
            ("Feiertage in Deutschland", "#2f7d5d"),
        ]
    )
    monday = on - timedelta(days=on.weekday())
    for week in (-2, -1, 0, 1, 2):
        for weekday in range(5):
            make_hour(work, "Stand-up", monday + timedelta(weeks=week, days=weekday), 9)
        make_hour(home, "Piano lesson", monday + timedelta(weeks=week, days=2), 16)
        make_hour(work, "Design review", monday + timedelta(weeks=week, days=3), 14)
    make_day(work, "Conference in Lisbon", monday + 4 * DAY, days=5)
    make_day(holidays, "Buß- und Bettag", monday + 2 * DAY)
    make_day(home, "Grandmother stays with us", monday - 5 * DAY, days=9)
    for hour in (10, 11, 13, 15):
        make_hour(work, f"Interview at {hour}", on, hour)
    make_hour(
        home,
        "Dinner with Ingrid & Ola <at theirs>",
        on,
        19,
        location="Storgata 12, 0184 Oslo",
        status="tentative",
        time_zone="Europe/Oslo",
        description="Bring <b>the blue folder</b>.<br>See https://example.org/route",
        recurrence=["RRULE:FREQ=WEEKLY"],
    )
    return [work, home, holidays]
