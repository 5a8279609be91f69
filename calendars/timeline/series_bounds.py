"""From when to when a series has instances, for the index of search."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from calendars.events.expansion import ReplacedInstances
from calendars.models import Event
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.recurrence.expansion import DEFAULT_LIMIT
from calendars.rfc5545.recurrence.lines import RecurrenceLines, parse_lines
from calendars.timeline.nearest import EARLIEST, LATEST, MOST_BATCHES, instances

NO_OCCURRENCE = -1
_READ = (
    *("calendar_id", "remote_id", "start_at", "end_at", "all_day", "time_zone"),
    *("zone_definition", "recurrence"),
)
_MOST = DEFAULT_LIMIT * MOST_BATCHES


class Bounds(NamedTuple):
    """The columns of SearchEntry that say when an event happens. `longest` is the length of its
    longest occurrence in seconds, or NO_OCCURRENCE."""

    start_at: datetime
    last_at: datetime | None
    end_at: datetime | None
    longest: int


def bounds_of_single(start_at: datetime, end_at: datetime) -> Bounds:
    return Bounds(start_at, start_at, end_at, _seconds(end_at - start_at))


def bounds_of(series: QuerySet[Event]) -> dict[UUID, Bounds]:
    """Return the bounds of each series, by its id."""
    masters = list(series.only(*_READ))
    replaced = ReplacedInstances.of(masters)
    return {master.pk: _bounds(master, replaced) for master in masters}


def _bounds(master: Event, replaced: ReplacedInstances) -> Bounds:
    length = _seconds(master.end_at - master.start_at)
    try:
        lines = parse_lines(master.recurrence)
    except InvalidRecurrence:
        return Bounds(master.start_at, master.start_at, master.start_at, NO_OCCURRENCE)
    if not _has_end(lines):
        return _endless(master, replaced, lines, length)
    known = list(instances(master, replaced, after=EARLIEST, before=LATEST))
    if not known:
        return Bounds(master.start_at, master.start_at, master.start_at, NO_OCCURRENCE)
    longest = max(_seconds(one.end_at - one.start_at) for one in known)
    if len(known) >= _MOST:
        return Bounds(known[0].start_at, None, None, longest)
    end_at = max(one.end_at for one in known)
    return Bounds(known[0].start_at, known[-1].start_at, end_at, longest)


def _endless(
    master: Event, replaced: ReplacedInstances, lines: RecurrenceLines, length: int
) -> Bounds:
    """A listed date may come before the first instance of the rule, and last longer."""
    start_at = master.start_at
    if lines.dates:
        early = instances(master, replaced, after=EARLIEST, before=start_at)
        start_at = min([start_at, *(one.start_at for one in early)])
    if any(listed.end for listed in lines.dates):
        length = max(length, _seconds(timedelta(days=36_600)))  # the longest that is read
    if lines.duration is not None:
        length = max(length, _seconds(lines.duration.exact + timedelta(days=1)))
    return Bounds(start_at, None, None, length)


def _has_end(lines: RecurrenceLines) -> bool:
    return all(rule.count is not None or rule.until is not None for rule in lines.rules)


def _seconds(length: timedelta) -> int:
    return -(-length // timedelta(seconds=1))  # rounded up
