"""Build timeline entries for the tests of the pages."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, tzinfo

from calendars.timeline.occurrences import TimelineEntry


def timed(start_at: datetime, end_at: datetime, summary: str = "Meeting") -> TimelineEntry:
    return _entry(start_at, end_at, summary, all_day=False)


def all_day(first_on: date, end_on: date, summary: str = "Holiday") -> TimelineEntry:
    return _entry(midnight(first_on, UTC), midnight(end_on, UTC), summary, all_day=True)


def midnight(on: date, zone: tzinfo) -> datetime:
    return datetime.combine(on, time.min, zone)


def _entry(start_at: datetime, end_at: datetime, summary: str, *, all_day: bool) -> TimelineEntry:
    return TimelineEntry(
        event_id=uuid.uuid4(),
        calendar_id=uuid.UUID(int=1),
        calendar_name="Work",
        colour="#4a6fa5",
        summary=summary,
        description="",
        location="",
        status="confirmed",
        time_zone="UTC",
        start_at=start_at,
        end_at=end_at,
        all_day=all_day,
        recurring=False,
        original_start_at=start_at,
    )
