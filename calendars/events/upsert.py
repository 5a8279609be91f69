"""Events into their table, with the occurrences that need no look back: one statement a page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from calendars.events.expansion import ExpandedAhead
from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, Occurrence, event_key_for
from calendars.models.event import LONG_SPAN
from config.database import bulk
from config.database.arrays import PackedArray, pack
from config.database.bulk import Column, pack_columns

# An older version of an event never replaces a newer one (a page may be late or out of order).
NOT_OLDER = (
    "old.remote_updated_at IS NULL OR excluded.remote_updated_at IS NULL"
    " OR excluded.remote_updated_at >= old.remote_updated_at"
)
# A single event has one occurrence, which says when it is; but not when it is cancelled. Most
# events come again as they were: what is right stays. The two parts never touch the same row.
SINGLE = "cardinality(recurrence) = 0 AND recurring_event_id = ''"
LATE_OCCURRENCES = sql.SQL(
    f"""
    DELETE FROM calendars_occurrence AS late USING (
      SELECT id, start_at, status FROM written WHERE NOT created AND {SINGLE}) AS known
    WHERE late.event_id = known.id
      AND (known.status = 'cancelled' OR known.start_at <> late.original_start_at)
    """  # noqa: S608  # nosec B608 - our own words
)
OCCURRENCES = sql.SQL(
    f"""
    INSERT INTO calendars_occurrence AS old
      (owner_id, calendar_id, event_id, original_start_at, start_at, end_at, all_day, long)
    SELECT owner_id, calendar_id, id, start_at, start_at, end_at, all_day, end_at - start_at > {{}}
    FROM written WHERE {SINGLE} AND status <> 'cancelled'
    ON CONFLICT (event_id, original_start_at) DO UPDATE SET
      start_at = excluded.start_at, end_at = excluded.end_at,
      all_day = excluded.all_day, long = excluded.long
    WHERE (old.start_at, old.end_at, old.all_day, old.long)
       <> (excluded.start_at, excluded.end_at, excluded.all_day, excluded.long)
    """  # noqa: S608  # nosec B608 - our own words
).format(sql.Literal(LONG_SPAN))
# What came whole this time is no longer set aside.
WHOLE_AGAIN = sql.SQL(
    "DELETE FROM calendars_quarantinedevent AS aside USING written"
    " WHERE aside.calendar_id = written.calendar_id AND aside.remote_id = written.remote_id"
)
# A series that is new, and of which no instance is replaced, happens as it was expanded ahead.
FRESH = sql.SQL(
    """
    SELECT id, owner_id, calendar_id FROM written
    WHERE created AND id = ANY({}::uuid[]) AND NOT EXISTS (
      SELECT FROM calendars_event AS exception WHERE exception.calendar_id = written.calendar_id
      AND exception.recurring_event_id <> '' AND exception.recurring_event_id = written.remote_id)
    """
)
REPEATED = sql.SQL(
    """
    INSERT INTO calendars_occurrence
      (owner_id, calendar_id, event_id, original_start_at, start_at, end_at, all_day, long)
    SELECT owner_id, calendar_id, event_id, original_start_at, start_at, end_at, all_day, long
    FROM ({}) AS expanded JOIN fresh ON fresh.id = expanded.event_id ON CONFLICT DO NOTHING
    """
)


class Stored(NamedTuple):
    """What one statement stored. `left` are the remote ids of masters and exceptions whose
    occurrences are still to be derived."""

    created: int
    updated: int
    left: list[str]


def pack_events(calendar: Calendar, rows: Collection[EventRow]) -> list[Column]:
    """In the order of their index, by which they are stored an eighth faster."""
    if not rows:
        return []
    calendar_key = calendar.pk.bytes
    keyed = sorted((event_key_for(calendar_key, row.remote_id), row) for row in rows)
    keys, ordered = zip(*keyed, strict=True)
    columns = zip(*ordered, strict=True)
    named = dict(zip(EventRow._fields, columns, strict=True))
    return pack_columns(Event, {"id": keys, **named})


def store_columns(
    *,
    calendar: Calendar,
    columns: Sequence[Column],
    run_id: UUID | None,
    ahead: ExpandedAhead | None = None,
) -> Stored:
    """Writes events and the occurrences of single ones, and of new series what is there `ahead`."""
    if not columns:
        return Stored(0, 0, [])
    shared = pack_columns(
        Event,
        {},
        owner_id=calendar.owner_id,
        calendar_id=calendar.pk,
        seen_run=run_id,
    )
    batch = bulk.Batch(Event, [*columns, *shared])
    fresh, parameters = _fresh_series(ahead)
    statement = sql.SQL(
        "WITH written AS ({} RETURNING old.id, old.remote_id, old.owner_id, old.calendar_id,"
        " old.start_at, old.end_at, old.all_day, old.status, old.recurrence,"
        " old.recurring_event_id, old.xmax = 0 AS created),"
        " late AS ({}), shown AS ({}), whole AS ({}), {}"
        " SELECT count(*) FILTER (WHERE created), count(*) FILTER (WHERE NOT created),"
        " array_agg(remote_id) FILTER (WHERE (recurrence <> '{{}}' OR recurring_event_id <> '')"
        " AND id NOT IN (SELECT id FROM fresh))"
        " FROM written"
    ).format(batch.upsertion(["id"], NOT_OLDER), LATE_OCCURRENCES, OCCURRENCES, WHOLE_AGAIN, fresh)
    created, updated, left = bulk.fetch_one(statement, [*batch.parameters, *parameters])
    return Stored(created, updated, left or [])


def _fresh_series(ahead: ExpandedAhead | None) -> tuple[sql.Composable, list[PackedArray]]:
    """The part of the statement about them, which names them `fresh`."""
    if ahead is None or not ahead.columns:
        return sql.SQL("fresh AS (SELECT NULL::uuid AS id WHERE false)"), []
    masters = pack(Event._meta.get_field("id"), ahead.masters)
    occurrences = bulk.Batch(Occurrence, ahead.columns)
    part = sql.SQL("fresh AS ({}), repeated AS ({})").format(
        FRESH.format(bulk.BINARY), REPEATED.format(occurrences.source)
    )
    return part, [masters, *occurrences.parameters]
