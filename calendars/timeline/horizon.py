"""Move the stored horizon of every calendar to today: add the new days, drop the old ones."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from psycopg import sql

from accounts.security_context import acting_as, acting_as_system
from calendars.events.expansion import Horizon, extend_occurrences
from calendars.models import Calendar
from calendars.models.calendar import horizon_end, horizon_start
from calendars.timeline.window import touching_sql
from config.workers import OneOfMany

BATCH = 500
# By ctid, collected once: with a join by key and no statistics for a calendar that was just filled,
# the planner may search all of them again for each row.
_DROP = sql.SQL(
    """
    DELETE FROM calendars_occurrence WHERE ctid = ANY (ARRAY(
      SELECT o.ctid FROM calendars_occurrence o JOIN calendars_event e ON e.id = o.event_id
      WHERE o.owner_id = %(owner)s AND o.calendar_id = %(calendar)s
        AND NOT {} AND e.recurrence <> '{{}}'
      FOR UPDATE OF o SKIP LOCKED))
    """
).format(touching_sql("o", after="%(after)s", before="%(before)s"))


def roll_horizon() -> int:
    """Move each calendar in its own transaction. Returns the number of calendars moved."""
    target = Horizon(horizon_start(), horizon_end())
    moved = 0
    failed: list[UUID] = []
    while behind := _behind(target, failed):
        for calendar in behind:
            with OneOfMany("horizon_fault", calendar=str(calendar.pk)) as one:
                _roll(calendar, target)
            if one.failed:
                failed.append(calendar.pk)
            moved += not one.failed
    return moved


def _roll(calendar: Calendar, target: Horizon) -> None:
    with acting_as(user_id=calendar.owner_id):
        roll_calendar(calendar.pk, target)


def roll_calendar(calendar_id: UUID, target: Horizon) -> None:
    """Move the horizon of one calendar, within a transaction of its owner."""
    calendar = Calendar.objects.select_for_update(no_key=True).filter(pk=calendar_id).first()
    if calendar is None:  # deleted since it was listed
        return
    for gap in Horizon.of(calendar).gaps(target.after, target.before):
        extend_occurrences(calendar=calendar, window=gap)
    _drop_outside(calendar, target)
    calendar.expanded_from, calendar.expanded_until = target.after, target.before
    calendar.save(update_fields=["expanded_from", "expanded_until"])


def _behind(target: Horizon, failed: Collection[UUID]) -> list[Calendar]:
    current = {"expanded_from": target.after, "expanded_until": target.before}
    behind = Calendar.objects.filter(removed_at=None).exclude(**current).exclude(pk__in=failed)
    with acting_as_system(reason="to list calendars with an old horizon"):
        return list(behind.only("pk", "owner_id")[:BATCH])


def _drop_outside(calendar: Calendar, kept: Horizon) -> None:
    """Delete instances of series outside the horizon. Rows locked by a sync are left for the next
    day: waiting for them with the calendar locked could deadlock."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DROP.as_string(),
            {
                "owner": calendar.owner_id,
                "calendar": calendar.pk,
                "after": kept.after,
                "before": kept.before,
            },
        )
