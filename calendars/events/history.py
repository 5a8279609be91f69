"""What a run does to events, noted in the statement before it is done; and the way back.

A first import has no before: it leaves no history.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from psycopg import sql

from accounts.security_context import acting_as_system
from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, EventChange, SyncRun, event_key_for
from config.database import bulk

KEPT_PER_EVENT = 10
KEPT = timedelta(days=30)
_COLUMNS = sql.SQL("owner_id, calendar_id, run_id, event_id, remote_id, kind, before, changed_at")


def note_changes(
    calendar: Calendar, rows: Collection[EventRow], run: SyncRun, *, keep_if: str
) -> int:
    """Notes what an upsert of these rows under `keep_if` is about to do; gives how many events
    really change. A full list brings most of them as they are, which is no change."""
    if not rows or run.fills:
        return 0
    given: dict[str, list[Any]] = {
        "id": [event_key_for(calendar.pk.bytes, row.remote_id) for row in rows],
        "remote_id": [row.remote_id for row in rows],
        "etag": [row.etag for row in rows],
        "remote_updated_at": [row.remote_updated_at for row in rows],
    }
    batch = bulk.Batch(Event, bulk.pack_columns(Event, given))
    statement = sql.SQL(
        "WITH noted AS ("
        " INSERT INTO calendars_eventchange ({columns})"
        " SELECT %s, %s, %s, excluded.id, excluded.remote_id,"
        " CASE WHEN old.id IS NULL THEN 'created' ELSE 'updated' END, to_jsonb(old), %s"
        " FROM ({given}) AS excluded"
        " LEFT JOIN calendars_event old ON old.id = excluded.id"
        " WHERE old.id IS NULL OR (({keep_if}) AND ({changed}))"
        " RETURNING kind)"
        " SELECT count(*) FILTER (WHERE kind = 'updated') FROM noted"
    ).format(columns=_COLUMNS, given=batch.source, keep_if=sql.SQL(keep_if), changed=_changed(run))
    keys = [calendar.owner_id, calendar.pk, run.pk, timezone.now()]
    return int(bulk.fetch_one(statement, [*keys, *batch.parameters])[0])


def note_deletions(event_ids: Sequence[UUID], run: SyncRun) -> None:
    """Note events that are about to be deleted."""
    if not event_ids or run.fills:
        return
    statement = sql.SQL(
        "INSERT INTO calendars_eventchange ({columns})"
        " SELECT owner_id, calendar_id, %s, id, remote_id, 'deleted', to_jsonb(old), %s"
        " FROM calendars_event old WHERE id = ANY(%s)"
    ).format(columns=_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(statement, [run.pk, timezone.now(), list(event_ids)])


def prune_history() -> int:
    """Drops what is older than KEPT, and of each event all but the last KEPT_PER_EVENT."""
    with acting_as_system(reason="retention"), connection.cursor() as cursor:
        old, _ = EventChange.objects.filter(changed_at__lt=timezone.now() - KEPT).delete()
        cursor.execute(
            "DELETE FROM calendars_eventchange WHERE id IN (SELECT id FROM ("
            " SELECT id, row_number() OVER (PARTITION BY event_id ORDER BY id DESC) AS place"
            " FROM calendars_eventchange) AS placed WHERE place > %s)",
            [KEPT_PER_EVENT],
        )
        return old + int(cursor.rowcount)


def _changed(run: SyncRun) -> sql.SQL:
    """An audit brings only what differs, under the same etag too."""
    if run.kind == SyncRun.Kind.AUDIT:
        return sql.SQL("true")
    return sql.SQL("old.etag <> excluded.etag OR excluded.etag = ''")


def latest_before(run_id: UUID) -> list[EventChange]:
    """For each event that a run changed, its first change: as it was before the run."""
    return list(
        EventChange.objects.filter(run_id=run_id)
        .select_related("calendar")
        .order_by("event_id", "id")
        .distinct("event_id")
    )
