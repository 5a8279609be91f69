"""Events into their table, with the occurrences of single ones: one statement for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone
from psycopg import sql

from calendars.models import Calendar, Event
from calendars.sync.expansion import single_occurrences
from config.postgresql import bulk
from config.postgresql.bulk import Column

# An older version of an event never replaces a newer one (a page may be late or out of order).
NOT_OLDER = (
    "old.remote_updated_at IS NULL OR excluded.remote_updated_at IS NULL"
    " OR excluded.remote_updated_at >= old.remote_updated_at"
)


class Stored(NamedTuple):
    """What one statement stored. `parts_of_series` are remote ids, of masters and exceptions."""

    created: int
    updated: list[UUID]
    parts_of_series: list[str]


def store_columns(*, calendar: Calendar, columns: Sequence[Column], run_id: UUID | None) -> Stored:
    """Writes events. Single ones that are new get their occurrence at once; what is left is told:
    `updated` may have occurrences to replace."""
    if not columns:
        return Stored(0, [], [])
    shared = bulk.pack_columns(
        Event,
        {},
        owner_id=calendar.owner_id,
        calendar_id=calendar.pk,
        seen_run=run_id,
        changed_at=timezone.now(),
    )
    batch = bulk.Batch(Event, [*columns, *shared])
    statement = sql.SQL(
        "WITH written AS ({} RETURNING old.id, old.remote_id, old.owner_id, old.calendar_id,"
        " old.start_at, old.end_at, old.all_day, old.status, old.recurrence,"
        " old.recurring_event_id, old.xmax = 0 AS created),"
        " shown AS ({})"
        " SELECT count(*) FILTER (WHERE created), array_agg(id) FILTER (WHERE NOT created),"
        " array_agg(remote_id) FILTER (WHERE recurrence <> '{{}}' OR recurring_event_id <> '')"
        " FROM written"
    ).format(batch.upsertion(["id"], NOT_OLDER), single_occurrences("written WHERE created"))
    created, updated, parts_of_series = bulk.fetch_one(statement, batch.parameters)
    return Stored(created, updated or [], parts_of_series or [])
