"""The first dates of a repetition that isn't stored yet."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from calendars.events.given_times import Times
from calendars.rfc5545.recurrence import InvalidRecurrence, expand
from calendars.timeline.instances import LOOKED_AHEAD

MOST_DATES = 5


def next_dates(times: Times, zone: ZoneInfo) -> list[datetime]:
    """Return the first starts as the reader's zone has them; all-day ones stand for dates."""
    before = times.start_at + LOOKED_AHEAD
    try:
        found = expand(times, after=times.start_at, before=before, limit=MOST_DATES + 1)
    except InvalidRecurrence:
        return []
    return [one.start_at.astimezone(UTC if times.all_day else zone) for one in found]
