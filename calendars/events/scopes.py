"""Changing and deleting events that repeat: one instance, it and the following ones, or all.

Every entry point that changes or deletes an event calls these two, also for events that don't
repeat. Each is one transaction and one act, which `undo_act` undoes as a whole.

An instance is named by its series or its exception and by its original start. The values that a
caller gives are those of that instance: with `all` or `following`, a changed start moves the series
by the same distance. Without an original start, `all` takes the values for the series itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.events.editing import change_event, delete_event, hold_event, only_editable
from calendars.events.history import Author
from calendars.events.merging import row_of
from calendars.events.rights import check_change, is_guest
from calendars.events.rows import EventRow
from calendars.events.series import CANCELLED, Scope, SeriesRows, Target, shown_row
from calendars.events.series_changing import SeriesChange
from calendars.events.series_deleting import SeriesDeletion
from calendars.events.series_writing import Written
from calendars.models import Event, PendingChange, event_id_for
from calendars.models.stored_texts import shown
from calendars.rfc5545.recurrence import InvalidRecurrence
from config.web.problems import DomainError, FieldFault, Kind

__all__ = ["Dropped", "Edited", "Scope", "change_in_scope", "delete_in_scope", "shown_instance"]

Notify = PendingChange.Notify


@dataclass(frozen=True, slots=True)
class Dropped:
    """A changed instance that has no place in its series any more; history keeps it."""

    original_start_at: datetime
    summary: str
    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str

    @classmethod
    def of(cls, row: EventRow) -> Dropped:
        original_at = row.original_start_at or row.start_at
        return cls(original_at, row.summary, row.start_at, row.end_at, row.all_day, row.time_zone)


@dataclass(frozen=True, slots=True)
class Edited:
    """`event` is the changed event: of one instance its exception, of a split the second series,
    None if nothing is left of it.

    `dropped` are changed instances that went with the edit. `kept` tells that days or hours of the
    rule stayed as they are although the instance was moved, because the rule names several.
    """

    event: Event | None
    act: UUID
    dropped: tuple[Dropped, ...] = ()
    kept: bool = False


def shown_instance(
    *, owner_id: int, event_id: UUID, original_start_at: datetime | None
) -> EventRow | None:
    """Return an event or an instance as it is shown, for a caller that reads values into it: the
    `recurrence` of an instance is that of its series. Returns None if it isn't there."""
    event = Event.objects.filter(owner_id=owner_id, pk=event_id).select_related("calendar").first()
    if event is None:
        return None
    row = row_of(event)
    series = SeriesRows.of(event.calendar, row.recurring_event_id or row.remote_id)
    if series is None:
        return row
    at = row.original_start_at or original_start_at
    return shown_row(series, None if at is None else series.original_at(at))


@transaction.atomic
def change_in_scope(
    *,
    owner_id: int,
    event_id: UUID,
    base: int,
    changes: Mapping[str, Any],
    scope: Scope | None,
    original_start_at: datetime | None,
    author: Author,
    notify: str = Notify.NONE,
) -> Edited:
    """`base` is the `change_set` of the event that `event_id` names. Raises DomainError."""
    only_editable(changes)
    target = _target(owner_id, event_id, base, scope, original_start_at)
    if target is None:
        event = change_event(
            owner_id=owner_id,
            event_id=event_id,
            base=base,
            changes=changes,
            author=author,
            notify=notify,
        )
        return Edited(event, author.act)
    _check_split(target)
    check_change(target.shown, target.series.calendar, changes)
    with _readable_series():
        return _edited(SeriesChange(target, changes, author, notify).write(), author)


@transaction.atomic
def delete_in_scope(
    *,
    owner_id: int,
    event_id: UUID,
    base: int,
    scope: Scope | None,
    original_start_at: datetime | None,
    author: Author,
    notify: str = Notify.NONE,
) -> Edited:
    """`base` is the `change_set` of the event that `event_id` names. Raises DomainError."""
    target = _target(owner_id, event_id, base, scope, original_start_at)
    if target is None:
        delete_event(owner_id=owner_id, event_id=event_id, base=base, author=author, notify=notify)
        return Edited(None, author.act)
    _check_split(target)
    with _readable_series():
        return _edited(SeriesDeletion(target, author, notify).write(), author)


def _check_split(target: Target) -> None:
    """Only the organizer can end a series and begin another one for all guests."""
    calendar = target.series.calendar
    is_remote = calendar.connection_id is not None
    if is_remote and target.scope is Scope.FOLLOWING and is_guest(target.series.master):
        message = _("Only the organizer can change this and the following events.")
        raise DomainError(Kind.FORBIDDEN, "not-the-organizer", message)


def _edited(written: Written, author: Author) -> Edited:
    event = None
    if written.remote_id:
        event_id = event_id_for(written.calendar.pk, written.remote_id)
        event = Event.objects.filter(pk=event_id).first()
    dropped = tuple(Dropped.of(row) for row in written.gone if row.status != CANCELLED)
    return Edited(event, author.act, dropped, written.kept)


def _target(
    owner_id: int, event_id: UUID, base: int, scope: Scope | None, at: datetime | None
) -> Target | None:
    """What is to be edited, while its calendar is locked; None for an event without a series."""
    calendar, event = hold_event(owner_id, event_id, base)
    row = row_of(event)
    if not row.recurrence and not row.recurring_event_id:
        return None
    if scope is None:
        message = _("This event repeats. Choose this event, this and following, or all.")
        raise DomainError(Kind.INVALID, "scope-required", message)
    series = SeriesRows.of(calendar, row.recurring_event_id or row.remote_id)
    if series is None:
        _refuse_without_series(scope)
        return None
    with _readable_series():
        return _in_series(series, row, scope, at, base)


def _refuse_without_series(scope: Scope) -> None:
    """A guest may have one instance of a series without having the series."""
    if scope is not Scope.THIS:
        message = _("The series of this event isn't in your calendar. Change this event only.")
        raise DomainError(Kind.INVALID, "no-such-series", message)


def _in_series(
    series: SeriesRows, row: EventRow, scope: Scope, at: datetime | None, base: int
) -> Target:
    at = row.original_start_at or at
    if at is None and scope is Scope.ALL:
        return Target(series, scope, None, None)
    original_at = None if at is None else series.original_at(at)
    if original_at is None:
        message = _("The series has no event at this time. Reload it, then make your change.")
        fault = FieldFault("original_start", "no-such-instance", message)
        raise DomainError(Kind.INVALID, "no-such-instance", message, faults=[fault])
    exception = series.exceptions.get(original_at)
    if exception is not None and row.recurrence and series.versions[original_at] > base:
        # The caller has seen the series before that instance was changed.
        message = _("This event has changed since you opened it. Reload it, then make your change.")
        raise DomainError(Kind.PRECONDITION, "stale-version", message)
    return Target(series, scope, original_at, exception)


@contextmanager
def _readable_series() -> Iterator[None]:
    try:
        yield
    except InvalidRecurrence as error:
        message = _("This series can't be changed so: %(error)s") % {"error": shown(error.message)}
        raise DomainError(Kind.INVALID, "invalid-recurrence", message) from error
