"""Local changes that Google has not confirmed: recorded beside the event, kept by the sync.

The caller has locked the calendar, so that a page of a sync and a person's change come one after
the other. A page merges the fields that do not collide; what collides is kept in three versions.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from calendars.events.merging import (
    EDITABLE,
    Merged,
    as_json,
    as_row,
    changed_fields,
    left_after,
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
        _save_or_drop(_asked_again(pending, notify))
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
    pending.mine = {**pending.mine, **changed_fields(before, after)}
    if pending.is_at_google and pending.state == State.PENDING and not pending.sent:
        base = pending.base or {}
        pending.mine = merge(base=base, mine=pending.mine, theirs=base).mine
    _save_or_drop(_asked_again(pending, notify))


def record_deletion(calendar: Calendar, before: EventRow, *, notify: str = Notify.NONE) -> None:
    """An event that was never sent leaves nothing to be deleted at Google, and a series that goes
    leaves nothing of its exceptions to be sent."""
    exceptions = PendingChange.objects.filter(base__recurring_event_id=before.remote_id)
    exceptions.filter(calendar=calendar).delete()
    pending = _of(calendar, before.remote_id)
    if pending is None:
        pending = _new(calendar, before.remote_id, Kind.DELETE, base=as_json(before))
    elif _is_only_here(pending) and not pending.sent:
        _settle(pending)
        return
    pending.kind, pending.mine = Kind.DELETE, {}
    if not pending.is_at_google:  # Google may have got it: its version is not known yet
        pending.base = as_json(before._replace(etag=""))
    implied = _implied(calendar, before)
    if implied is not None:  # an instance that is like its series again
        pending.kind = Kind.UPDATE
        pending.mine = changed_fields(as_row(pending.base or {}), as_row(implied))
    _save_or_drop(_asked_again(pending, notify))


def wait_for(event_id: UUID, first: UUID) -> None:
    """Send an event's pending change only when Google has confirmed that of another event."""
    ahead: UUID | None = first
    while ahead is not None and ahead != event_id:
        waiting = PendingChange.objects.filter(pk=ahead)
        ahead = waiting.values_list("after", flat=True).first()
    if ahead is None:  # no circle, in which nothing would ever be sent
        PendingChange.objects.filter(pk=event_id).update(after=first)


def lay_over_page(
    calendar: Calendar, rows: MutableMapping[str, EventRow], deletions: MutableMapping[str, Any]
) -> bool:
    """Put what a page brings under the local changes. Return whether `rows` are others now."""
    changed = False
    for pending in PendingChange.objects.select_for_update().filter(calendar=calendar):
        if pending.remote_id in rows:
            changed = True
            merged = lay_under(pending, rows.pop(pending.remote_id))
            if merged is not None:
                rows[pending.remote_id] = merged
        elif pending.remote_id in deletions and _survives(pending):
            del deletions[pending.remote_id]
        elif _series_of(pending) in deletions:
            _note_series_gone(pending)
    return changed


def without_pending(calendar: Calendar, remote_ids: Collection[str]) -> list[str]:
    """Of events that Google no longer has, those to be deleted here. Others become conflicts, but
    for those that it never had."""
    locked = PendingChange.objects.select_for_update().filter(calendar=calendar)
    pending = {each.remote_id: each for each in locked}
    for change in pending.values():
        if _series_of(change) in remote_ids:
            _note_series_gone(change)
    kept = {
        remote_id
        for remote_id in remote_ids
        if remote_id in pending
        and (_is_only_here(pending[remote_id]) or _survives(pending[remote_id]))
    }
    return [remote_id for remote_id in remote_ids if remote_id not in kept]


def with_pending(event_ids: Collection[Any]) -> set[Any]:
    """Those of the events that have a local change."""
    found = PendingChange.objects.filter(pk__in=event_ids)
    return set(found.values_list("pk", flat=True))


def _series_of(pending: PendingChange) -> str:
    """The remote id of an exception's series, which takes the exception along when it's deleted."""
    return str((pending.base or {}).get("recurring_event_id", ""))


def lay_under(pending: PendingChange, theirs: EventRow) -> EventRow | None:
    """Put a version of Google's under the local change. Return the row that is stored; None if the
    event stays as it is here.

    While a worker waits for Google's answer it's only kept: what it says of that call is not known.
    """
    if pending.is_under_way:
        _keep_for_later(pending, theirs)
        return None
    if _is_old(pending, theirs):
        return None
    if pending.kind == Kind.DELETE:
        _under_departure(pending, theirs)
        return None
    if theirs.status == Event.Status.CANCELLED and _was_live(pending):
        if pending.mine.get("status") == Event.Status.CANCELLED:
            _settle(pending)
            return theirs
        _note_conflict(pending, theirs, is_deleted=True)
        return None
    remote = as_json(theirs)
    merged = merge(base=pending.base, mine=pending.mine, theirs=remote, sent=pending.sent)
    collisions = merged.collisions
    if pending.kind == Kind.CREATE and pending.sent and pending.base is None:
        # Nobody else can have made it: what differs from what was sent is Google's form of it.
        left = left_after(merged.mine, pending.sent[-1])
        merged = Merged({**remote, **left}, left, [])
        collisions = [name for name in collisions if name in left]
    pending.mine = merged.mine
    if collisions:
        _note_conflict(pending, theirs, is_deleted=False)
    else:
        pending.kind, pending.state, pending.base = Kind.UPDATE, State.PENDING, remote
        pending.sent, pending.theirs, pending.theirs_deleted = [], None, False
        pending.due_at = timezone.now()
        _save_or_drop(pending)
    return as_row(merged.values)


def _keep_for_later(pending: PendingChange, theirs: EventRow) -> None:
    kept = as_row(pending.theirs).remote_updated_at if pending.theirs else None
    if kept is None or theirs.remote_updated_at is None or theirs.remote_updated_at >= kept:
        PendingChange.objects.filter(pk=pending.pk).update(theirs=as_json(theirs))


def _under_departure(pending: PendingChange, theirs: EventRow) -> None:
    """Of an event that was deleted here. What waits for another event's change is moved away: that
    takes along what Google has."""
    is_same = not changed_fields(as_row(pending.base or {}), theirs)
    if is_same or not pending.is_at_google or pending.after:
        pending.base, pending.sent = as_json(theirs), []
        pending.save()
    else:
        _note_conflict(pending, theirs, is_deleted=False)


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
    if pending.is_under_way:
        PendingChange.objects.filter(pk=pending.pk).update(theirs_deleted=True)
        return True
    if pending.kind == Kind.DELETE:
        _settle(pending)
        return False
    if not _was_live(pending) or (pending.kind == Kind.CREATE and not pending.sent):
        return True  # an older deletion of what is brought back
    _note_conflict(pending, None, is_deleted=True)
    return True


def _note_series_gone(pending: PendingChange) -> None:
    if pending.mine.get("status") == Event.Status.CANCELLED:
        _settle(pending)
    else:
        _note_conflict(pending, None, is_deleted=True)


def _is_only_here(pending: PendingChange) -> bool:
    """Whether Google's list of the calendar can't have it yet."""
    return pending.kind in (Kind.CREATE, Kind.MOVE)


def _may_be_there(pending: PendingChange) -> bool:
    """Whether Google has the event, or the series that implies it."""
    is_instance = bool(_series_of(pending))
    return pending.kind != Kind.CREATE and (pending.is_at_google or is_instance)


def _note_conflict(pending: PendingChange, theirs: EventRow | None, *, is_deleted: bool) -> None:
    pending.state = State.CONFLICT
    pending.theirs = None if theirs is None else as_json(theirs)
    pending.theirs_deleted = is_deleted
    pending.sent = []
    pending.save()
    show_again(pending.pk)


def show_again(event_id: UUID) -> None:
    """Mark an event as changed for clients, because what Google has of it is another thing now."""
    Event.objects.filter(pk=event_id).update(change_set=0)


def _save_or_drop(pending: PendingChange) -> None:
    """An update of nothing is nothing to be sent."""
    if pending.mine or pending.kind != Kind.UPDATE or pending.state == State.CONFLICT:
        pending.save()
    elif not pending._state.adding:
        _settle(pending)


def _settle(pending: PendingChange) -> None:
    """There is nothing to be sent any more."""
    pending.delete()
    send_next(pending.pk)


def send_again(pending: PendingChange) -> None:
    """Save what is left to be sent, and announce it."""
    pending.save()
    announce(SEND_TASK, str(pending.pk))


def note_gone(pending: PendingChange) -> None:
    """Google no longer has the event that was changed here."""
    _note_conflict(pending, None, is_deleted=True)


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
    return PendingChange.objects.select_for_update().filter(pk=pk).first()


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
