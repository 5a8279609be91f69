"""What touches a window of the time line, said once for Python and once for the database.

The rule itself is `calendars.rfc5545.recurrence.touches`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Q
from psycopg import sql

from calendars.models import Occurrence
from calendars.models.event import LONG_SPAN
from calendars.rfc5545.recurrence import touches


def touching(*, after: datetime, before: datetime) -> Q:
    """`touches` for rows with a start_at and an end_at."""
    return Q(start_at__lt=before) & (Q(end_at__gt=after) | Q(start_at__gte=after))


def touching_sql(row: str, *, after: str, before: str) -> sql.SQL:
    """The same in SQL, of a row's alias and two SQL expressions."""
    return sql.SQL(
        f"({row}.start_at < {before} AND ({row}.end_at > {after} OR {row}.start_at >= {after}))"
    )


@dataclass(frozen=True, slots=True)
class Window:
    """[start_at, end_at), both aware. All-day occurrences compare as dates, with the window's own
    first and last day in start_at's zone."""

    start_at: datetime
    end_at: datetime

    @property
    def first(self) -> datetime:
        """Midnight UTC of the first date."""
        return datetime.combine(self.start_at.date(), time.min, UTC)

    @property
    def last(self) -> datetime:
        """Midnight UTC after the last date; a day that has begun counts as a whole."""
        end_at = self.end_at.astimezone(self.start_at.tzinfo)
        last = datetime.combine(end_at.date(), time.min, UTC)
        return last + timedelta(days=end_at.time() > time.min)

    @property
    def reach(self) -> datetime:
        """No occurrence that ends before this touches the window, ..."""
        return min(self.start_at, self.first).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """... and none that starts here or later."""
        return max(self.end_at, self.last).astimezone(UTC)

    @property
    def near_from(self) -> datetime:
        """What touches the window and starts before this is one of the few long occurrences."""
        return self.reach - LONG_SPAN

    def holds(self, occurrence: Occurrence) -> bool:
        """Whether it touches the window; for what isn't stored."""
        dated = occurrence.all_day
        return touches(
            occurrence.start_at,
            occurrence.end_at,
            after=self.first if dated else self.start_at,
            before=self.last if dated else self.end_at,
        )

    def condition(self) -> Q:
        """The same for stored ones: one range of start times, or the few long ones by their end."""
        timed = Q(all_day=False) & touching(after=self.start_at, before=self.end_at)
        dated = Q(all_day=True) & touching(after=self.first, before=self.last)
        near = Q(start_at__gte=self.near_from, start_at__lt=self.until)
        long = Q(long=True, end_at__gt=self.reach)
        return (near | long) & (timed | dated)
