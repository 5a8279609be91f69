"""A user with thousands of weekly series, written by two statements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from accounts.models import User
from calendars.models import Calendar
from tests.calendars.rows import make_calendar, make_connection

# They start throughout the week, last half an hour, and are stored for every week.
FILL = """
INSERT INTO calendars_event (id, owner_id, calendar_id, remote_id, ical_uid, etag, sequence, status,
    summary, description, location, start_at, end_at, all_day, time_zone, recurrence,
    recurring_event_id, visibility, transparency, event_type, colour_id, html_link, organizer,
    attendees, reminders, changed_at)
SELECT gen_random_uuid(), %(owner)s, %(calendar)s, 'series-' || n, '', '', 0, 'confirmed',
    'Series ' || n, '', '', at, at + interval '30 minutes', false, 'UTC', '{RRULE:FREQ=WEEKLY}',
    '', '', '', '', '', '', '{}', '[]', '{}', now()
FROM generate_series(1, %(series)s) n,
    LATERAL (SELECT %(start)s + (n * 4001 %% 10080) * interval '1 minute' AS at) AS one;
INSERT INTO calendars_occurrence (event_id, original_start_at, owner_id, calendar_id, start_at,
    end_at, all_day, long)
SELECT id, at, owner_id, calendar_id, at, at + interval '30 minutes', false, false
FROM calendars_event, generate_series(0, %(weeks)s - 1) week,
    LATERAL (SELECT start_at + week * interval '7 days' AS at) AS one
WHERE calendar_id = %(calendar)s;
"""


def fill_weeks(owner: User, *, series: int, start_at: datetime, weeks: int) -> Calendar:
    """Create a calendar with that many series, whose instances are stored for these weeks."""
    calendar = make_calendar(make_connection(owner), "Crowded", "#4a6fa5")
    names: dict[str, Any] = {"owner": owner.pk, "calendar": calendar.pk, "series": series}
    with connection.cursor() as cursor:
        cursor.execute(FILL, {**names, "start": start_at.astimezone(UTC), "weeks": weeks})
        cursor.execute("ANALYZE calendars_event, calendars_occurrence")
    return calendar
