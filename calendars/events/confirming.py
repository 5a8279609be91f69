"""Google's answer to a local change, stored together with what was changed here meanwhile.

The answer becomes the event's row and the base of what is left; it leaves no history, and the next
page of a sync that brings the same version changes nothing. The caller's transaction has locked the
calendar, then the change, whose lease it holds and ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.utils import timezone

from calendars.events.expansion import derive_occurrences
from calendars.events.history import Author, Door
from calendars.events.merging import as_json, as_row, changed_fields, left_after
from calendars.events.pending import send_again, send_next, show_again
from calendars.events.rows import EventRow
from calendars.events.three_versions import lay_under, note_gone
from calendars.events.upsert import pack_events, store_columns
from calendars.events.writing import delete_events
from calendars.models import Calendar, Event, PendingChange, SyncRun, SyncState
from config.database.due import NO_LEASE

Kind, State = PendingChange.Kind, PendingChange.State


def confirm(change: PendingChange, answer: EventRow) -> None:
    """Google has what was sent. What was changed here during the call is left to be sent."""
    told = _told_meanwhile(change)
    left = left_after(change.mine, change.sent[-1])
    was_deleted = change.kind == Kind.DELETE
    _end_call(change, state=State.PENDING, base=as_json(answer), sent=[])
    if was_deleted:
        send_again(change)
        return
    change.kind, change.mine = Kind.UPDATE, left
    with _saying_the_same():
        _store(change.calendar, as_row({**as_json(answer), **left}), None)
    if told is not None and _is_newer(told, answer):
        _lay_under(change, told)
    elif left:
        send_again(change)
    else:
        _drop(change)


def confirm_removal(change: PendingChange) -> None:
    """Google no longer has the event, as was asked."""
    event = Event.objects.filter(pk=change.pk)
    if change.mine.get("status") == Event.Status.CANCELLED:
        delete_events(calendar=change.calendar, remote_ids=[change.remote_id], author=None)
    elif change.kind != Kind.DELETE and event.exists():  # brought back during the call
        gone = {**(change.base or {}), "status": Event.Status.CANCELLED, "etag": ""}
        _end_call(change, base=gone, sent=[])
        send_again(change)
        return
    _drop(change)


def take_version(change: PendingChange, theirs: EventRow | None) -> None:
    """Nothing was written, because Google has another version, or no longer has the event."""
    _end_call(change, sent=change.sent[:-1])
    if theirs is not None:
        _lay_under(change, theirs)
    elif change.kind == Kind.DELETE or not Event.objects.filter(pk=change.pk).exists():
        _drop(change)
    else:
        note_gone(change)


def give_up(change: PendingChange, *, code: str, message: str) -> None:
    """Google refuses the change for good. It stays visible until a person decides."""
    _end_call(change, state=State.FAILED, error_code=code, error_message=message, sent=[])
    change.save()
    show_again(change.pk)


def put_off(change: PendingChange, *, is_known: bool, **changes: Any) -> None:
    """The change is sent later. `is_known`: Google didn't take it in this attempt."""
    told = _told_meanwhile(change)
    sent = change.sent[:-1] if is_known else change.sent
    was = change.error_code
    _end_call(change, **{"attempts": change.attempts + 1, "sent": sent, **changes})
    change.save()
    if told is not None:
        _lay_under(change, told)
    if change.error_code != was:
        show_again(change.pk)


def _told_meanwhile(change: PendingChange) -> EventRow | None:
    """The version that a page of a sync brought while the worker waited for the answer."""
    is_kept = change.theirs is not None and change.state == State.PENDING
    return as_row(change.theirs) if is_kept and change.theirs is not None else None


def _is_newer(told: EventRow, answer: EventRow) -> bool:
    if told.remote_updated_at is None or answer.remote_updated_at is None:
        return told.etag != answer.etag
    return told.remote_updated_at > answer.remote_updated_at


def _end_call(change: PendingChange, **changes: Any) -> None:
    ended: dict[str, Any] = {**NO_LEASE, "due_at": timezone.now(), "attempts": 0}
    ended |= {"error_code": "", "error_message": "", "theirs": None, "theirs_deleted": False}
    for name, value in (ended | changes).items():
        setattr(change, name, value)


def _lay_under(change: PendingChange, theirs: EventRow) -> None:
    change.save()
    known = change.base
    row = lay_under(change, theirs)
    if row is not None:
        is_news = known is not None and bool(changed_fields(as_row(known), theirs))
        _store(change.calendar, row, _author_of_found(change.calendar) if is_news else None)


def _author_of_found(calendar: Calendar) -> Author | None:
    """What others changed at Google is in history as if a sync had brought it."""
    now, account = timezone.now(), calendar.connection
    if account is None:
        return None
    run = SyncRun.objects.create(
        owner_id=calendar.owner_id,
        connection=account,
        calendar=calendar,
        kind=SyncRun.Kind.INCREMENT,
        outcome=SyncRun.Outcome.COMPLETED,
        started_at=now,
        finished_at=now,
        fetched=1,
        updated=1,
    )
    return Author(Door.SYNC, run.pk, run_id=run.pk)


def _drop(change: PendingChange) -> None:
    event_id = change.pk  # which `delete` takes away
    change.delete()
    send_next(event_id)


def _store(calendar: Calendar, row: EventRow, author: Author | None) -> None:
    """A full list that runs at the moment may have passed the event's place: it counts as seen."""
    run_id = SyncState.objects.filter(calendar=calendar).values_list("run_id", flat=True).first()
    stored = store_columns(
        calendar=calendar, columns=pack_events(calendar, [row]), run_id=run_id, author=author
    )
    derive_occurrences(calendar=calendar, remote_ids=stored.left)


@contextmanager
def _saying_the_same() -> Iterator[None]:
    """Whoever has seen the event needn't see it again before the next change: it's what they know,
    in Google's form (the trigger `calendars_stamp_event`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.confirms', 'yes', true)")
        yield
        cursor.execute("SELECT set_config('app.confirms', '', true)")
