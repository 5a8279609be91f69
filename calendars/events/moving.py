"""Moving an event, or a series with its exceptions, to another calendar.

It's one transaction: the event leaves one calendar and is in the other. What Google is told follows
in an order in which the event exists somewhere at each moment. Between calendars of one account
Google moves it, and its guests and its conference stay. Everywhere else it's copied, and the
original is deleted only when Google has confirmed the copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.events.editing import hold_calendar, hold_event
from calendars.events.history import Author
from calendars.events.merging import row_of
from calendars.events.pending import (
    hold_back,
    move_pending,
    record_creation,
    record_deletion,
)
from calendars.events.rows import EventRow
from calendars.events.series import instance_id
from calendars.events.writing import delete_events, store_events
from calendars.models import Calendar, Event, PendingChange, event_id_for
from calendars.models.event import with_exceptions
from calendars.models.locks import lock_calendars
from config.web.problems import DomainError, Kind

Notify = PendingChange.Notify
# Google's other kinds of events belong to their calendar:
# https://developers.google.com/workspace/calendar/api/v3/reference/events/move
MOVABLE = ("", "default")


@dataclass(frozen=True, slots=True)
class _Move:
    """Rows are the event's own, first, and those of its exceptions."""

    source: Calendar
    target: Calendar
    rows: Sequence[EventRow]
    author: Author
    notify: str

    @property
    def is_within_account(self) -> bool:
        """Whether Google itself can move it: it has the event, and both calendars."""
        return (
            self.source.connection_id is not None
            and self.source.connection_id == self.target.connection_id
            and bool(self.rows[0].etag)
        )


@transaction.atomic
def move_event(
    *,
    owner_id: int,
    event_id: UUID,
    base: int,
    calendar_id: UUID,
    author: Author,
    notify: str = Notify.NONE,
) -> Event:
    """Return the event in its new calendar, where it has another id. Raises DomainError."""
    mine = Event.objects.filter(owner_id=owner_id, pk=event_id)
    known = mine.values_list("calendar_id", flat=True)
    lock_calendars(Calendar.objects.filter(owner_id=owner_id, pk__in=[calendar_id, *known[:1]]))
    source, event = hold_event(owner_id, event_id, base)
    if source.pk == calendar_id:
        return event
    target = hold_calendar(owner_id, calendar_id)
    _check(source, event)
    move = _Move(source, target, _rows(source, event), author, notify)
    return _move_within_account(move) if move.is_within_account else _copy(move)


def _rows(source: Calendar, event: Event) -> list[EventRow]:
    found = Event.objects.filter(with_exceptions(source, [event.remote_id]))
    rows = [row_of(each) for each in found]
    return sorted(rows, key=lambda row: (row.recurring_event_id != "", row.remote_id))


def _check(source: Calendar, event: Event) -> None:
    if event.recurring_event_id:
        message = _("One date of a series can't be moved alone. Move the whole series.")
        raise DomainError(Kind.INVALID, "instance-not-movable", message)
    if source.connection_id is None:
        return
    if event.organizer and not event.organizer.get("self"):
        message = _("Only the organizer can move this event to another calendar.")
        raise DomainError(Kind.FORBIDDEN, "not-organizer", message)
    if event.event_type not in MOVABLE:
        message = _("Google keeps this kind of event in its calendar. Copy it instead.")
        raise DomainError(Kind.FORBIDDEN, "kind-not-movable", message)
    changes = PendingChange.objects.filter(pk=event.pk)
    if changes.exclude(state=PendingChange.State.PENDING).exists():
        message = _(
            "A change of this event is still to be decided. Decide it, then move the event."
        )
        raise DomainError(Kind.CONFLICT, "change-undecided", message)


def _move_within_account(move: _Move) -> Event:
    """The ids stay. Google's version of the event is the base of what is still to be sent."""
    _leave(move)
    store_events(calendar=move.target, rows=move.rows, author=move.author)
    move_pending(move.source, move.target, move.rows, notify=move.notify)
    return _arrived(move, move.rows[0])


def _copy(move: _Move) -> Event:
    """The original, where Google has it, is deleted after its copy was confirmed."""
    rows = _copies(move.target, move.rows)
    _leave(move)
    store_events(calendar=move.target, rows=rows, author=move.author)
    if move.target.connection_id is not None:
        for row in rows:
            record_creation(move.target, row, notify=move.notify)
    if move.source.connection_id is not None:
        original = move.rows[0]
        record_deletion(move.source, original, notify=move.notify)
        if move.target.connection_id is not None:
            copied = event_id_for(move.target.pk, rows[0].remote_id)
            hold_back(move.source, original.remote_id, after=copied)
    return _arrived(move, rows[0])


def _leave(move: _Move) -> None:
    remote_ids = [move.rows[0].remote_id]
    delete_events(calendar=move.source, remote_ids=remote_ids, author=move.author)


def _arrived(move: _Move, row: EventRow) -> Event:
    return Event.objects.get(pk=event_id_for(move.target.pk, row.remote_id))


def _copies(target: Calendar, rows: Sequence[EventRow]) -> list[EventRow]:
    """The rows as those of new events. An id from elsewhere may have letters that Google refuses
    (and was perhaps used there before), so it's a new one."""
    new_id = uuid4().hex if target.connection_id is not None else _free_id(target, rows[0])
    first = _copy_of(rows[0])._replace(remote_id=new_id)
    copies = [first]
    for row in rows[1:]:
        if row.original_start_at is not None:
            remote_id = instance_id(first, row.original_start_at)
            copies.append(_copy_of(row)._replace(remote_id=remote_id, recurring_event_id=new_id))
    return copies


def _free_id(target: Calendar, row: EventRow) -> str:
    """In a local calendar the event keeps its id, if no other has it."""
    is_taken = Event.objects.filter(pk=event_id_for(target.pk, row.remote_id)).exists()
    return uuid4().hex if is_taken else row.remote_id


def _copy_of(row: EventRow) -> EventRow:
    """Who organizes, and whose calendar it is, is said by the new calendar."""
    people = [
        {name: value for name, value in each.items() if name not in ("self", "organizer")}
        for each in row.attendees
    ]
    return row._replace(
        etag="",
        sequence=0,
        html_link="",
        remote_updated_at=None,
        organizer={},
        attendees=people,
    )
