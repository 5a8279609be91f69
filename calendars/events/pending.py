"""Local changes that Google has not confirmed: recorded beside the event, kept by the sync.

The caller has locked the calendar, so that a page of a sync and a person's change come one after
the other. A page merges the fields that do not collide; what collides is kept in three versions.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from calendars.events.merging import EDITABLE, as_json, as_row, changed_fields, merge
from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, PendingChange, event_id_for

Kind, State, Notify = PendingChange.Kind, PendingChange.State, PendingChange.Notify


def record_creation(calendar: Calendar, row: EventRow, *, notify: str = Notify.NONE) -> None:
    """A deletion that waits turns into an update: Google still has the event."""
    pending = _of(calendar, row.remote_id)
    if pending is not None and pending.base is not None:
        pending.kind = Kind.UPDATE
        pending.mine = changed_fields(as_row(pending.base), row)
        _save_or_drop(_asked_again(pending, notify))
        return
    pending = _new(calendar, row.remote_id, Kind.CREATE, base=None)
    pending.mine = {name: value for name, value in as_json(row).items() if name in EDITABLE}
    _asked_again(pending, notify).save()


def record_update(
    calendar: Calendar, before: EventRow, after: EventRow, *, notify: str = Notify.NONE
) -> None:
    """A field that has its base value again is nothing to be sent, unless Google changed it."""
    pending = _of(calendar, before.remote_id)
    if pending is None:
        pending = _new(calendar, before.remote_id, Kind.UPDATE, base=as_json(before))
    pending.mine = {**pending.mine, **changed_fields(before, after)}
    if pending.base is not None and pending.state == State.PENDING:
        pending.mine = merge(base=pending.base, mine=pending.mine, theirs=pending.base).mine
    _save_or_drop(_asked_again(pending, notify))


def record_deletion(calendar: Calendar, before: EventRow, *, notify: str = Notify.NONE) -> None:
    """An event that was never sent leaves nothing to be deleted at Google, and a series that goes
    leaves nothing of its exceptions to be sent."""
    exceptions = PendingChange.objects.filter(base__recurring_event_id=before.remote_id)
    exceptions.filter(calendar=calendar).delete()
    pending = _of(calendar, before.remote_id)
    if pending is None:
        pending = _new(calendar, before.remote_id, Kind.DELETE, base=as_json(before))
    if pending.base is None:
        pending.delete()
        return
    pending.kind, pending.mine = Kind.DELETE, {}
    _asked_again(pending, notify).save()


def lay_over_page(
    calendar: Calendar, rows: MutableMapping[str, EventRow], deletions: MutableMapping[str, Any]
) -> bool:
    """Put what a page brings under the local changes. Return whether `rows` are others now."""
    changed = False
    for pending in PendingChange.objects.filter(calendar=calendar):
        if pending.remote_id in rows:
            changed = True
            merged = _under(pending, rows.pop(pending.remote_id))
            if merged is not None:
                rows[pending.remote_id] = merged
        elif pending.remote_id in deletions and _survives(pending):
            del deletions[pending.remote_id]
        elif _series_of(pending) in deletions:
            _note_conflict(pending, None, is_deleted=True)
    return changed


def without_pending(calendar: Calendar, remote_ids: Collection[str]) -> list[str]:
    """Of events that Google no longer has, those to be deleted here. Others become conflicts."""
    pending = {each.remote_id: each for each in PendingChange.objects.filter(calendar=calendar)}
    for change in pending.values():
        if _series_of(change) in remote_ids:
            _note_conflict(change, None, is_deleted=True)
    kept = {
        remote_id
        for remote_id in remote_ids
        if remote_id in pending
        and (pending[remote_id].kind == Kind.CREATE or _survives(pending[remote_id]))
    }
    return [remote_id for remote_id in remote_ids if remote_id not in kept]


def with_pending(event_ids: Collection[Any]) -> set[Any]:
    """Those of the events that have a local change."""
    found = PendingChange.objects.filter(pk__in=event_ids)
    return set(found.values_list("pk", flat=True))


def _series_of(pending: PendingChange) -> str:
    """The remote id of an exception's series, which takes the exception along when it's deleted."""
    return str((pending.base or {}).get("recurring_event_id", ""))


def _under(pending: PendingChange, theirs: EventRow) -> EventRow | None:
    """The row that the sync stores; None if the event stays as it is here."""
    if _is_old(pending, theirs):
        return None
    if pending.kind == Kind.DELETE:
        _note_conflict(pending, theirs, is_deleted=False)
        return None
    if theirs.status == Event.Status.CANCELLED and _was_live(pending):
        _note_conflict(pending, theirs, is_deleted=True)
        return None
    remote = as_json(theirs)
    merged = merge(base=pending.base, mine=pending.mine, theirs=remote)
    pending.mine = merged.mine
    if merged.collisions:
        _note_conflict(pending, theirs, is_deleted=False)
    else:
        pending.kind, pending.state, pending.base = Kind.UPDATE, State.PENDING, remote
        pending.theirs, pending.theirs_deleted = None, False
        _save_or_drop(pending)
    return as_row(merged.values)


def _is_old(pending: PendingChange, theirs: EventRow) -> bool:
    """Whether it is the base again, for a deletion, or older than the base: pages may be late."""
    if pending.base is None:
        return False
    base = as_row(pending.base)
    if pending.kind == Kind.DELETE and theirs == base:
        return True
    known, given = base.remote_updated_at, theirs.remote_updated_at
    return known is not None and given is not None and given < known


def _was_live(pending: PendingChange) -> bool:
    return pending.base is None or pending.base["status"] != Event.Status.CANCELLED


def _survives(pending: PendingChange) -> bool:
    """Whether the event stays although Google deleted it. Deleted by both sides, it is settled."""
    if pending.kind == Kind.DELETE:
        pending.delete()
        return False
    _note_conflict(pending, None, is_deleted=True)
    return True


def _note_conflict(pending: PendingChange, theirs: EventRow | None, *, is_deleted: bool) -> None:
    pending.state = State.CONFLICT
    pending.theirs = None if theirs is None else as_json(theirs)
    pending.theirs_deleted = is_deleted
    pending.save()


def _save_or_drop(pending: PendingChange) -> None:
    """An update of nothing is nothing to be sent."""
    if pending.mine or pending.kind != Kind.UPDATE or pending.state == State.CONFLICT:
        pending.save()
    elif not pending._state.adding:
        pending.delete()


def _asked_again(pending: PendingChange, notify: str) -> PendingChange:
    """A local change is sent at once, also after failures, and mails at least whom it names."""
    pending.revision += 1
    pending.due_at, pending.attempts = timezone.now(), 0
    pending.error_code = pending.error_message = ""
    pending.notify = max(pending.notify, notify, key=Notify.values.index)
    if pending.state == State.FAILED:
        pending.state = State.PENDING
    return pending


def _of(calendar: Calendar, remote_id: str) -> PendingChange | None:
    return PendingChange.objects.filter(pk=event_id_for(calendar.pk, remote_id)).first()


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
    _save_or_drop(_asked_again(pending, notify))


def record_removal_of_instance(
    calendar: Calendar, before: EventRow, *, notify: str, after: UUID | None
) -> None:
    """Record that an exception goes because its series has no such instance any more."""
    if before.status == Event.Status.CANCELLED:
        PendingChange.objects.filter(pk=event_id_for(calendar.pk, before.remote_id)).delete()
        return
    record_deletion(calendar, before, notify=notify)
    hold_back(calendar, before.remote_id, after=after)


def hold_back(calendar: Calendar, remote_id: str, *, after: UUID | None) -> None:
    """Send an event's change only after another event's."""
    PendingChange.objects.filter(pk=event_id_for(calendar.pk, remote_id)).update(after=after)


def waits_for(calendar: Calendar, remote_id: str) -> UUID | None:
    """The event whose change must be confirmed before this one's."""
    pending = _of(calendar, remote_id)
    return pending.after if pending is not None else None
