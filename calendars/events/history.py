"""The history of each event: as it was before each change, who made the change, through which door.

A first import has no before: it leaves no history. Upserts note what they change in their own
statement (calendars/events/upsert.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone
from psycopg import sql

from accounts.security_context import acting_as_system
from calendars.models import Calendar, EventChange, SyncRun

Door = EventChange.Door
KEPT_PER_EVENT = 10
KEPT = timedelta(days=30)
# The columns run_id, act, door and actor_id; `Author.parameters` go with it.
AUTHOR = sql.SQL("%s::uuid, %s::uuid, %s::text, %s::bigint")
_INSERT = sql.SQL(
    "INSERT INTO calendars_eventchange"
    " (run_id, act, door, actor_id, owner_id, calendar_id, event_id, remote_id, kind, before,"
    " changed_at) SELECT {author}, {rest}"
)


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes events, and through which door. What is done at once shares one `act`."""

    door: EventChange.Door
    act: UUID = field(default_factory=uuid4)
    actor_id: int | None = None
    run_id: UUID | None = None

    @classmethod
    def of_run(cls, run: SyncRun) -> Author | None:
        """Returns None for a run that fills an empty calendar."""
        return None if run.fills else cls(Door.SYNC, run.pk, run_id=run.pk)

    @property
    def parameters(self) -> list[Any]:
        return [self.run_id, self.act, self.door.value, self.actor_id]


def note_deletions(event_ids: Sequence[UUID], author: Author | None) -> None:
    """Note events that are about to be deleted."""
    if not event_ids or author is None:
        return
    rest = (
        "owner_id, calendar_id, id, remote_id, 'deleted', to_jsonb(former), clock_timestamp()"
        " FROM calendars_event AS former WHERE id = ANY(%s)"
    )
    _insert(rest, author, [list(event_ids)])


def note_states(calendar: Calendar, changes: Sequence[EventChange], author: Author) -> None:
    """Note how events are that are about to become as they were before these changes."""
    rest = (
        "%s, %s, given.id, given.remote_id, CASE WHEN former.id IS NULL THEN 'created'"
        " WHEN given.goes THEN 'deleted' ELSE 'updated' END, to_jsonb(former), clock_timestamp()"
        " FROM unnest(%s::uuid[], %s::text[], %s::boolean[]) AS given (id, remote_id, goes)"
        " LEFT JOIN calendars_event AS former ON former.id = given.id"
        " WHERE former.id IS NOT NULL OR NOT given.goes"
    )
    columns = [
        [change.event_id for change in changes],
        [change.remote_id for change in changes],
        [change.before is None for change in changes],
    ]
    _insert(rest, author, [calendar.owner_id, calendar.pk, *columns])


def _insert(rest: str, author: Author, parameters: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT.format(author=AUTHOR, rest=sql.SQL(rest)),
            [*author.parameters, *parameters],
        )


def prune_history() -> int:
    """Delete history older than KEPT, and all but the last KEPT_PER_EVENT changes of each event."""
    with acting_as_system(reason="retention"), connection.cursor() as cursor:
        old, _ = EventChange.objects.filter(changed_at__lt=timezone.now() - KEPT).delete()
        cursor.execute(
            "DELETE FROM calendars_eventchange WHERE id IN (SELECT id FROM ("
            " SELECT id, row_number() OVER (PARTITION BY event_id ORDER BY id DESC) AS place"
            " FROM calendars_eventchange) AS placed WHERE place > %s)",
            [KEPT_PER_EVENT],
        )
        return old + int(cursor.rowcount)


def latest_before(act: UUID) -> list[EventChange]:
    """The first change of each event in an act: as it was before."""
    return list(
        EventChange.objects.filter(act=act)
        .select_related("calendar")
        .order_by("event_id", "id")
        .distinct("event_id")
    )
