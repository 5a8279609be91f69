"""A table of a million events, of which one user has a hundred thousand: 500 in any month."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar
from tests.calendars.rows import make_calendar, make_connection
from tests.factories import make_user

OWN = 100_000
OTHERS = 90
OTHERS_EACH = 10_000
CALENDARS = (("Work", "#4a6fa5"), ("Home and family", "#c07a1c"), ("Ideas", "#2f7d5d"))
APART = timedelta(minutes=89)  # 500 in a month
# Their ids begin with those of their calendar, as `event_id_for` makes them. One in twelve is of
# whole days, one in twenty belongs to a series, one in fifty lasts a day and a half.
FILL = """
INSERT INTO calendars_event (id, owner_id, calendar_id, remote_id, ical_uid, etag, sequence, status,
    summary, description, location, start_at, end_at, all_day, time_zone, recurrence,
    recurring_event_id, visibility, transparency, event_type, colour_id, html_link, organizer,
    attendees, reminders, changed_at)
SELECT (left(replace(calendar::text, '-', ''), 12) || '8' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(n::text), 4, 15))::uuid, %(owner)s, calendar, 'event-' || n, '', '', 0,
    CASE WHEN n %% 9 = 0 THEN 'tentative' ELSE 'confirmed' END,
    'Meeting ' || n || ' about the autumn', CASE WHEN n %% 2 = 0 THEN
        'Ana & Björn bring the figures of last month.' || chr(10) || 'Minutes: https://example.org/'
        || n ELSE '' END, CASE WHEN n %% 3 = 0 THEN 'Storgata 12, 0184 Oslo' ELSE '' END,
    at, at + CASE WHEN n %% 12 = 0 THEN interval '1 day' WHEN n %% 50 = 0 THEN interval '36 hours'
        ELSE interval '45 minutes' END, n %% 12 = 0,
    (ARRAY['Europe/Berlin', 'Europe/Berlin', 'America/New_York', 'UTC'])[1 + n %% 4],
    CASE WHEN n %% 20 = 0 THEN ARRAY['RRULE:FREQ=DAILY;COUNT=1'] ELSE '{}' END,
    '', '', '', '', '', '', '{}', '[]', '{}', now()
FROM generate_series(1, %(events)s) n,
    LATERAL (SELECT (%(calendars)s::uuid[])[1 + n %% 3] AS calendar,
        %(start)s + n * %(apart)s AS moment) AS placed,
    LATERAL (SELECT CASE WHEN n %% 12 = 0 THEN date_trunc('day', moment, 'UTC') ELSE moment END
        AS at) AS timed;
INSERT INTO calendars_occurrence (event_id, original_start_at, owner_id, calendar_id, start_at,
    end_at, all_day, long)
SELECT id, start_at, owner_id, calendar_id, start_at, end_at, all_day, false
FROM calendars_event WHERE owner_id = %(owner)s
"""


@functools.cache
def fill_a_million() -> User:
    """Return the user with OWN events; the others have OTHERS_EACH. Benchmarks share the table."""
    owner = make_user("alice@example.org")
    fill_calendars(owner, OWN)
    for number in range(OTHERS):
        fill_calendars(make_user(f"person{number}@example.org", password=None), OTHERS_EACH)
    # On the raw connection: VACUUM can't share a text with the tests' own setting.
    connection.connection.execute("VACUUM ANALYZE calendars_event, calendars_occurrence")
    return owner


def fill_calendars(owner: User, events: int) -> Sequence[Calendar]:
    """Create three calendars of one account with these events around today, APART."""
    account = make_connection(owner)
    calendars = [make_calendar(account, name, colour) for name, colour in CALENDARS]
    names: dict[str, Any] = {
        "owner": owner.pk,
        "calendars": [one.pk for one in calendars],
        "events": events,
        "start": _noon() - events // 2 * APART,
        "apart": APART,
    }
    with connection.cursor() as cursor:
        cursor.execute(FILL, names)
    return calendars


def _noon() -> datetime:
    return timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
