"""Local changes that Google has not confirmed: recorded beside the event, for the outbox.

The caller has locked the calendar, so that a page of a sync and a person's change come one after
the other; `three_versions` says what becomes of the changes then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from calendars.events.merging import (
    EDITABLE,
    as_json,
    as_row,
    changed_fields,
    merge,
    row_of,
)
from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, PendingChange, event_id_for
from calendars.models.pending import WAITS_FOR_CONSENT
from config.workers import announce

SEND_TASK = "calendars.tasks.send_change"
Kind, State, Notify = PendingChange.Kind, PendingChange.State, PendingChange.Notify


def record_creation(calendar: Calendar, row: EventRow, *, notify: str = Notify.NONE) -> None:
    """A deletion that waits turns into an update: Google still has the event."""
    pending = _of(calendar, row.remote_id)
    if pending is not None and pending.base is not None and _may_be_there(pending):
        pending.kind = Kind.UPDATE
        pending.mine = changed_fields(as_row(pending.base), row)
        if pending.sent:  # Google may have deleted it meanwhile
            pending.mine = _editable(row)
        save_or_drop(_asked_again(pending, notify))
        return
    if pending is None:
        pending = _new(calendar, row.remote_id, Kind.CREATE, base=_implied(calendar, row))
    pending.kind = Kind.CREATE
    pending.mine = changed_fields(as_row(pending.base), row) if pending.base else _editable(row)
    pending.after = _series_before(calendar, row)
    _asked_again(pending, notify).save()


def record_update(
    calendar: Calendar, before: EventRow, after: EventRow, *, notify: str = Notify.NONE
) -> None:
    """A field that has its base value again is nothing to be sent, unless Google changed it or may
    have got another one."""
    pending = _of(calendar, before.remote_id)
    if pending is None:
        pending = _new(calendar, before.remote_id, Kind.UPDATE, base=as_json(before))
        pending.after = _series_before(calendar, before)
    if _is_deleted_by_both(pending, after.status):
        settle(pending)
        return
    pending.mine = {**pending.mine, **changed_fields(before, after)}
    if pending.is_at_google and pending.state == State.PENDING and not pending.sent:
        base = pending.base or {}
        pending.mine = merge(base=base, mine=pending.mine, theirs=base).mine
    save_or_drop(_asked_again(pending, notify))


def record_deletion(calendar: Calendar, before: EventRow, *, notify: str = Notify.NONE) -> None:
    """An event that was never sent leaves nothing to be deleted at Google, and a series that goes
    leaves nothing of its exceptions to be sent. An exception that goes makes the instance like its
    series again: deleted at Google, the instance would be cancelled."""
    exceptions = PendingChange.objects.filter(base__recurring_event_id=before.remote_id)
    exceptions.filter(calendar=calendar).delete()
    pending = _departing(calendar, before)
    implied = _implied(calendar, before)
    if pending is not None and implied is not None:
        pending.kind = Kind.UPDATE
        pending.mine = changed_fields(as_row(pending.base or {}), as_row(implied))
    if pending is not None:
        save_or_drop(_asked_again(pending, notify))


def _departing(calendar: Calendar, before: EventRow) -> PendingChange | None:
    """The deletion, not saved yet; None if Google can't have the event."""
    pending = _of(calendar, before.remote_id)
    if pending is None:
        return _new(calendar, before.remote_id, Kind.DELETE, base=as_json(before))
    if is_only_here(pending) and not pending.sent:
        settle(pending)
        return None
    if _is_deleted_by_both(pending, Event.Status.CANCELLED):
        settle(pending)
        return None
    pending.kind, pending.mine = Kind.DELETE, {}
    if not pending.is_at_google:  # Google may have got it: its version is not known yet
        pending.base = as_json(before._replace(etag=""))
    return pending


def _is_deleted_by_both(pending: PendingChange, status: str) -> bool:
    """Whether a conflict is over, because the event is deleted, or the instance cancelled, here
    too."""
    is_deleted_there = pending.state == State.CONFLICT and pending.theirs_deleted
    return is_deleted_there and status == Event.Status.CANCELLED


def with_pending(event_ids: Collection[Any]) -> set[Any]:
    """Those of the events that have a local change."""
    found = PendingChange.objects.filter(pk__in=event_ids)
    return set(found.values_list("pk", flat=True))


def series_of(pending: PendingChange) -> str:
    """The remote id of an exception's series, which takes the exception along when it's deleted."""
    return str((pending.base or {}).get("recurring_event_id", ""))


def is_only_here(pending: PendingChange) -> bool:
    """Whether Google's list of the calendar can't have it yet: a new event, or an instance that
    only its series implies there."""
    is_change = pending.kind == Kind.UPDATE and pending.base is not None
    return pending.kind in (Kind.CREATE, Kind.MOVE) or (is_change and not pending.is_at_google)


def _may_be_there(pending: PendingChange) -> bool:
    """Whether Google has the event, or the series that implies it."""
    is_instance = bool(series_of(pending))
    return pending.kind != Kind.CREATE and (pending.is_at_google or is_instance)


def show_again(event_id: UUID) -> None:
    """Mark an event as changed for clients, because what Google has of it is another thing now."""
    Event.objects.filter(pk=event_id).update(change_set=0)


def save_or_drop(pending: PendingChange) -> None:
    """An update of nothing is nothing to be sent."""
    if pending.mine or pending.kind != Kind.UPDATE or pending.state == State.CONFLICT:
        pending.save()
    elif not pending._state.adding:
        settle(pending)


def settle(pending: PendingChange) -> None:
    """There is nothing to be sent any more."""
    event_id = pending.pk  # which `delete` takes away
    pending.delete()
    send_next(event_id)


def send_again(pending: PendingChange) -> None:
    """Save what is left to be sent, and announce it."""
    pending.save()
    announce(SEND_TASK, str(pending.pk))


def send_next(event_id: UUID) -> None:
    """Announce the changes that waited for this event's."""
    next_ones = PendingChange.objects.filter(after=event_id)
    for waiting in next_ones.values_list("pk", flat=True):
        announce(SEND_TASK, str(waiting))


def _asked_again(pending: PendingChange, notify: str) -> PendingChange:
    """A local change is sent at once, also after failures, and mails at least whom it names."""
    pending.revision += 1
    announce(SEND_TASK, str(pending.pk))
    pending.due_at, pending.attempts = timezone.now(), 0
    account = pending.calendar.connection
    waits = account is not None and not account.may_write
    pending.error_code, pending.error_message = WAITS_FOR_CONSENT if waits else ("", "")
    pending.notify = max(pending.notify, notify, key=Notify.values.index)
    if pending.state == State.FAILED:
        pending.state = State.PENDING
    return pending


def _editable(row: EventRow) -> dict[str, Any]:
    return {name: value for name, value in as_json(row).items() if name in EDITABLE}


def _implied(calendar: Calendar, row: EventRow) -> dict[str, Any] | None:
    """The instance that an exception replaces, as its series implies it; None for others. Its
    version at Google isn't known, so it has no etag."""
    if not row.recurring_event_id or row.original_start_at is None:
        return None
    pk = event_id_for(calendar.pk, row.recurring_event_id)
    master = Event.objects.filter(pk=pk).first()
    if master is None:
        return None
    series = row_of(master)
    return as_json(
        series._replace(
            remote_id=row.remote_id,
            recurring_event_id=series.remote_id,
            original_start_at=row.original_start_at,
            start_at=row.original_start_at,
            end_at=row.original_start_at + (series.end_at - series.start_at),
            recurrence=[],
            etag="",
            remote_updated_at=None,
        )
    )


def _series_before(calendar: Calendar, row: EventRow) -> UUID | None:
    """The series of an exception, if its own change comes first: until then Google may not have
    the instance."""
    if not row.recurring_event_id:
        return None
    series = _of(calendar, row.recurring_event_id)
    return series.pk if series is not None else None


def _of(calendar: Calendar, remote_id: str) -> PendingChange | None:
    """Locked, so that no worker claims it meanwhile."""
    pk = event_id_for(calendar.pk, remote_id)
    pending = PendingChange.objects.select_for_update().filter(pk=pk).first()
    if pending is not None:
        pending.calendar = calendar  # which needn't be read again
    return pending


def _new(
    calendar: Calendar, remote_id: str, kind: PendingChange.Kind, *, base: dict[str, Any] | None
) -> PendingChange:
    return PendingChange(
        event_id=event_id_for(calendar.pk, remote_id),
        owner_id=calendar.owner_id,
        calendar=calendar,
        remote_id=remote_id,
        kind=kind,
        base=base,
    )


# --- series -------------------------------------------------------------------------------------
# An instance of a series is at Google without being created: a change of it is an update, whose
# base is what the series says of it. Such a base has no etag.


def record_instance(
    calendar: Calendar, implied: EventRow, row: EventRow, *, notify: str, after: UUID | None
) -> None:
    """Record the first change of an instance: `implied` is what its series makes of it."""
    pending = _of(calendar, row.remote_id)
    if pending is None:
        pending = _new(calendar, row.remote_id, Kind.UPDATE, base=as_json(implied))
    pending.kind = Kind.UPDATE
    pending.mine = changed_fields(as_row(pending.base or as_json(implied)), row)
    pending.after = after
    save_or_drop(_asked_again(pending, notify))


def record_removal_of_instance(
    calendar: Calendar, before: EventRow, *, notify: str, after: UUID | None
) -> None:
    """Record that an exception goes because its series has no such instance any more."""
    if before.status == Event.Status.CANCELLED:
        PendingChange.objects.filter(pk=event_id_for(calendar.pk, before.remote_id)).delete()
        return
    pending = _departing(calendar, before)
    if pending is not None:
        pending.after = after
        _asked_again(pending, notify).save()


def hold_back(calendar: Calendar, remote_id: str, *, after: UUID | None) -> None:
    """Send an event's change only after another event's."""
    PendingChange.objects.filter(pk=event_id_for(calendar.pk, remote_id)).update(after=after)


def is_unsent(calendar: Calendar, remote_id: str) -> bool:
    """Whether the event has a change without which Google doesn't know it."""
    pending = _of(calendar, remote_id)
    return pending is not None and is_only_here(pending) and not pending.sent


def waits_for(calendar: Calendar, remote_id: str) -> UUID | None:
    """The event whose change must be confirmed before this one's."""
    pending = _of(calendar, remote_id)
    return pending.after if pending is not None else None


# --- order --------------------------------------------------------------------------------------


def wait_for(event_id: UUID, first: UUID) -> None:
    """Send an event's pending change only when Google has confirmed that of another event."""
    ahead: UUID | None = first
    while ahead is not None and ahead != event_id:
        waiting = PendingChange.objects.filter(pk=ahead)
        ahead = waiting.values_list("after", flat=True).first()
    if ahead is None:  # no circle, in which nothing would ever be sent
        PendingChange.objects.filter(pk=event_id).update(after=first)


# --- moving -------------------------------------------------------------------------------------
def move_pending(
    source: Calendar, target: Calendar, rows: Sequence[EventRow], *, notify: str
) -> None:
    """Record that Google is to move an event, first of `rows`, with what waits to be sent of it
    and of its exceptions. What is left in the source is deleted, if Google left anything."""
    for row in rows:
        pending = _of(source, row.remote_id)
        moved = _moved(pending, source, target, row)
        if row is rows[0]:
            moved.kind, moved.source, moved.after = Kind.MOVE, source, None
        if row is rows[0] or moved.mine:
            _asked_again(moved, notify).save()
        if pending is not None:
            pending.delete()
    first = event_id_for(target.pk, rows[0].remote_id)
    PendingChange.objects.filter(
        calendar=target, base__recurring_event_id=rows[0].remote_id
    ).update(after=first)
    record_deletion(source, rows[0], notify=notify)
    hold_back(source, rows[0].remote_id, after=first)


def _moved(
    pending: PendingChange | None, source: Calendar, target: Calendar, row: EventRow
) -> PendingChange:
    moved = _new(target, row.remote_id, Kind.UPDATE, base=as_json(row))
    if pending is not None:
        moved.base, moved.mine, moved.notify = pending.base, pending.mine, pending.notify
        moved.kind, moved.sent = PendingChange.Kind(pending.kind), pending.sent
    return moved
