"""Carry the exceptions of a series over to the series as it is after a change.

An exception keeps what was changed in it and follows its series in the rest: a moved instance stays
where it was moved, and takes the new title. One whose instance is no longer there goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from calendars.events.merging import EDITABLE
from calendars.events.rows import EventRow
from calendars.events.series import CANCELLED, SeriesRows, cancelled_row, starts_among

Place = Callable[[datetime], datetime | None]


@dataclass(frozen=True, slots=True)
class Carried:
    """`rows` are the exceptions after the change, with what the series says of each instance;
    `gone` are exceptions as they were that have no place."""

    rows: list[tuple[EventRow, EventRow]] = field(default_factory=list)
    gone: list[EventRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Carrier:
    """`later` is the series after the change, `place` says where an instance is in it, `changes`
    are the other columns that were changed. `own` is the exception from which the change was made,
    as that made it."""

    series: SeriesRows
    later: EventRow
    place: Place
    changes: Mapping[str, Any]
    own: EventRow | None = None

    def carry(self, exceptions: Iterable[EventRow]) -> Carried:
        given = list(exceptions)
        places, carried = self._places(given), Carried()
        later = SeriesRows(self.series.calendar, self.later)
        for exception in given:
            at = places.get(exception.original_start_at)
            implied = later.implied(at) if at is not None else None
            if implied is None:
                carried.gone.append(exception)
                continue
            row = self._followed(exception, implied)
            if row.remote_id == exception.remote_id or not says_the_same(row, implied):
                carried.rows.append((row, implied))
        return carried

    def _places(self, exceptions: Iterable[EventRow]) -> dict[datetime | None, datetime]:
        """By original start; of two exceptions in one place, the earlier stays."""
        wanted: dict[datetime, datetime] = {}
        starts = (row.original_start_at for row in exceptions)
        for original_at in sorted(filter(None, starts)):
            at = self.place(original_at)
            if at is not None:
                wanted.setdefault(at, original_at)
        there = starts_among(self.later, wanted) if self.later.recurrence else set()
        return {original_at: at for at, original_at in wanted.items() if at in there}

    def _followed(self, exception: EventRow, implied: EventRow) -> EventRow:
        is_same = (exception.recurring_event_id, exception.original_start_at) == (
            implied.recurring_event_id,
            implied.original_start_at,
        )
        row = exception if is_same else _renamed(exception, implied)
        if row.status == CANCELLED:
            return row if is_same else cancelled_row(row._replace(all_day=implied.all_day))
        if self.own is not None and self.own.remote_id == exception.remote_id:
            return row._replace(**{name: getattr(self.own, name) for name in EDITABLE})
        former = self.series.master
        followed = {
            name: value
            for name, value in self.changes.items()
            if getattr(exception, name) == getattr(former, name)
        }
        return row._replace(**followed, **self._times(exception, implied))

    def _times(self, exception: EventRow, implied: EventRow) -> dict[str, Any]:
        """What was not moved moves along, and what was not made longer lasts as the series does."""
        former = self.series.implied(exception.original_start_at or exception.start_at)
        if former is None or exception.all_day != former.all_day:
            return {}
        is_moved = exception.start_at != former.start_at
        if is_moved and implied.all_day != exception.all_day:
            return {}
        length = exception.end_at - exception.start_at
        if length == former.end_at - former.start_at or implied.all_day != exception.all_day:
            length = implied.end_at - implied.start_at
        start = exception.start_at if is_moved else implied.start_at
        times = {"start_at": start, "end_at": start + length, "all_day": implied.all_day}
        if exception.time_zone == former.time_zone:
            times |= {"time_zone": implied.time_zone, "zone_definition": implied.zone_definition}
        return times


def says_the_same(row: EventRow, other: EventRow) -> bool:
    return all(getattr(row, name) == getattr(other, name) for name in EDITABLE)


def _renamed(exception: EventRow, implied: EventRow) -> EventRow:
    """The exception of another instance, or of another series; the remote side doesn't know it."""
    return exception._replace(
        remote_id=implied.remote_id,
        recurring_event_id=implied.recurring_event_id,
        original_start_at=implied.original_start_at,
        ical_uid=implied.ical_uid,
        etag="",
        html_link="",
        sequence=implied.sequence,
        remote_updated_at=None,
    )
