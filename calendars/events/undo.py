"""Undoing what was done at once: an import, or one person's change.

An event that was changed again since is left as it is. The undo is a change like any other: it has
its own place in history and can be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.events.editing import bring_back, change_event, delete_event
from calendars.events.expansion import Horizon, derive_occurrences
from calendars.events.history import Author, latest_before, note_states
from calendars.events.merging import EDITABLE, as_row, changed_fields, row_of
from calendars.events.moving import move_event
from calendars.events.pending import hold_back, is_unsent, wait_for, with_pending
from calendars.events.rows import EventRow
from calendars.events.series import SeriesRows, cancelled_row
from calendars.models import Calendar, Event, EventChange, PendingChange
from config.database import bulk
from config.web.problems import DomainError, Kind

Change = EventChange.Kind
_FIELDS = {field.column: field for field in Event._meta.concrete_fields}
_GIVEN = {
    "change_set",
    "same_since",
    "changed_at",
}  # by the database: a row that returns is a new version
_OF_MANY = (EventChange.Door.SYNC, EventChange.Door.IMPORT)


@dataclass(frozen=True, slots=True)
class Undone:
    """How many events returned, were restored, were removed, and were left as they are."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    left: int = 0

    def __add__(self, other: Undone) -> Undone:
        return Undone(*map(sum, zip(astuple(self), astuple(other), strict=True)))


@transaction.atomic
def undo_act(*, owner_id: int, act: UUID, author: Author) -> Undone:
    """`act` is that of a person's change or of an import. Raises DomainError."""
    changes = [change for change in latest_before(act) if change.owner_id == owner_id]
    if not changes:
        message = _("There is nothing to undo: this change is unknown, or it is too old.")
        raise DomainError(Kind.NOT_FOUND, "not-found", message)
    return _undo(changes, author)


@transaction.atomic
def undo_change(*, owner_id: int, event_id: UUID, change_id: int, author: Author) -> Undone:
    """Undo one change of an event's history: with all that the person did at once, such as a split,
    but of a run or an import only this event. Raises DomainError."""
    known = EventChange.objects.filter(owner_id=owner_id, event_id=event_id, pk=change_id)
    change = known.first()
    if change is None:
        message = _("There is nothing to undo: this change is unknown, or it is too old.")
        raise DomainError(Kind.NOT_FOUND, "not-found", message)
    act = [each for each in latest_before(change.act) if each.owner_id == owner_id]
    if change.door in _OF_MANY:
        act = [each for each in act if each.event_id == event_id]
    undone = _undo(act, author)
    if undone == Undone(left=undone.left):
        message = _("The event was changed again since. Undo the later change first.")
        raise DomainError(Kind.CONFLICT, "changed-since", message)
    return undone


def _undo(changes: Sequence[EventChange], author: Author) -> Undone:
    later = changed_since(changes)
    standing = [change for change in changes if change.event_id not in later]
    undone = Undone(left=len(later))
    move = _move_of(changes) if not later else None
    if move is not None and move.is_within_account:
        return undone + _move_back(move, author)
    # A series comes back before its exceptions.
    standing.sort(key=lambda change: (change.calendar_id, bool(_series_of(change))))
    for calendar, some in groupby(standing, attrgetter("calendar")):
        undone += _undo_in(calendar, list(some), author)
    if move is not None:  # the copy goes when Google has the original again
        hold_back(move.to.calendar, move.to.remote_id, after=_if_pending(move.gone))
    return undone


class _Move(NamedTuple):
    """An act that took an event out of one calendar into another."""

    gone: EventChange
    to: EventChange

    @property
    def is_within_account(self) -> bool:
        account = self.gone.calendar.connection_id
        is_same = account is not None and account == self.to.calendar.connection_id
        return is_same and self.gone.remote_id == self.to.remote_id


def _move_of(changes: Sequence[EventChange]) -> _Move | None:
    gone = [one for one in changes if one.kind == Change.DELETED and not _series_of(one)]
    made = [one for one in changes if one.kind == Change.CREATED and "_" not in one.remote_id]
    if len(gone) != 1 or len(made) != 1 or gone[0].calendar_id == made[0].calendar_id:
        return None
    return _Move(gone[0], made[0])


def _move_back(move: _Move, author: Author) -> Undone:
    event = Event.objects.filter(pk=move.to.event_id).first()
    if event is None:
        return Undone()
    move_event(
        owner_id=event.owner_id,
        event_id=event.pk,
        base=event.change_set,
        calendar_id=move.gone.calendar_id,
        author=author,
    )
    return Undone(created=1, deleted=1)


def _if_pending(change: EventChange) -> UUID | None:
    return change.event_id if with_pending([change.event_id]) else None


def _series_of(change: EventChange) -> str:
    return str((change.before or {}).get("recurring_event_id", ""))


def changed_since(changes: Sequence[EventChange]) -> set[UUID]:
    """The events that have a later change in history, of another act."""
    last = max(change.pk for change in changes)
    later = EventChange.objects.filter(
        event_id__in=[change.event_id for change in changes], pk__gt=last
    )
    first: dict[UUID, EventChange] = {}
    others: set[UUID] = set()
    for change in later.exclude(act=changes[0].act).order_by("pk"):
        first.setdefault(change.event_id, change)
        if change.door != EventChange.Door.SYNC:
            others.add(change.event_id)
    synced = [change for event_id, change in first.items() if event_id not in others]
    return first.keys() - _unchanged(synced)


def _unchanged(changes: Collection[EventChange]) -> set[UUID]:
    """Events that say what they said before these changes: Google's answer to a local change brings
    only its new version."""
    events = Event.objects.in_bulk([change.event_id for change in changes])
    return {
        change.event_id
        for change in changes
        if change.before is not None
        and change.event_id in events
        and not changed_fields(_row(change.before), row_of(events[change.event_id]))
    }


def restore(calendar: Calendar, changes: Sequence[EventChange], author: Author) -> Undone:
    """Make events of a calendar as they were before these changes, in bulk."""
    Horizon.locked(calendar)
    created = [change.event_id for change in changes if change.before is None]
    befores = [change.before for change in changes if change.before is not None]
    masters = _masters(changes) | _masters_of(created)
    note_states(calendar, changes, author)
    Event.objects.filter(pk__in=created).delete()
    written = _write(befores)
    remote_ids = {change.remote_id for change in changes} | masters
    derive_occurrences(calendar=calendar, remote_ids=sorted(remote_ids))
    return Undone(*written, len(created))


def _undo_in(calendar: Calendar, changes: Sequence[EventChange], author: Author) -> Undone:
    """In Google's calendars each is a local change, to be sent like any other."""
    if calendar.connection_id is None:
        return restore(calendar, changes, author)
    undone = Undone()
    for change in sorted(changes, key=_place):
        undone += _undo_one(change, author)
    _keep_order(changes)
    return undone


def _place(change: EventChange) -> int:
    """A series returns before another one goes, and its exceptions follow it."""
    event = Event.objects.filter(pk=change.event_id).only("recurring_event_id").first()
    before = change.before or {}
    if before.get("recurring_event_id") or (event is not None and event.recurring_event_id):
        return 2
    return 1 if change.before is None else 0


def _keep_order(changes: Collection[EventChange]) -> None:
    """What was created goes at Google only after what it came from is there again."""
    restored = [change.event_id for change in changes if change.before is not None]
    first = PendingChange.objects.filter(pk__in=restored, base__recurring_event_id="").first()
    if first is not None:
        for change in changes:
            if change.before is None:
                wait_for(change.event_id, first.pk)


def _undo_one(change: EventChange, author: Author) -> Undone:
    owner_id, event = change.owner_id, Event.objects.filter(pk=change.event_id).first()
    if change.before is None:
        if event is not None and not _is_implied(event):
            cancelled = cancelled_row(row_of(event))
            _change(event, {name: getattr(cancelled, name) for name in EDITABLE}, author)
        elif event is not None:
            base = event.change_set
            delete_event(owner_id=owner_id, event_id=event.pk, base=base, author=author)
        return Undone(deleted=event is not None)
    before = _row(change.before)
    if event is None:
        bring_back(owner_id=owner_id, calendar_id=change.calendar_id, row=before, author=author)
        return Undone(created=1)
    _change(event, {name: getattr(before, name) for name in EDITABLE}, author)
    return Undone(updated=1)


def _row(before: dict[str, Any]) -> EventRow:
    return as_row({name: before[name] for name in EventRow._fields if name in before})


def _is_implied(event: Event) -> bool:
    """Whether an exception that goes leaves the instance that it replaced, or nothing that Google
    knows. Any other event does."""
    if event.original_start_at is None or is_unsent(event.calendar, event.remote_id):
        return True
    series = SeriesRows.of(event.calendar, event.recurring_event_id)
    return series is None or series.implied(event.original_start_at) is not None


def _change(event: Event, changes: dict[str, Any], author: Author) -> None:
    change_event(
        owner_id=event.owner_id,
        event_id=event.pk,
        base=event.change_set,
        changes=changes,
        author=author,
    )


def _write(befores: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Rows of one shape in one statement: a row from before a migration may lack a column.

    They were kept as JSON, which knows neither times nor UUIDs.
    """
    created = updated = 0
    rows = ({name: row[name] for name in row if name not in _GIVEN} for row in befores)
    for names, some in groupby(sorted(rows, key=sorted), key=sorted):
        given = list(some)
        columns = {name: [_FIELDS[name].to_python(row[name]) for row in given] for name in names}
        batch = bulk.Batch(Event, bulk.pack_columns(Event, columns))
        written = bulk.upsert(batch, conflict=["id"])
        created, updated = created + len(written.created), updated + len(written.updated)
    return created, updated


def _masters(changes: Collection[EventChange]) -> set[str]:
    """The series of exceptions, which show an instance again or no more."""
    return {_series_of(change) for change in changes} - {""}


def _masters_of(created: Collection[UUID]) -> set[str]:
    """The series of exceptions that are about to be deleted."""
    events = Event.objects.filter(pk__in=created)
    return set(events.values_list("recurring_event_id", flat=True)) - {""}
