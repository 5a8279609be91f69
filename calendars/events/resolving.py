"""What a person decides where Google doesn't have what was changed here: conflicts and failures.

Each decision is one transaction and is in history like any other change. What a sync brings and
what a person decides come one after the other, because both lock the calendar first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.events.editing import EMPTY, Notify, create_event
from calendars.events.expansion import Horizon
from calendars.events.history import Author
from calendars.events.merging import (
    EDITABLE,
    GROUPS,
    TIMES,
    as_json,
    as_row,
    changed_fields,
    merge,
    row_of,
)
from calendars.events.pending import record_creation, send_again, settle, show_again
from calendars.events.rows import EventRow
from calendars.events.writing import delete_events, store_events
from calendars.models import Calendar, Event, PendingChange, SyncState, event_id_for
from calendars.models.event import exceptions_of
from config.web.problems import DomainError, FieldFault, Kind

MINE, THEIRS = "mine", "theirs"
WHEN = "times"  # start, end, all_day, time_zone and recurrence go together
State, Pending = PendingChange.State, PendingChange.Kind


@dataclass(frozen=True, slots=True)
class Conflict:
    """Three versions of an event. `mine` is None if it was deleted here, `theirs` if it was deleted
    at Google, or cancelled; `base` is None for what Google never confirmed.

    `fields` are those that both sides changed: each is decided. `version` counts what is known.
    """

    event_id: UUID
    calendar: Calendar
    base: EventRow | None
    mine: EventRow | None
    theirs: EventRow | None
    fields: tuple[str, ...]
    version: int


def conflict_of(*, owner_id: int, event_id: UUID) -> Conflict:
    """Raises DomainError NOT_FOUND, also if there is none."""
    return _conflict(_found(owner_id, event_id, (State.CONFLICT,)))


def unconfirmed_of(owner_id: int, states: Iterable[str] = State.values) -> list[PendingChange]:
    """Return the changes that Google doesn't have, with their calendars: also deletions, whose
    events aren't here any more."""
    mine = PendingChange.objects.filter(owner_id=owner_id, state__in=list(states))
    shown = mine.filter(calendar__removed_at=None).select_related("calendar")
    return list(shown.order_by("created_at", "pk"))


@transaction.atomic
def settle_conflict(
    *,
    owner_id: int,
    event_id: UUID,
    author: Author,
    keep: str | None = None,
    fields: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Event | None:
    """Decide each field, or with `keep` all of them. Return the event, None if it's deleted now.

    `version` is the conflict's that the caller has seen. Raises DomainError.
    """
    pending = _locked(owner_id, event_id, (State.CONFLICT,))
    conflict = _conflict(pending)
    if version is not None and version != conflict.version:
        message = _("Google's version has changed since you opened this. Look at it again.")
        raise DomainError(Kind.PRECONDITION, "stale-version", message)
    chosen = _choices(conflict, keep, fields or {})
    if conflict.mine is None or conflict.theirs is None:
        return _settle_deletion(pending, conflict, chosen[""], author)
    kept = [name for name, side in chosen.items() if side == THEIRS]
    taken = [column for name in kept for column in _columns(name)]
    row = conflict.mine._replace(**{name: getattr(conflict.theirs, name) for name in taken})
    return _continue_with(pending, row, conflict.theirs, author)


@transaction.atomic
def retry_change(*, owner_id: int, event_id: UUID) -> None:
    """Send a change again that Google refused, or that waits. Raises DomainError."""
    _resume(_locked(owner_id, event_id, (State.FAILED, State.PENDING)))


@transaction.atomic
def revert_change(*, owner_id: int, event_id: UUID, author: Author) -> Event | None:
    """Put back what Google has. Return the event, None if Google has none. Raises DomainError."""
    pending = _locked(owner_id, event_id, (State.FAILED, State.CONFLICT))
    if pending.kind == Pending.MOVE:
        message = _("This event was moved. Move it back to its former calendar instead.")
        raise DomainError(Kind.CONFLICT, "moved", message)
    if pending.kind == Pending.CREATE or (pending.theirs_deleted and not pending.theirs):
        _remove_here(pending, author)
        return None
    return _restore(pending, as_row(pending.theirs or pending.base or {}), author)


def _found(owner_id: int, event_id: UUID, states: Iterable[str]) -> PendingChange:
    """Raises DomainError NOT_FOUND if the event has no change that waits, CONFLICT in another
    state."""
    mine = PendingChange.objects.select_related("calendar")
    pending = mine.filter(owner_id=owner_id, pk=event_id, calendar__removed_at=None).first()
    if pending is None:
        message = _("Google has this event as it is here: there is nothing to decide.")
        raise DomainError(Kind.NOT_FOUND, "nothing-pending", message)
    if pending.state not in states:
        message = _("This change is in another state now. Reload the event.")
        raise DomainError(Kind.CONFLICT, "other-state", message)
    return pending


def _locked(owner_id: int, event_id: UUID, states: Iterable[str]) -> PendingChange:
    """The calendar first, then the change, as in calendars/models/locks.py."""
    Horizon.locked(_found(owner_id, event_id, states).calendar)
    list(PendingChange.objects.select_for_update().filter(pk=event_id))
    pending = _found(owner_id, event_id, states)
    if pending.is_under_way:
        message = _("This change is being sent. Try again in a moment.")
        raise DomainError(Kind.CONFLICT, "being-sent", message, retryable=True)
    return pending


def _conflict(pending: PendingChange) -> Conflict:
    event = Event.objects.filter(pk=pending.pk).first()
    base = as_row(pending.base) if pending.base else None
    mine = None if pending.kind == Pending.DELETE else _mine(pending, event)
    theirs = as_row(pending.theirs) if pending.theirs and not pending.theirs_deleted else None
    fields: tuple[str, ...] = ()
    if mine is not None and theirs is not None:
        remote = as_json(theirs)
        collisions = merge(base=pending.base, mine=pending.mine, theirs=remote).collisions
        fields = tuple(dict.fromkeys(WHEN if name in TIMES else name for name in collisions))
    version = int(pending.changed_at.timestamp() * 1_000_000)
    return Conflict(pending.pk, pending.calendar, base, mine, theirs, fields, version)


def _mine(pending: PendingChange, event: Event | None) -> EventRow:
    """As it is here; what a deleted series took along is known by its change."""
    if event is not None:
        return row_of(event)
    known = {"remote_id": pending.remote_id, **EMPTY, **(pending.base or {}), **pending.mine}
    return as_row(known)


def _choices(conflict: Conflict, keep: str | None, fields: Mapping[str, str]) -> Mapping[str, str]:
    """The side of each field; of a deletion the side of "". Raises DomainError."""
    names = conflict.fields or ("",)
    if keep is not None and not fields:
        chosen, wanted = dict.fromkeys(names, keep), {"keep": keep}
    else:
        chosen = wanted = dict(fields)
    faults = [
        FieldFault(f"fields.{name}" if name != "keep" else name, "not-a-side", _how_to_choose())
        for name, side in wanted.items()
        if side not in (MINE, THEIRS) or (keep is None and name not in names)
    ]
    missing = [name for name in names if name not in chosen]
    faults += [
        FieldFault(f"fields.{name}".rstrip("."), "undecided", _how_to_choose()) for name in missing
    ]
    if faults:
        message = _("Decide each field that both sides changed, or keep one side as a whole.")
        raise DomainError(Kind.INVALID, "invalid", message, faults=faults)
    return chosen


def _how_to_choose() -> str:
    return _("Choose mine or theirs.")


def _columns(name: str) -> tuple[str, ...]:
    return next(group for group in GROUPS if (TIMES[0] if name == WHEN else name) in group)


def _settle_deletion(
    pending: PendingChange, conflict: Conflict, side: str, author: Author
) -> Event | None:
    if conflict.mine is None:  # deleted here, changed there
        theirs = as_row(pending.theirs or pending.base or {})
        if side == THEIRS:
            return _restore(pending, theirs, author)
        pending.base = as_json(theirs)
        _resume(pending)
        return None
    if side == THEIRS:
        if pending.theirs:  # a cancelled instance
            return _restore(pending, as_row(pending.theirs), author)
        _remove_here(pending, author)
        return None
    if pending.theirs:
        return _continue_with(pending, conflict.mine, as_row(pending.theirs), author)
    return _create_again(pending, conflict.mine, author)


def _continue_with(
    pending: PendingChange, row: EventRow, theirs: EventRow, author: Author
) -> Event | None:
    """Show `row`, and send what Google's version differs by."""
    event_id, left = pending.pk, changed_fields(theirs, row)
    shown = theirs._replace(**{name: getattr(row, name) for name in EDITABLE})
    store_events(calendar=pending.calendar, rows=[shown], author=author)
    pending.kind, pending.base, pending.mine = Pending.UPDATE, as_json(theirs), left
    if left:
        _resume(pending)
    else:
        settle(pending)
    show_again(event_id)
    return Event.objects.filter(pk=event_id).first()


def _create_again(pending: PendingChange, row: EventRow, author: Author) -> Event:
    """Google deleted it: it's created there again. What belonged to a series that is gone becomes
    an event of its own."""
    calendar = pending.calendar
    series = row.recurring_event_id
    if series and not Event.objects.filter(pk=event_id_for(calendar.pk, series)).exists():
        values = {name: getattr(row, name) for name in EDITABLE if name != "recurrence"}
        _remove_here(pending, author)
        return create_event(
            owner_id=pending.owner_id, calendar_id=calendar.pk, values=values, author=author
        )
    event_id, notify = pending.pk, pending.notify
    pending.delete()
    record_creation(calendar, row, notify=notify)
    for exception in Event.objects.filter(exceptions_of(calendar, [row.remote_id])):
        record_creation(calendar, row_of(exception), notify=Notify.NONE)
    show_again(event_id)
    return Event.objects.get(pk=event_id)


def _remove_here(pending: PendingChange, author: Author) -> None:
    """Google doesn't have the event, and here it goes too."""
    calendar, remote_id = pending.calendar, pending.remote_id
    of_series = PendingChange.objects.filter(calendar=calendar)
    of_series.filter(base__recurring_event_id=remote_id).delete()
    delete_events(calendar=calendar, remote_ids=[remote_id], author=author)
    settle(pending)


def _restore(pending: PendingChange, row: EventRow, author: Author) -> Event | None:
    """Show Google's version. A series returns without its changed instances, which only a full list
    brings."""
    event_id = pending.pk
    was_here = Event.objects.filter(pk=event_id).exists()
    settle(pending)
    if not row.etag and row.recurring_event_id:  # an instance as its series implies it
        delete_events(calendar=pending.calendar, remote_ids=[row.remote_id], author=author)
        master = event_id_for(pending.calendar_id, row.recurring_event_id)
        return Event.objects.filter(pk=master).first()
    store_events(calendar=pending.calendar, rows=[row], author=author)
    show_again(event_id)
    if row.recurrence and not was_here:
        _ask_for_the_list(pending.calendar)
    return Event.objects.filter(pk=event_id).first()


def _ask_for_the_list(calendar: Calendar) -> None:
    states = SyncState.objects.filter(calendar=calendar, paused=False)
    states.update(wanted=F("wanted") + 1, full_wanted=True, due_at=timezone.now())


def _resume(pending: PendingChange) -> None:
    pending.state, pending.theirs, pending.theirs_deleted = State.PENDING, None, False
    pending.due_at, pending.attempts, pending.sent = timezone.now(), 0, []
    pending.error_code = pending.error_message = ""
    pending.revision += 1
    send_again(pending)
    show_again(pending.pk)
