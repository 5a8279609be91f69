"""A series with its exceptions, as rows, while its calendar is locked."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from calendars.events.merging import row_of
from calendars.events.rows import EventRow
from calendars.models import Calendar, Event, event_id_for
from calendars.models.event import with_exceptions
from calendars.rfc5545.recurrence import Instance, expand
from calendars.rfc5545.recurrence.rules import FIRST_YEAR, LAST_YEAR

_SECOND = timedelta(seconds=1)  # an address names an instance to the second
# A series without an instance for so long is over: dates repeat every 400 years.
_LONGEST_PAUSE = timedelta(days=400 * 366)
_EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_LATEST = datetime(LAST_YEAR, 1, 1, tzinfo=UTC)
_AT_ONCE = 100_000  # instances that overlap
# What keeps a series a series that has no other line left.
ONCE = ["RRULE:FREQ=DAILY;COUNT=1"]
CANCELLED = Event.Status.CANCELLED


class Scope(enum.StrEnum):
    """Which instances of a series an edit is for."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class SeriesRows:
    """`exceptions` are by original start; `versions` are the change sets since which they
    say the same."""

    calendar: Calendar
    master: EventRow
    exceptions: dict[datetime, EventRow] = field(default_factory=dict)
    versions: dict[datetime, int] = field(default_factory=dict)

    @classmethod
    def of(cls, calendar: Calendar, remote_id: str) -> SeriesRows | None:
        """Returns None if there is no series of this remote id."""
        found = Event.objects.filter(with_exceptions(calendar, [remote_id])).in_bulk()
        master = found.pop(event_id_for(calendar.pk, remote_id), None)
        if master is None or not master.recurrence:
            return None
        series = cls(calendar, row_of(master))
        for event in found.values():
            if event.original_start_at is not None:
                series.exceptions[event.original_start_at] = row_of(event)
                series.versions[event.original_start_at] = event.same_since or event.change_set
        return series

    @property
    def event_id(self) -> UUID:
        return event_id_for(self.calendar.pk, self.master.remote_id)

    def original_at(self, at: datetime) -> datetime | None:
        """Return the original start of the living instance that is named to the second."""
        named = next((key for key in self.exceptions if at <= key < at + _SECOND), None)
        if named is not None:
            return None if self.exceptions[named].status == CANCELLED else named
        return start_from(self.master, at)

    def instance_at(self, at: datetime) -> Instance | None:
        """Return the instance by the rule, also if an exception replaces it."""
        start = start_from(self.master, at)
        if start is None:
            return None
        found = expand(self.master, after=start, before=start + _SECOND, limit=_AT_ONCE)
        return next((one for one in found if one.original_start_at == start), None)

    def implied(self, at: datetime) -> EventRow | None:
        """Return what the series says of the instance with this original start."""
        found = self.instance_at(at)
        return instance_row(self.master, found) if found else None

    def has_instance_before(self, at: datetime) -> bool:
        early = expand(self.master, after=_EARLIEST, before=at, limit=len(self._cancelled) + 1)
        left = {one.original_start_at for one in early} - self._cancelled
        return bool(left) or any(key < at for key in self._changed)

    def has_instance_beside(self, at: datetime) -> bool:
        gone = self._cancelled | {at}
        before = min(self.master.start_at, _LATEST - _LONGEST_PAUSE) + _LONGEST_PAUSE
        others = expand(self.master, after=_EARLIEST, before=before, limit=len(gone) + 1)
        left = {one.original_start_at for one in others} - gone
        return bool(left) or any(key != at for key in self._changed)

    @property
    def _cancelled(self) -> set[datetime]:
        return {key for key, row in self.exceptions.items() if row.status == CANCELLED}

    @property
    def _changed(self) -> set[datetime]:
        return self.exceptions.keys() - self._cancelled


@dataclass(frozen=True, slots=True)
class Target:
    """The instance from which an edit is made: its original start, None for the series itself, and
    its exception if it has one."""

    series: SeriesRows
    scope: Scope
    at: datetime | None
    exception: EventRow | None

    @property
    def shown(self) -> EventRow:
        return shown_row(self.series, self.at)


def shown_row(series: SeriesRows, at: datetime | None) -> EventRow:
    """Return the instance as it is shown, with the recurrence of its series."""
    if at is None:
        return series.master
    row = series.exceptions.get(at) or series.implied(at) or series.master
    return row._replace(recurrence=series.master.recurrence)


def instance_row(master: EventRow, instance: Instance) -> EventRow:
    """Return an instance as an exception that changes nothing."""
    original_at, start_at, end_at = instance
    return master._replace(
        remote_id=instance_id(master, original_at),
        start_at=start_at,
        end_at=end_at,
        recurrence=[],
        recurring_event_id=master.remote_id,
        original_start_at=original_at,
        etag="",
        html_link="",
        remote_updated_at=None,
    )


def cancelled_row(exception: EventRow) -> EventRow:
    """Return what is left of an instance that is cancelled. Google tells no more of it either, so
    that the sync brings nothing new."""
    at = exception.original_start_at or exception.start_at
    return EventRow(
        remote_id=exception.remote_id,
        start_at=at,
        end_at=at,
        all_day=exception.all_day,
        time_zone="UTC",
        recurrence=[],
        organizer={},
        attendees=[],
        reminders={},
        status=CANCELLED,
        recurring_event_id=exception.recurring_event_id,
        original_start_at=exception.original_start_at,
        etag=exception.etag,
        sequence=exception.sequence,
        remote_updated_at=exception.remote_updated_at,
    )


def instance_id(master: EventRow, original_at: datetime) -> str:
    """Return the id of an instance in Google's form."""
    form = "%Y%m%d" if master.all_day else "%Y%m%dT%H%M%SZ"
    return f"{master.remote_id}_{original_at.strftime(form)}"


def starts_among(series: EventRow, starts: Iterable[datetime]) -> set[datetime]:
    """Return those of the starts that are instances of the series."""
    return {start for start in starts if start_from(series, start) == start}


def start_from(series: EventRow, at: datetime) -> datetime | None:
    """Return the first start in the second from `at` on."""
    lines = [line for line in series.recurrence if not line.startswith("DURATION")]
    # Without a length, so that no instance from before reaches into that second.
    points = series._replace(end_at=series.start_at, recurrence=lines)
    found = expand(points, after=at, before=at + _SECOND)
    return next((one.start_at for one in found if one.start_at >= at), None)


def repeating(lines: list[str]) -> list[str]:
    """Return the lines, or none if they add no instance to the first one."""
    return lines if any(line.startswith(("RRULE", "RDATE")) for line in lines) else []


def is_single(series: EventRow) -> bool:
    """Whether its only instance is the first one."""
    before = min(series.start_at, _LATEST - _LONGEST_PAUSE) + _LONGEST_PAUSE
    found = expand(series, after=_EARLIEST, before=before, limit=2)
    return [one.original_start_at for one in found] == [series.start_at]
