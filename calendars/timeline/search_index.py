"""Fill the index of search: it reads the change sequence like any other client of an owner's.

A search reads on before it looks, a worker does so every few seconds; so a search finds what was
committed before it, and what its own transaction wrote. Entries name their event by value, so
writers of events and of the index never wait for each other: an event that was deleted meanwhile
is not found by its id, and its entry goes with its tombstone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from accounts.security_context import acting_as, acting_as_system
from calendars.models import SearchEntry, SearchIndex, event_id_for
from calendars.models.event import Event
from calendars.models.search import ALL_READ
from calendars.timeline.folding import spaced
from calendars.timeline.plain_text import plain_text
from calendars.timeline.series_bounds import Bounds, bounds_of, bounds_of_single
from config.database import bulk
from config.workers import OneOfMany

BATCH = 2500  # as many as a page of a sync writes at once
MOST_FOR_A_SEARCH = 25_000  # one to two seconds, once, if no worker was there before
LONGEST_NOTES = 10_000
LONGEST_WORD = 40
MOST_WORDS = 50_000
OWNERS = 200
NONE_READ = UUID(int=0)
# A change set that this transaction itself wrote has no number before the commit: it is read each
# time, and stays to be read.
_BEHIND = """
SELECT coalesce(sequence.last, 0) > coalesce(index.number, 0)
    OR coalesce(index.read_to, %(all)s) <> %(all)s
    OR EXISTS (SELECT FROM calendars_changeset AS own
               WHERE own.owner_id = %(owner)s AND own.number IS NULL)
FROM (VALUES (%(owner)s::bigint)) AS person (id)
LEFT JOIN calendars_changesequence AS sequence ON sequence.owner_id = person.id
LEFT JOIN calendars_searchindex AS index ON index.owner_id = person.id
"""
_OWNERS_BEHIND = """
SELECT sequence.owner_id FROM calendars_changesequence AS sequence
LEFT JOIN calendars_searchindex AS index USING (owner_id)
WHERE (index.number IS NULL OR index.number < sequence.last OR index.read_to <> %(all)s)
  AND sequence.owner_id <> ALL(%(failed)s)
ORDER BY sequence.owner_id LIMIT %(limit)s
"""
_COLUMNS_READ = """
SELECT changed.number, event.id, event.calendar_id, event.recurring_event_id, event.status,
    event.recurrence <> '{}' AS repeats, event.all_day, event.start_at, event.end_at,
    event.summary, event.location, event.description, event.organizer::text, event.attendees::text
FROM calendars_changeset AS changed
JOIN calendars_event AS event
  ON event.owner_id = changed.owner_id AND event.change_set = changed.id
"""
_NUMBERED = f"""{_COLUMNS_READ}
WHERE changed.owner_id = %(owner)s AND changed.number >= %(number)s
  AND (changed.number > %(number)s OR event.id > %(read_to)s)
ORDER BY changed.number, event.id LIMIT %(limit)s
"""
_OWN = f"""{_COLUMNS_READ}
WHERE changed.owner_id = %(owner)s AND changed.number IS NULL AND event.id > %(read_to)s
ORDER BY event.id LIMIT %(limit)s
"""
_DROP_DELETED = """
DELETE FROM calendars_searchentry AS entry
USING calendars_changeset AS changed, calendars_tombstone AS stone
WHERE changed.owner_id = %(owner)s AND (changed.number >= %(number)s OR changed.number IS NULL)
  AND stone.owner_id = %(owner)s AND stone.change_set = changed.id
  AND entry.owner_id = %(owner)s AND {condition}
RETURNING entry.event_id, entry.series_id
"""
_DROP_EVENTS = _DROP_DELETED.format(
    condition="stone.kind = 'event' AND entry.event_id = stone.id"
    " AND NOT EXISTS (SELECT FROM calendars_event AS event WHERE event.id = stone.id)"
)
_DROP_CALENDARS = _DROP_DELETED.format(
    condition="stone.kind = 'calendar' AND entry.calendar_id = stone.id"
)
_COLUMNS = (
    *("event_id", "calendar_id", "series_id", "repeats", "all_day", "start_at", "last_at"),
    *("end_at", "longest", "title_end", "place_end", "lines", "notes"),
)
_LINES = _COLUMNS.index("lines")


class _Changed(NamedTuple):
    """A row of _CHANGED."""

    number: int | None
    id: UUID
    calendar_id: UUID
    recurring_event_id: str
    status: str
    repeats: bool
    all_day: bool
    start_at: Any
    end_at: Any
    summary: str
    location: str
    description: str
    organizer: str
    attendees: str

    @property
    def series_id(self) -> UUID:
        if self.recurring_event_id:
            return event_id_for(self.calendar_id, self.recurring_event_id)
        return self.id


def catch_up(*, owner_id: int, at_most: int = MOST_FOR_A_SEARCH) -> bool:
    """Read on in the change sequence, `at_most` so many events; return whether all is read.

    Runs in the owner's transaction.
    """
    if not _is_behind(owner_id):
        return True
    SearchIndex.objects.bulk_create([SearchIndex(owner_id=owner_id)], ignore_conflicts=True)
    index = SearchIndex.objects.select_for_update(no_key=True).get(pk=owner_id)
    known = set(index.words.split())
    before = len(known)
    _drop_deleted(index)
    left = _read_numbered(index, known, at_most)
    if left > 0:
        left = _read_own(index, known, left)
    changes = ["number", "read_to"]
    if len(known) > before:
        index.words = "\n".join(["", *sorted(known)[:MOST_WORDS], ""])
        changes.append("words")
    index.save(update_fields=changes)
    return left > 0


def index_owners() -> int:
    """Read on for all owners whose index is behind, each in its own context; return how many."""
    done = 0
    failed: list[int] = []
    while owners := _owners_behind(failed):
        for owner_id in owners:
            is_all = False
            with OneOfMany("search_index_fault", owner=owner_id):
                is_all = _index_owner(owner_id)
            if not is_all:  # the rest at the next tick
                failed.append(owner_id)
            done += is_all
    return done


def _index_owner(owner_id: int) -> bool:
    with acting_as(user_id=owner_id, is_change=False):
        return catch_up(owner_id=owner_id)


def _is_behind(owner_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, {"owner": owner_id, "all": ALL_READ})
        (is_behind,) = cursor.fetchone()
    return bool(is_behind)


def _owners_behind(failed: Sequence[int]) -> list[int]:
    known: dict[str, Any] = {"all": ALL_READ, "failed": list(failed), "limit": OWNERS}
    reason = "to list owners whose search is behind"
    with acting_as_system(reason=reason), connection.cursor() as cursor:
        cursor.execute(_OWNERS_BEHIND, known)
        return [owner_id for (owner_id,) in cursor.fetchall()]


def _read_numbered(index: SearchIndex, known: set[str], left: int) -> int:
    """Read what was committed, and move the index; return how many events may still be read."""
    last = _last_number(index.owner_id)
    while left > 0:
        size = min(BATCH, left)
        changed = _changed(_NUMBERED, index.owner_id, index.read_to, size, number=index.number)
        known |= _store(index.owner_id, changed)
        left -= len(changed)
        if len(changed) < size:
            index.number, index.read_to = max(last, index.number), ALL_READ
            break
        index.number, index.read_to = changed[-1].number or 0, changed[-1].id
    return left


def _read_own(index: SearchIndex, known: set[str], left: int) -> int:
    """Read what this transaction wrote; the index stays where it is."""
    read_to = NONE_READ
    while left > 0:
        size = min(BATCH, left)
        changed = _changed(_OWN, index.owner_id, read_to, size)
        known |= _store(index.owner_id, changed)
        left -= len(changed)
        if len(changed) < size:
            break
        read_to = changed[-1].id
    return left


def _changed(
    statement: str, owner_id: int, read_to: UUID, limit: int, *, number: int = 0
) -> list[_Changed]:
    place: dict[str, Any] = {
        "owner": owner_id,
        "number": number,
        "read_to": read_to,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, place)
        return [_Changed(*row) for row in cursor.fetchall()]


def _drop_deleted(index: SearchIndex) -> None:
    """Drop the entries of calendars and events that were deleted since the index was read."""
    place = {"owner": index.owner_id, "number": index.number}
    with connection.cursor() as cursor:
        cursor.execute(_DROP_CALENDARS, place)
        cursor.execute(_DROP_EVENTS, place)
        shrunk = {series for event, series in cursor.fetchall() if series != event}
    _bound_again(index.owner_id, shrunk)


def _last_number(owner_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last FROM calendars_changesequence WHERE owner_id = %s", [owner_id])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _store(owner_id: int, changed: Collection[_Changed]) -> set[str]:
    """Write the entries of changed events; return the words of their titles, places and people."""
    series = {one.id for one in changed if one.repeats}
    parents = {one.series_id for one in changed if one.recurring_event_id} - series
    bounds = bounds_of(Event.objects.filter(owner_id=owner_id, pk__in=series))
    shown = [one for one in changed if one.status != Event.Status.CANCELLED]
    rows = [_row(one, bounds.get(one.id)) for one in shown]
    if rows:
        columns = bulk.pack_rows(SearchEntry, _COLUMNS, rows, owner_id=owner_id)
        batch = bulk.Batch(SearchEntry, columns)
        bulk.execute(batch.upsertion(["owner_id", "event_id"]), batch.parameters)
    cancelled = [one.id for one in changed if one.status == Event.Status.CANCELLED]
    if cancelled:
        SearchEntry.objects.filter(owner_id=owner_id, event_id__in=cancelled).delete()
    _bound_again(owner_id, parents)
    return {word for row in rows for word in _known_by(row[_LINES])}


def _bound_again(owner_id: int, series: Collection[UUID]) -> None:
    """Note what series last until: their exceptions may have taken the last instance away."""
    if not series:
        return
    masters = Event.objects.filter(owner_id=owner_id, pk__in=series).exclude(recurrence=[])
    for event_id, bounds in bounds_of(masters).items():
        SearchEntry.objects.filter(owner_id=owner_id, event_id=event_id).update(**bounds._asdict())


def _row(one: _Changed, bounds: Bounds | None) -> tuple[Any, ...]:
    """Return the values of _COLUMNS."""
    when = bounds or bounds_of_single(one.start_at, one.end_at)
    title, place = f"{spaced(one.summary)}\n", f"{spaced(one.location)}\n"
    ends = len(title), len(title) + len(place)
    lines = f"{title}{place}{spaced(_people(one))}"
    own = (one.id, one.calendar_id, one.series_id, one.repeats, one.all_day)
    return (*own, *when, *ends, lines, _notes(one))


def _people(one: _Changed) -> str:
    people = [msgspec.json.decode(one.organizer), *msgspec.json.decode(one.attendees)]
    return " ".join(f"{each.get('name', '')} {each.get('email', '')}" for each in people)


def _notes(one: _Changed) -> str:
    return spaced(plain_text(one.description[:LONGEST_NOTES])) if one.description else ""


def _known_by(text: str) -> Iterable[str]:
    """The words that a typing error may mean: numbers and ids are not among them."""
    return (word for word in text.split() if len(word) <= LONGEST_WORD and not word.isdigit())
