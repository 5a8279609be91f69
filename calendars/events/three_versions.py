"""Base, local and remote version of one event: what becomes of the three when Google's changes.

A page of a sync, and the outbox where Google refuses a version, put what Google has under the local
changes. Fields that don't collide merge; what collides is kept in three versions until a person
decides. The caller has locked the calendar.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from calendars.events.merging import Merged, as_json, as_row, changed_fields, left_after, merge
from calendars.events.pending import (
    is_only_here,
    save_or_drop,
    series_of,
    settle,
    show_again,
)
from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, PendingChange

Kind, State = PendingChange.Kind, PendingChange.State


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
        elif series_of(pending) in deletions:
            _note_series_gone(pending)
    return changed


def without_pending(calendar: Calendar, remote_ids: Collection[str]) -> list[str]:
    """Of events that Google no longer has, those to be deleted here. Others become conflicts, but
    for those that it never had."""
    locked = PendingChange.objects.select_for_update().filter(calendar=calendar)
    pending = {each.remote_id: each for each in locked}
    for change in pending.values():
        if series_of(change) in remote_ids:
            _note_series_gone(change)
    kept = {
        remote_id
        for remote_id in remote_ids
        if remote_id in pending
        and (is_only_here(pending[remote_id]) or _survives(pending[remote_id]))
    }
    return [remote_id for remote_id in remote_ids if remote_id not in kept]


def only_here(calendar: Calendar) -> QuerySet[PendingChange, UUID]:
    """The ids of events that Google's list of the calendar can't have yet."""
    new, implied = Q(kind__in=(Kind.CREATE, Kind.MOVE)), Q(kind=Kind.UPDATE, base__etag="")
    changes = PendingChange.objects.filter(new | implied, calendar=calendar)
    return changes.values_list("pk", flat=True)


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
            settle(pending)
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
        save_or_drop(pending)
    return as_row(merged.values)


def _keep_for_later(pending: PendingChange, theirs: EventRow) -> None:
    kept = as_row(pending.theirs).remote_updated_at if pending.theirs else None
    if kept is None or theirs.remote_updated_at is None or theirs.remote_updated_at >= kept:
        PendingChange.objects.filter(pk=pending.pk).update(theirs=as_json(theirs))


def _under_departure(pending: PendingChange, theirs: EventRow) -> None:
    """Of an event that was deleted here. What Google is to move takes along what Google has."""
    moving = PendingChange.objects.filter(pk__in=[pending.after or pending.pk], kind=Kind.MOVE)
    is_same = not changed_fields(as_row(pending.base or {}), theirs)
    if is_same or not pending.is_at_google or moving.exists():
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
        settle(pending)
        return False
    if not _was_live(pending) or (pending.kind == Kind.CREATE and not pending.sent):
        return True  # an older deletion of what is brought back
    _note_conflict(pending, None, is_deleted=True)
    return True


def _note_series_gone(pending: PendingChange) -> None:
    if pending.mine.get("status") == Event.Status.CANCELLED:
        settle(pending)
    else:
        _note_conflict(pending, None, is_deleted=True)


def note_gone(pending: PendingChange) -> None:
    """Google no longer has the event that was changed here."""
    _note_conflict(pending, None, is_deleted=True)


def _note_conflict(pending: PendingChange, theirs: EventRow | None, *, is_deleted: bool) -> None:
    pending.state = State.CONFLICT
    pending.theirs = None if theirs is None else as_json(theirs)
    pending.theirs_deleted = is_deleted
    pending.sent = []
    pending.save()
    show_again(pending.pk)
