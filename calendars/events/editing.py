"""Creating, changing and deleting one event: what pages, the API, CalDAV and rules call.

Each is one transaction: the event, its occurrences, its history and its place in the change
sequence; in a calendar of Google's also the pending change that is to be sent. The caller acts for
the owner. `notify` says whom Google mails about it. All raise DomainError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.events.history import Author
from calendars.events.identity import event_with_uid, free_remote_id
from calendars.events.merging import EDITABLE, row_of
from calendars.events.pending import record_creation, record_deletion, record_update
from calendars.events.rights import check_change, refusal_of
from calendars.events.rows import EventRow
from calendars.events.writing import delete_events, store_events
from calendars.models import Calendar, Event, PendingChange, event_id_for
from calendars.rfc5545.recurrence import InvalidRecurrence, validate
from config.web.problems import DomainError, FieldFault, Kind

Notify = PendingChange.Notify
EMPTY: Mapping[str, Any] = {
    "all_day": False,
    "time_zone": "UTC",
    "recurrence": [],
    "organizer": {},
    "attendees": [],
    "reminders": {},
}


@transaction.atomic
def create_event(
    *,
    owner_id: int,
    calendar_id: UUID,
    values: Mapping[str, Any],
    author: Author,
    notify: str = Notify.NONE,
    uid: str = "",
) -> Event:
    """`values` are columns of an event by name; `start_at` and `end_at` are needed."""
    calendar = hold_calendar(owner_id, calendar_id)
    uid = uid or uuid4().hex
    remote_id = free_remote_id(calendar, uid)
    row = EventRow(remote_id=remote_id, ical_uid=uid, **{**EMPTY, **only_editable(values)})
    return _store(calendar, None, row, author, notify)


@transaction.atomic
def ensure_event(
    *,
    owner_id: int,
    calendar_id: UUID,
    uid: str,
    values: Mapping[str, Any],
    author: Author,
    notify: str = Notify.NONE,
) -> tuple[Event, bool]:
    """Return the calendar's event of this UID, and whether it was created: a repeated creation
    changes nothing. Without a UID it's a new event."""
    known = event_with_uid(hold_calendar(owner_id, calendar_id), uid) if uid else None
    if known is not None:
        return known, False
    event = create_event(
        owner_id=owner_id,
        calendar_id=calendar_id,
        values=values,
        author=author,
        notify=notify,
        uid=uid,
    )
    return event, True


def lock_version(*, owner_id: int, event_id: UUID) -> int:
    """Return the version of an event, which stays until the transaction ends. Raises DomainError.

    For a change that doesn't say which version its caller has seen.
    """
    mine = Event.objects.filter(owner_id=owner_id, pk=event_id)
    calendar_id = mine.values_list("calendar_id", flat=True).first()
    if calendar_id is not None:
        hold_calendar(owner_id, calendar_id)
    version = mine.values_list("change_set", flat=True).first()
    if version is None:
        raise _not_found()
    return version


@transaction.atomic
def change_event(
    *,
    owner_id: int,
    event_id: UUID,
    base: int,
    changes: Mapping[str, Any],
    author: Author,
    notify: str = Notify.NONE,
) -> Event:
    """`base` is the `change_set` of the version that the caller has seen."""
    calendar, event = hold_event(owner_id, event_id, base)
    former = row_of(event)
    check_change(former, calendar, only_editable(changes))
    return _store(calendar, former, former._replace(**changes), author, notify)


@transaction.atomic
def delete_event(
    *, owner_id: int, event_id: UUID, base: int, author: Author, notify: str = Notify.NONE
) -> None:
    """A series goes with its exceptions."""
    calendar, event = hold_event(owner_id, event_id, base)
    former = row_of(event)
    delete_events(calendar=calendar, remote_ids=[former.remote_id], author=author)
    if calendar.connection_id is not None:
        record_deletion(calendar, former, notify=notify)


@transaction.atomic
def bring_back(*, owner_id: int, calendar_id: UUID, row: EventRow, author: Author) -> Event:
    """Store an event that was deleted under the id that it had."""
    return _store(hold_calendar(owner_id, calendar_id), None, row, author, Notify.NONE)


def _store(
    calendar: Calendar, former: EventRow | None, row: EventRow, author: Author, notify: str
) -> Event:
    check_row(row)
    store_events(calendar=calendar, rows=[row], author=author)
    if calendar.connection_id is not None:
        if former is None:
            record_creation(calendar, row, notify=notify)
        else:
            record_update(calendar, former, row, notify=notify)
    return Event.objects.get(pk=event_id_for(calendar.pk, row.remote_id))


def hold_event(owner_id: int, event_id: UUID, base: int) -> tuple[Calendar, Event]:
    """The event as it stands while its calendar is locked."""
    mine = Event.objects.filter(owner_id=owner_id, pk=event_id)
    calendar_id = mine.values_list("calendar_id", flat=True).first()
    calendar = hold_calendar(owner_id, calendar_id) if calendar_id else None
    event = mine.first() if calendar is not None else None
    if calendar is None or event is None:
        raise _not_found()
    if not event.is_version(base):
        message = _("This event has changed since you opened it. Reload it, then make your change.")
        raise DomainError(Kind.PRECONDITION, "stale-version", message)
    return calendar, event


def hold_calendar(owner_id: int, calendar_id: UUID) -> Calendar:
    """Locked, as a page of a sync locks it: the two come one after the other."""
    mine = Calendar.objects.filter(owner_id=owner_id, removed_at=None, pk=calendar_id)
    calendar = mine.select_for_update(no_key=True).first()
    if calendar is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("You don't have a calendar with this ID."))
    if refusal := refusal_of(calendar):
        raise refusal
    return calendar


def _not_found() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "not-found", _("You don't have an event with this ID."))


def only_editable(values: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = sorted(set(values) - EDITABLE)
    if unknown:
        faults = [FieldFault(name, "unknown", _("This can't be changed.")) for name in unknown]
        raise DomainError(
            Kind.INVALID, "invalid", _("Some fields can't be changed."), faults=faults
        )
    return values


def check_row(row: EventRow) -> None:
    if row.end_at < row.start_at:
        _refuse("end", "ends-before-start", _("The end is before the start. Choose a later end."))
    if row.recurrence:
        try:
            validate(row)
        except InvalidRecurrence as error:
            _refuse(
                "recurrence",
                "invalid-recurrence",
                _("This repetition isn't valid: %(error)s.") % {"error": error},
            )


def _refuse(field: str, code: str, message: str) -> None:
    raise DomainError(Kind.INVALID, "invalid", message, faults=[FieldFault(field, code, message)])
