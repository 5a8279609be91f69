"""The condition for touching a window of the timeline, in Python and for the database.

The rule itself is `calendars.rfc5545.recurrence.touches`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from psycopg import sql

from calendars.models import Occurrence
from calendars.models.event import LONG_SPAN, SHORT
from calendars.rfc5545.recurrence import touches


def touching_sql(row: str, *, after: str, before: str) -> sql.SQL:
    """Return the condition `touches` in SQL, for a row's alias and two SQL expressions."""
    return sql.SQL(
        f"({row}.start_at < {before} AND ({row}.end_at > {after} OR {row}.start_at >= {after}))"
    )


@dataclass(frozen=True, slots=True)
class Window:
    """The window [start_at, end_at), both aware. All-day occurrences compare as dates, with the
    first and last day of the window in the zone of start_at."""

    start_at: datetime
    end_at: datetime

    @property
    def first(self) -> datetime:
        """Midnight UTC of the first date."""
        return datetime.combine(self.start_at.date(), time.min, UTC)

    @property
    def last(self) -> datetime:
        """Midnight UTC after the last date; a partial last day counts as a whole day."""
        end_at = self.end_at.astimezone(self.start_at.tzinfo)
        last = datetime.combine(end_at.date(), time.min, UTC)
        return last + timedelta(days=end_at.time() > time.min)

    @property
    def reach(self) -> datetime:
        """Occurrences that end before this don't touch the window."""
        return min(self.start_at, self.first).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """Occurrences that start at or after this don't touch the window."""
        return max(self.end_at, self.last).astimezone(UTC)

    @property
    def near_from(self) -> datetime:
        """Occurrences that touch the window but start before this are among the few long ones."""
        return self.reach - LONG_SPAN

    def bounds(self) -> dict[str, datetime]:
        """Return the bounds of scans along the indexes by their names in SQL, in UTC."""
        return {
            "start_at": self.start_at.astimezone(UTC),
            "end_at": self.end_at.astimezone(UTC),
            "first": self.first,
            "last": self.last,
            "short_from": self.start_at.astimezone(UTC) - SHORT,
            "near_from": self.near_from,
            "reach": self.reach,
            "until": self.until,
        }

    def holds(self, occurrence: Occurrence) -> bool:
        """Whether an occurrence that isn't stored touches the window."""
        dated = occurrence.all_day
        return touches(
            occurrence.start_at,
            occurrence.end_at,
            after=self.first if dated else self.start_at,
            before=self.last if dated else self.end_at,
        )
