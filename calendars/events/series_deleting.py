"""Delete an instance, the rest of a series, or all of it.

An instance is taken out by EXDATE in a local calendar, and by a cancelled exception in one of
Google's, as Google does it. A series without an instance is deleted.
"""

from __future__ import annotations

from datetime import datetime

from calendars.events.history import Author
from calendars.events.pending import record_deletion
from calendars.events.series import ONCE, Scope, Target, cancelled_row, repeating
from calendars.events.series_writing import SeriesEdit, Written, write_edit
from calendars.events.writing import delete_events
from calendars.rfc5545.recurrence.clock import Clock, grouped
from calendars.rfc5545.recurrence.splitting import lines_before


class SeriesDeletion:
    def __init__(self, target: Target, author: Author, notify: str) -> None:
        self.target, self.author, self.notify = target, author, notify
        self.series = target.series

    def write(self) -> Written:
        at, scope = self.target.at, self.target.scope
        if scope is Scope.THIS and at is not None and self.series.has_instance_beside(at):
            return self._take_out(at)
        if scope is Scope.FOLLOWING and at is not None and self.series.has_instance_before(at):
            return self._cut_off(at)
        return self._delete_all()

    def _take_out(self, at: datetime) -> Written:
        master = self.series.master
        if self.series.calendar.connection_id is not None:
            return self._cancel(at)
        line = Clock.of(master).line("EXDATE", at)
        prefix = f"{line.partition(':')[0]}:"
        same = [one for one in master.recurrence if one.startswith(prefix)]
        others = [one for one in master.recurrence if not one.startswith(prefix)]
        later = master._replace(recurrence=[*others, *grouped([*same, line])])
        gone = [self.target.exception] if self.target.exception is not None else []
        return self._write(SeriesEdit(self.series, later, gone=gone))

    def _cancel(self, at: datetime) -> Written:
        row = self.target.shown._replace(recurrence=[])
        implied = self.series.implied(at) or row
        exceptions = [(cancelled_row(row), implied)]
        return self._write(SeriesEdit(self.series, self.series.master, exceptions=exceptions))

    def _cut_off(self, at: datetime) -> Written:
        early = [key for key in self.series.exceptions if key < at]
        late = [row for key, row in self.series.exceptions.items() if key >= at]
        lines = repeating(lines_before(self.series.master, at)) or (ONCE if early else [])
        later = self.series.master._replace(recurrence=lines)
        return self._write(SeriesEdit(self.series, later, gone=late))

    def _write(self, edit: SeriesEdit) -> Written:
        write_edit(edit, self.author, self.notify)
        return Written(self.series.calendar, edit.master.remote_id, [])

    def _delete_all(self) -> Written:
        calendar, master = self.series.calendar, self.series.master
        delete_events(calendar=calendar, remote_ids=[master.remote_id], author=self.author)
        if calendar.connection_id is not None:
            record_deletion(calendar, master, notify=self.notify)
        return Written(calendar)
