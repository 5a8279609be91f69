"""Writes one page of events and what is derived from it, inside the caller's transaction."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from calendars.event_rows import EventRow
from calendars.google.wire import Deletion, MalformedEvent, event_row
from calendars.models import Calendar, Event, QuarantinedEvent, SyncRun, event_id_for
from calendars.sync import bulk
from calendars.sync.expansion import derive_occurrences, derive_stored
from calendars.sync.history import note_changes, note_deletions

# An older version of an event never replaces a newer one (a page may be late or out of order).
NOT_OLDER = (
    "old.remote_updated_at IS NULL OR excluded.remote_updated_at IS NULL"
    " OR excluded.remote_updated_at >= old.remote_updated_at"
)


@dataclass(slots=True)
class PageCounts:
    """What writing a page did."""

    fetched: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class _Page:
    rows: dict[str, EventRow]
    deletions: dict[str, Deletion]
    malformed: dict[str, tuple[dict[str, Any], str]]


def write_page(
    *, calendar: Calendar, items: Sequence[dict[str, Any]], run: SyncRun, seen: bool = True
) -> PageCounts:
    """Stores a page of event resources; the newest of several versions of one event wins.

    `seen`: the page counts as proof that its events are still there, for `remove_ghosts`.
    """
    page = _sort_out(items, calendar.time_zone)
    run_id = run.pk if seen else None
    counts = PageCounts(fetched=len(items), quarantined=len(page.malformed))
    counts.deleted, bereft = _delete(calendar, list(page.deletions), run)
    counts.updated = note_changes(calendar, page.rows.values(), run, keep_if=NOT_OLDER)
    counts.created, _ = _store(calendar, page.rows.values(), run_id)
    _quarantine(calendar, page, run_id)
    derive_occurrences(calendar=calendar, remote_ids=bereft)
    return counts


def store_events(*, calendar: Calendar, rows: Iterable[EventRow]) -> tuple[int, int]:
    """Stores events of a local calendar; gives (created, updated)."""
    by_id = {row.remote_id: row for row in rows}
    return _store(calendar, by_id.values(), None)


def remove_ghosts(*, calendar: Calendar, run: SyncRun) -> int:
    """Ends a full run: what this run did not see is gone at Google; gives the number removed."""
    unseen = ~Q(seen_run=run.pk) | Q(seen_run=None)
    ghosts = list(
        Event.objects.filter(unseen, calendar=calendar).values_list("remote_id", flat=True)
    )
    QuarantinedEvent.objects.filter(unseen, calendar=calendar).delete()
    return remove_events(calendar=calendar, remote_ids=ghosts, run=run)


def remove_events(*, calendar: Calendar, remote_ids: Sequence[str], run: SyncRun) -> int:
    """Gives the number removed, with the exceptions of masters among them."""
    deleted, bereft = _delete(calendar, remote_ids, run)
    derive_occurrences(calendar=calendar, remote_ids=bereft)
    return deleted


def _sort_out(items: Iterable[dict[str, Any]], calendar_zone: str) -> _Page:
    page = _Page({}, {}, {})
    for item in items:
        remote_id = str(item.get("id") or "")[:1024]
        try:
            _take(page, event_row(item, calendar_zone))
        except MalformedEvent as error:
            page.malformed[remote_id] = (item, str(error))
    return page


def _take(page: _Page, entry: EventRow | Deletion) -> None:
    """The newest of several states of one event; of equal ones the last.

    A deletion may come without its time: it stands, because ids are not used again.
    """
    known = page.rows.get(entry.remote_id) or page.deletions.get(entry.remote_id)
    if known is not None and _is_older(entry, known):
        return
    if isinstance(entry, Deletion):
        page.rows.pop(entry.remote_id, None)
        page.deletions[entry.remote_id] = entry
    else:
        page.deletions.pop(entry.remote_id, None)
        page.rows[entry.remote_id] = entry


def _is_older(entry: EventRow | Deletion, known: EventRow | Deletion) -> bool:
    if entry.remote_updated_at is None or known.remote_updated_at is None:
        return isinstance(known, Deletion) and known.remote_updated_at is None
    return entry.remote_updated_at < known.remote_updated_at


def _store(
    calendar: Calendar, rows: Iterable[EventRow], run_id: uuid.UUID | None
) -> tuple[int, int]:
    """Writes events and their occurrences; gives (created, updated)."""
    by_id = {event_id_for(calendar.pk, row.remote_id): row for row in rows}
    written = bulk.upsert(
        Event,
        ({"id": event_id, **row.columns()} for event_id, row in by_id.items()),
        shared=_shared(calendar, run_id) | {"changed_at": timezone.now()},
        conflict=["id"],
        keep_if=NOT_OLDER,
    )
    stored = {event_id: by_id[event_id] for event_id in itertools.chain(*written)}
    derive_stored(calendar=calendar, rows=stored, known=written.updated)
    return len(written.created), len(written.updated)


def _shared(calendar: Calendar, run_id: uuid.UUID | None) -> dict[str, Any]:
    return {"owner_id": calendar.owner_id, "calendar_id": calendar.pk, "seen_run": run_id}


def _delete(calendar: Calendar, remote_ids: Sequence[str], run: SyncRun) -> tuple[int, list[str]]:
    """Deletes by remote id, a master together with its exceptions.

    Gives the number of events, and the masters that lost an exception: their instances return.
    """
    if not remote_ids:
        return 0, []
    note_deletions(calendar, remote_ids, run)
    own = Q(pk__in=[event_id_for(calendar.pk, remote_id) for remote_id in remote_ids])
    exceptions = Q(calendar=calendar, recurring_event_id__in=remote_ids)
    doomed = Event.objects.filter(own | exceptions)
    bereft = set(doomed.values_list("recurring_event_id", flat=True)) - {"", *remote_ids}
    QuarantinedEvent.objects.filter(calendar=calendar, remote_id__in=remote_ids).delete()
    _total, by_model = doomed.delete()
    return by_model.get("calendars.Event", 0), sorted(bereft)


def _quarantine(calendar: Calendar, page: _Page, run_id: uuid.UUID | None) -> None:
    """Sets the malformed aside, and lets go of those that came whole this time."""
    aside = QuarantinedEvent.objects.filter(calendar=calendar)
    known = aside.values_list("remote_id", flat=True)
    if whole := [remote_id for remote_id in known.iterator() if remote_id in page.rows]:
        aside.filter(remote_id__in=whole).delete()
    bulk.upsert(
        QuarantinedEvent,
        itertools.starmap(_quarantine_row, page.malformed.items()),
        shared=_shared(calendar, run_id) | {"seen_at": timezone.now()},
        conflict=["calendar_id", "remote_id"],
    )


def _quarantine_row(remote_id: str, found: tuple[dict[str, Any], str]) -> dict[str, Any]:
    item, reason = found
    return {
        "remote_id": remote_id,
        "summary": str(item.get("summary") or "")[:300],
        "reason": reason[:300],
        "payload": item,
    }
