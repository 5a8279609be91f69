"""Write one page of events and their occurrences, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from calendars.events.expansion import ExpandedAhead, Horizon, derive_occurrences, expand_ahead
from calendars.events.history import Author, note_deletions
from calendars.events.rows import Deletion, EventRow, MalformedEvent
from calendars.events.three_versions import lay_over_page, without_pending
from calendars.events.upsert import Stored, pack_events, store_columns
from calendars.models import Calendar, Event, QuarantinedEvent, SyncRun
from calendars.models.event import with_exceptions
from calendars.models.locks import lock_calendars
from calendars.rfc5545.recurrence import InvalidRecurrence
from config.database import bulk
from config.database.bulk import Column
from config.database.faults import is_passing

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PageCounts:
    """The counts of a written page."""

    fetched: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class SortedPage:
    """Events of a page by remote id; of several states of one event, the newest.

    `columns` are those of `rows`, and `ahead` the occurrences of the series among them, both packed
    by `prepare_page` for the statement that stores them.
    """

    fetched: int
    rows: dict[str, EventRow] = field(default_factory=dict)
    deletions: dict[str, Deletion] = field(default_factory=dict)
    malformed: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    ahead: ExpandedAhead | None = None

    def take(self, entry: EventRow | Deletion) -> None:
        """Keep the newest of several states of one event; of equal ones the last.

        A deletion may come without its time: it stands, because ids are not used again.
        """
        remote_id = entry.remote_id
        known = self.rows.get(remote_id) or self.deletions.get(remote_id)
        if known is not None and _is_older(entry, known):
            return
        if isinstance(entry, Deletion):
            self.rows.pop(remote_id, None)
            self.deletions[remote_id] = entry
        else:
            self.deletions.pop(remote_id, None)
            self.rows[remote_id] = entry

    def set_aside(self, remote_id: str, error: Exception) -> None:
        """Move a row to what is malformed, with what is known of it."""
        row = self.rows.pop(remote_id)
        known = {"id": remote_id, "summary": row.summary, "recurrence": row.recurrence}
        self.malformed[remote_id] = (known, reason_of(error))


class SetAside(NamedTuple):
    """An event that can't be stored, or only in part."""

    remote_id: str
    summary: str
    reason: str
    payload: dict[str, Any]


def reason_of(error: Exception) -> str:
    """Why an event can't be stored. An error that no check foresaw is logged by its kind: its words
    may hold what the event says."""
    if isinstance(error, MalformedEvent):
        return str(error)
    if isinstance(error, InvalidRecurrence):
        return f"its recurrence can't be expanded: {error}"[:300]
    log.warning("item_unreadable", error=type(error).__name__)
    return f"Daybook can't read it ({type(error).__name__})"


def prepare_page(page: SortedPage, calendar: Calendar) -> None:
    """Expand and pack a page, without the database; what fails is set aside."""
    page.ahead, faults = expand_ahead(calendar, page.rows.values())
    for remote_id, fault in faults.items():
        page.set_aside(remote_id, fault)
    try:
        page.columns = pack_events(calendar, page.rows.values())
    except Exception:  # noqa: BLE001 - as above; the loop finds out which row it is
        _set_aside_unpackable(page, calendar)
        page.columns = pack_events(calendar, page.rows.values())


def _set_aside_unpackable(page: SortedPage, calendar: Calendar) -> None:
    for row in list(page.rows.values()):
        try:
            pack_events(calendar, [row])
        except Exception as error:  # noqa: BLE001 - whatever one row brings, the others go on
            page.set_aside(row.remote_id, error)


def _is_older(entry: EventRow | Deletion, known: EventRow | Deletion) -> bool:
    if entry.remote_updated_at is None or known.remote_updated_at is None:
        return isinstance(known, Deletion) and known.remote_updated_at is None
    return entry.remote_updated_at < known.remote_updated_at


def write_page(
    *, calendar: Calendar, page: SortedPage, run: SyncRun, seen: bool = True
) -> PageCounts:
    """Store a page that was sorted out, below the changes that Google has not confirmed.

    `seen`: the page counts as proof that its events are still there, for `remove_ghosts`.
    """
    run_id, author = (run.pk if seen else None), Author.of_run(run)
    counts = PageCounts(fetched=page.fetched, quarantined=len(page.malformed))
    horizon = Horizon.locked(calendar)
    if lay_over_page(calendar, page.rows, page.deletions):
        page.columns, page.ahead = pack_events(calendar, page.rows.values()), None
    counts.deleted, masters = _delete(calendar, list(page.deletions), author)
    stored = _store(calendar, page.columns, run_id, page.ahead, author, horizon)
    counts.created, counts.updated = stored.created, stored.updated
    _quarantine(calendar, page, run_id)
    derive_occurrences(calendar=calendar, remote_ids=masters)
    return counts


def set_aside_refused(*, calendar: Calendar, page: SortedPage) -> bool:
    """Move events that the database refuses to the malformed ones; return whether there are any."""
    refused = _refused(calendar, list(page.rows.values()))
    for remote_id, error in refused.items():
        page.set_aside(remote_id, error)
    page.columns, page.ahead = pack_events(calendar, page.rows.values()), None
    return bool(refused)


def _refused(calendar: Calendar, rows: list[EventRow]) -> dict[str, DatabaseError]:
    """Find refused events by bisection; each half is stored and rolled back."""
    try:
        with transaction.atomic():
            _store(calendar, pack_events(calendar, rows), None)
            transaction.set_rollback(True)
    except DatabaseError as error:
        if is_passing(error):
            raise
        if len(rows) == 1:
            return {rows[0].remote_id: error}
    else:
        return {}
    middle = len(rows) // 2
    return _refused(calendar, rows[:middle]) | _refused(calendar, rows[middle:])


def store_events(
    *, calendar: Calendar, rows: Iterable[EventRow], author: Author | None = None
) -> Stored:
    """Store events that come from no sync."""
    newest = {row.remote_id: row for row in rows}
    lock_calendars(Calendar.objects.filter(pk=calendar.pk))
    return _store(calendar, pack_events(calendar, newest.values()), None, author=author)


def remove_ghosts(*, calendar: Calendar, run: SyncRun) -> int:
    """Remove events that a full run did not see; return how many."""
    unseen = ~Q(seen_run=run.pk) | Q(seen_run=None)
    ghosts = list(
        Event.objects.filter(unseen, calendar=calendar).values_list("remote_id", flat=True)
    )
    QuarantinedEvent.objects.filter(unseen, calendar=calendar).delete()
    return remove_events(calendar=calendar, remote_ids=ghosts, run=run)


def remove_events(*, calendar: Calendar, remote_ids: Sequence[str], run: SyncRun) -> int:
    """Delete what Google no longer has, but for local changes. Return the number of events."""
    lock_calendars(Calendar.objects.filter(pk=calendar.pk))
    gone = without_pending(calendar, remote_ids)
    return delete_events(calendar=calendar, remote_ids=gone, author=Author.of_run(run))


def delete_events(*, calendar: Calendar, remote_ids: Sequence[str], author: Author | None) -> int:
    """Delete events, with the exceptions of masters among them. Return their number."""
    deleted, masters = _delete(calendar, remote_ids, author)
    derive_occurrences(calendar=calendar, remote_ids=masters)
    return deleted


def _store(
    calendar: Calendar,
    columns: Sequence[Column],
    run_id: UUID | None,
    ahead: ExpandedAhead | None = None,
    author: Author | None = None,
    horizon: Horizon | None = None,
) -> Stored:
    """Write events and their occurrences. `horizon` is needed for what was expanded `ahead`."""
    if ahead is not None and ahead.horizon != horizon:
        ahead = None
    stored = store_columns(
        calendar=calendar, columns=columns, run_id=run_id, ahead=ahead, author=author
    )
    derive_occurrences(calendar=calendar, remote_ids=stored.left, horizon=horizon)
    return stored


def _delete(
    calendar: Calendar, remote_ids: Sequence[str], author: Author | None
) -> tuple[int, list[str]]:
    """Delete by remote id, a master together with its exceptions.

    Returns the number of events, and the masters that lost an exception, whose instances
    reappear.
    """
    if not remote_ids:
        return 0, []
    Horizon.locked(calendar)  # so that no transaction derives occurrences of deleted events
    removed_ids = Event.objects.filter(with_exceptions(calendar, remote_ids))
    masters = dict(removed_ids.values_list("pk", "recurring_event_id"))
    note_deletions(list(masters), author)
    QuarantinedEvent.objects.filter(calendar=calendar, remote_id__in=remote_ids).delete()
    _total, by_model = removed_ids.delete()
    return by_model.get("calendars.Event", 0), sorted(set(masters.values()) - {"", *remote_ids})


def _quarantine(calendar: Calendar, page: SortedPage, run_id: UUID | None) -> None:
    quarantine_events(
        calendar=calendar,
        run_id=run_id,
        rows=[
            SetAside(remote_id, str(item.get("summary") or "")[:300], reason[:300], item)
            for remote_id, (item, reason) in page.malformed.items()
        ],
    )


def quarantine_events(
    *, calendar: Calendar, rows: Collection[SetAside], run_id: UUID | None = None
) -> None:
    """Store malformed events; `store_columns` removes those that arrived complete."""
    columns = bulk.pack_rows(
        QuarantinedEvent,
        SetAside._fields,
        rows,
        calendar_id=calendar.pk,
        owner_id=calendar.owner_id,
        seen_run=run_id,
        seen_at=timezone.now(),
    )
    bulk.upsert(bulk.Batch(QuarantinedEvent, columns), conflict=["calendar_id", "remote_id"])
