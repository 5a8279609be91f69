"""Everything of an owner's that changed since a cursor: the reading side of the change sequence.

Triggers write the sequence (calendars/models/change.py). Numbers follow the order of commits, so a
reader that has seen number n has seen all that were committed before it, and none is skipped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from calendars.models import Calendar, Category, ChangeSequence, Event, Tombstone

LIMIT = 500
Kind = Tombstone.Kind
# A tombstone up to `floor` is of something that a client without a cursor has never seen. One whose
# event is back says nothing any more. A calendar that left its account is told as a deletion, and
# its events leave with it.
LISTING = """
SELECT changed.number, item.kind, item.id, item.deleted, changed.id
FROM calendars_changeset AS changed CROSS JOIN LATERAL (
    SELECT 'calendar' AS kind, calendar.id, calendar.removed_at IS NOT NULL AS deleted
    FROM calendars_calendar AS calendar
    WHERE calendar.owner_id = changed.owner_id AND calendar.change_set = changed.id
    UNION ALL
    SELECT 'event', event.id, false
    FROM calendars_event AS event
    JOIN calendars_calendar AS calendar ON calendar.id = event.calendar_id
    WHERE event.owner_id = changed.owner_id AND event.change_set = changed.id
      AND calendar.removed_at IS NULL
    UNION ALL
    SELECT 'category', category.id, false
    FROM calendars_category AS category
    WHERE category.owner_id = changed.owner_id AND category.change_set = changed.id
    UNION ALL
    SELECT stone.kind, stone.id, true
    FROM calendars_tombstone AS stone
    WHERE stone.owner_id = changed.owner_id AND stone.change_set = changed.id
      AND NOT EXISTS (SELECT FROM calendars_event AS event WHERE event.id = stone.id)
) AS item
WHERE changed.owner_id = %(owner)s AND changed.number >= %(number)s
  AND (changed.number, item.kind, item.id) > (%(number)s, %(kind)s, %(id)s)
  AND (NOT item.deleted OR changed.number > %(floor)s)
ORDER BY changed.number, item.kind, item.id
LIMIT %(limit)s
"""
NO_ID = UUID(int=0)
Row = Calendar | Event | Category


class Cursor(NamedTuple):
    """Where a client reads on: after this item in the order of LISTING, or where the number begins.

    `floor` is the number at which a client without a cursor began: older deletions are not its.
    """

    number: int = 0
    kind: str = ""
    id: UUID = NO_ID
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A calendar, event or category as it is now; `row` is None if it was deleted."""

    kind: str
    id: UUID
    row: Row | None

    @property
    def is_deletion(self) -> bool:
        return self.row is None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """`more`: the sequence goes on after `cursor`."""

    changes: list[Change]
    cursor: Cursor
    more: bool


class _Listed(NamedTuple):
    number: int
    kind: str
    id: UUID
    deleted: bool
    change_set: int


def changes_since(*, owner_id: int, cursor: Cursor | None, limit: int = LIMIT) -> ChangePage:
    """Return the last version of each calendar, event and category that changed after the cursor.

    Without a cursor it begins with everything. An event may come before its calendar, if the
    calendar was changed later. A calendar's deletion stands for its events too.
    """
    last = _last_number(owner_id)
    after = cursor or Cursor(floor=last)
    if after.number > last:
        return ChangePage([], after, more=False)
    listed = _list(owner_id, after, limit + 1)
    page, more = listed[:limit], len(listed) > limit
    return ChangePage(_with_rows(page), _next_cursor(after, page, last, more), more)


def _last_number(owner_id: int) -> int:
    kept = ChangeSequence.objects.filter(owner_id=owner_id)
    return kept.values_list("last", flat=True).first() or 0


def _list(owner_id: int, after: Cursor, limit: int) -> list[_Listed]:
    with connection.cursor() as cursor:
        cursor.execute(LISTING, {"owner": owner_id, "limit": limit, **after._asdict()})
        return [_Listed(*row) for row in cursor.fetchall()]


def _next_cursor(after: Cursor, page: list[_Listed], last: int, more: bool) -> Cursor:
    """At the end everything up to `last` was listed, sets that hold no item any more too."""
    if more:
        return Cursor(page[-1].number, page[-1].kind, page[-1].id, after.floor)
    reached = max([last, *(listed.number for listed in page[-1:])])
    return Cursor(max(reached + 1, after.number), floor=after.floor)


def _with_rows(page: list[_Listed]) -> list[Change]:
    """Leave out what has moved on since it was listed: it comes again at its new place."""
    found: dict[str, Mapping[UUID, Row]] = {
        Kind.CALENDAR: Calendar.objects.in_bulk(_live_ids(page, Kind.CALENDAR)),
        Kind.EVENT: Event.objects.in_bulk(_live_ids(page, Kind.EVENT)),
        Kind.CATEGORY: Category.objects.in_bulk(_live_ids(page, Kind.CATEGORY)),
    }
    changes = []
    for listed in page:
        row = None if listed.deleted else found[listed.kind].get(listed.id)
        if listed.deleted or (row is not None and row.change_set == listed.change_set):
            changes.append(Change(listed.kind, listed.id, row))
    return changes


def _live_ids(page: Collection[_Listed], kind: str) -> list[UUID]:
    return [listed.id for listed in page if listed.kind == kind and not listed.deleted]
