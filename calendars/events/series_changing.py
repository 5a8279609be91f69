"""Change an instance, the rest of a series, or all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext as _

from calendars.events.carrying import Carried, Carrier
from calendars.events.history import Author
from calendars.events.identity import remote_id_of
from calendars.events.merging import EDITABLE, TIMES
from calendars.events.rows import EventRow
from calendars.events.series import ONCE, Scope, Target, is_single, repeating
from calendars.events.series_writing import SeriesEdit, Written, write_edit
from calendars.rfc5545.recurrence.clock import Clock
from calendars.rfc5545.recurrence.expansion import usual_end
from calendars.rfc5545.recurrence.moving import MovedSeries, Times
from calendars.rfc5545.recurrence.splitting import lines_before, rest_from
from config.web.problems import DomainError, FieldFault, Kind


class SeriesChange:
    """Changes that equal what is shown are left out, so a form may give everything it has."""

    def __init__(
        self, target: Target, changes: Mapping[str, Any], author: Author, notify: str
    ) -> None:
        self.target, self.author, self.notify = target, author, notify
        self.series = target.series
        self.shown = target.shown
        given = {
            name: value for name, value in changes.items() if value != getattr(self.shown, name)
        }
        if target.exception is not None and given.get("recurrence") == []:
            del given["recurrence"]  # an exception's own is empty
        self.recurrence: list[str] | None = given.pop("recurrence", None)
        self.times = {name: value for name, value in given.items() if name in TIMES}
        self.others = {name: value for name, value in given.items() if name not in TIMES}

    def write(self) -> Written:
        if self.target.scope is Scope.THIS:
            return self._write_one()
        at = self.target.at
        is_rest = self.target.scope is Scope.FOLLOWING
        if is_rest and at is not None and self.series.has_instance_before(at):
            return self._write_following(at)
        return self._write_all()

    def _write_one(self) -> Written:
        if self.recurrence is not None:
            message = _("One event of a series can't repeat by itself. Choose another scope.")
            fault = FieldFault("recurrence", "not-of-one", message)
            raise DomainError(Kind.INVALID, "invalid", message, faults=[fault])
        row = self._own_row()
        implied = self.series.implied(row.original_start_at or row.start_at)
        exceptions = [(row, implied or row)] if self.times or self.others else []
        edit = SeriesEdit(self.series, self.series.master, exceptions=exceptions)
        write_edit(edit, self.author, self.notify)
        is_there = bool(exceptions) or self.target.exception is not None
        remote_id = row.remote_id if is_there else self.series.master.remote_id
        return Written(self.series.calendar, remote_id)

    def _own_row(self) -> EventRow:
        """The instance itself as the change makes it."""
        return self.shown._replace(recurrence=[], **self.times, **self.others)

    def _write_all(self) -> Written:
        master = self.series.master
        if self.recurrence == []:
            return self._write_single()
        later, moved = self._changed(master, self._known_lines())
        carried = self._carry(later, moved, self.series.exceptions.values())
        # Those that have another original start now are stored under another id.
        self._write(later, carried.rows, list(self.series.exceptions.values()))
        return self._written(master.remote_id, carried.gone, moved)

    def _write_single(self) -> Written:
        """A series that repeats no more: the instance that is shown stays, as the event."""
        master = self.series.master
        single = master._replace(**{name: getattr(self._own_row(), name) for name in EDITABLE})
        gone = list(self.series.exceptions.values())
        self._write(single, (), gone)
        return self._written(master.remote_id, self._unnamed(gone))

    def _write_following(self, at: datetime) -> Written:
        master = self.series.master
        late = [row for key, row in self.series.exceptions.items() if key >= at]
        lines = repeating(lines_before(master, at))
        if not lines and len(late) < len(self.series.exceptions):
            lines = ONCE
        head = master._replace(recurrence=lines)
        if self.recurrence == []:
            created = _new_event(self._own_row())
            self._write(head, (), late, created)
            return self._written(created.remote_id, self._unnamed(late))
        created, moved = self._rest(at, has_exceptions=bool(late))
        carried = self._carry(created, moved, late)
        if not carried.rows and self.recurrence is None and is_single(created):
            created = created._replace(recurrence=[])
        self._write(head, carried.rows, late, created)
        return self._written(created.remote_id, carried.gone, moved)

    def _rest(self, at: datetime, *, has_exceptions: bool) -> tuple[EventRow, MovedSeries | None]:
        """The second series, after the change."""
        master = self.series.master
        rest = rest_from(master._replace(recurrence=self._known_lines()), at)
        needs_line = has_exceptions and not self._new_lines()
        lines = repeating(rest.lines) or (ONCE if needs_line else [])
        tail = _new_event(master)._replace(
            start_at=rest.start, end_at=usual_end(master, rest.start)
        )
        return self._changed(tail, lines)

    def _known_lines(self) -> list[str]:
        """The lines of the series that the change keeps: they move with it."""
        lines, given = self.series.master.recurrence, self.recurrence
        return [line for line in lines if given is None or line in given]

    def _new_lines(self) -> list[str]:
        known = self.series.master.recurrence
        return [line for line in self.recurrence or () if line not in known]

    def _changed(self, row: EventRow, lines: list[str]) -> tuple[EventRow, MovedSeries | None]:
        """A series after the change; new lines are taken as they are given."""
        moved = self._moved(row._replace(recurrence=lines)) if self.times else None
        times = moved.times()._asdict() if moved is not None else {"recurrence": lines}
        times["recurrence"] = [*times["recurrence"], *self._new_lines()]
        return row._replace(**self.others, **times), moved

    def _moved(self, row: EventRow) -> MovedSeries:
        """What was changed counts: an exception's other times and zone stay its own."""
        own, changed = self._own_row(), self.times.keys()
        form = own if {"all_day", "time_zone", "zone_definition"} & changed else row
        lengths = _length(own), _length(self.shown)
        length, former = lengths if form.all_day == own.all_day else (_length(row), _length(row))
        start = self.target.at or row.start_at
        if {"start_at", "all_day"} & changed:
            start = own.start_at
            if form.all_day != own.all_day:
                start = Clock.of(form).instant(Clock.of(own).local(start))
        times = Times(start, start + length, form.all_day, form.time_zone, form.zone_definition)
        return MovedSeries(row, self.target.at, times, former_length=former)

    def _carry(
        self, later: EventRow, moved: MovedSeries | None, exceptions: Iterable[EventRow]
    ) -> Carried:
        place = moved.start_of if moved is not None else _in_place
        own = self._own_row() if self.target.exception is not None else None
        return Carrier(self.series, later, place, self.others, own).carry(exceptions)

    def _unnamed(self, exceptions: Iterable[EventRow]) -> list[EventRow]:
        return [row for row in exceptions if row.original_start_at != self.target.at]

    def _write(
        self,
        master: EventRow,
        exceptions: Sequence[tuple[EventRow, EventRow]],
        gone: Sequence[EventRow],
        created: EventRow | None = None,
    ) -> None:
        edit = SeriesEdit(self.series, master, created, exceptions, gone)
        write_edit(edit, self.author, self.notify)

    def _written(
        self, remote_id: str, gone: Sequence[EventRow], moved: MovedSeries | None = None
    ) -> Written:
        kept = moved is not None and moved.kept
        return Written(self.series.calendar, remote_id, gone, kept)


def _length(row: EventRow) -> timedelta:
    return row.end_at - row.start_at


def _in_place(at: datetime) -> datetime:
    return at


def _new_event(row: EventRow) -> EventRow:
    uid = uuid4().hex
    return row._replace(
        remote_id=remote_id_of(uid),
        ical_uid=uid,
        recurring_event_id="",
        original_start_at=None,
        etag="",
        html_link="",
        sequence=0,
        remote_updated_at=None,
    )
