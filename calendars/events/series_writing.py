"""Write what one edit of a series changes, in one act: rows, history, and what Google is sent.

A split creates the second series first; the first one is cut off, and loses its late exceptions,
only after Google has the second (`PendingChange.after`): at no moment are those dates nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from calendars.events.editing import check_row
from calendars.events.history import Author
from calendars.events.pending import (
    hold_back,
    is_unsent,
    record_creation,
    record_instance,
    record_removal_of_instance,
    record_update,
    waits_for,
    with_pending,
)
from calendars.events.rows import EventRow
from calendars.events.series import SeriesRows, cancelled_row
from calendars.events.writing import delete_events, store_events
from calendars.models import Calendar, event_id_for

Carried = tuple[EventRow, EventRow]  # an exception, and what its series says of the instance


@dataclass(frozen=True, slots=True)
class SeriesEdit:
    """`master` is the series as it is after the edit; `created` is the second one of a split."""

    series: SeriesRows
    master: EventRow
    created: EventRow | None = None
    exceptions: Sequence[Carried] = ()
    gone: Sequence[EventRow] = field(default=())


@dataclass(frozen=True, slots=True)
class Written:
    """What an edit of a series comes to: the event to show (its remote id, "" for none), and the
    exceptions that went."""

    calendar: Calendar
    remote_id: str = ""
    gone: Sequence[EventRow] = ()
    kept: bool = False


def write_edit(edit: SeriesEdit, author: Author, notify: str) -> None:
    """The caller has locked the calendar. Raises DomainError if a row isn't valid."""
    rows = [edit.master] if edit.master != edit.series.master else []
    rows += [edit.created] if edit.created is not None else []
    for row in rows:
        check_row(row)
    rows += [row for row, _implied in edit.exceptions]
    calendar = edit.series.calendar
    kept = {row.remote_id for row in rows}
    gone = [row for row in edit.gone if row.remote_id not in kept]
    stays = [row for row in gone if _stays(edit, row)]
    rows += [cancelled_row(row) for row in stays]
    removed = [row for row in gone if row not in stays]
    delete_events(calendar=calendar, remote_ids=[row.remote_id for row in removed], author=author)
    store_events(calendar=calendar, rows=rows, author=author)
    if calendar.connection_id is not None:
        _Recording(edit, notify).record(removed, stays)


def _stays(edit: SeriesEdit, exception: EventRow) -> bool:
    """Whether an exception stays as a cancelled one, as it does at Google as long as its series."""
    calendar = edit.series.calendar
    is_remote = calendar.connection_id is not None and bool(edit.master.recurrence)
    return is_remote and not is_unsent(calendar, exception.remote_id)


class _Recording:
    """Records what Google is to be sent."""

    def __init__(self, edit: SeriesEdit, notify: str) -> None:
        self.edit = edit
        self.calendar = edit.series.calendar
        self.notify = notify
        self.known = {row.remote_id: row for row in edit.series.exceptions.values()}

    def record(self, removed: Sequence[EventRow], cancelled: Sequence[EventRow]) -> None:
        self._record_series()
        for row, implied in self.edit.exceptions:
            self._record_exception(row, implied)
        after = self._pending(self.edit.series.master.remote_id)
        for row in removed:
            record_removal_of_instance(self.calendar, row, notify=self.notify, after=after)
        for row in cancelled:
            record_update(self.calendar, row, cancelled_row(row), notify=self.notify)
            hold_back(self.calendar, row.remote_id, after=after)

    def _record_series(self) -> None:
        edit, former = self.edit, self.edit.series.master
        earlier = waits_for(self.calendar, former.remote_id)
        if edit.master != former:
            record_update(self.calendar, former, edit.master, notify=self.notify)
        if edit.created is not None:
            record_creation(self.calendar, edit.created, notify=self.notify)
            created_id = event_id_for(self.calendar.pk, edit.created.remote_id)
            hold_back(self.calendar, edit.created.remote_id, after=earlier)
            hold_back(self.calendar, former.remote_id, after=created_id)

    def _record_exception(self, row: EventRow, implied: EventRow) -> None:
        former = self.known.get(row.remote_id)
        if former is not None:
            record_update(self.calendar, former, row, notify=self.notify)
        else:
            after = self._pending(row.recurring_event_id)
            record_instance(self.calendar, implied, row, notify=self.notify, after=after)

    def _pending(self, remote_id: str) -> UUID | None:
        """The series, if it is still to be sent: its instances are there only then."""
        event_id = event_id_for(self.calendar.pk, remote_id)
        return event_id if with_pending([event_id]) else None
