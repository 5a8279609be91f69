"""An entry on one of its days, as every view shows it.

This module runs no query and reads no clock. The times of an all-day entry are midnights UTC that
stand for dates; those of a timed entry are instants in the viewer's zone, which determines its
dates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from django.utils.translation import gettext as _

from accounts.local_time import Clock, city, clock, readers_clock, weekday_day
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.occurrences import TimelineEntry

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayEntry:
    """An entry as shown on one of its days.

    In a grid of weeks it's a bar, with its lane, the number of days that it covers, and the number
    of lanes from which on it's shown. `days` is 0 in a cell that is covered by a bar from the left;
    there it's only for screen readers.
    """

    entry: TimelineEntry
    on: date
    first_on: date
    last_on: date
    lane: int = 0
    days: int = 1
    fits_from: int = 0

    def laid(self, lane: int, days: int, fits_from: int) -> DayEntry:
        """Return it at its place in a grid; `dataclasses.replace` takes four times as long."""
        return DayEntry(self.entry, self.on, self.first_on, self.last_on, lane, days, fits_from)

    @property
    def begins(self) -> bool:
        return self.on == self.first_on

    @property
    def ends(self) -> bool:
        return self.on == self.last_on

    @property
    def key(self) -> str:
        """An id of the occurrence that is the same on every page and valid in HTML."""
        return f"{self.entry.event_id}-{int(self.entry.original_start_at.timestamp())}"

    @property
    def fills_day(self) -> bool:
        return self.entry.all_day or not (self.begins or self.ends)

    @property
    def goes_on(self) -> bool:
        """Whether the bar ends before the entry's last day and continues in the next week."""
        return self.on + timedelta(days=self.days) <= self.last_on

    @property
    def is_block(self) -> bool:
        """Whether it's drawn as a block in the calendar's colour instead of a line of text."""
        return self.days > 1 or self.fills_day or not self.begins

    @property
    def when(self) -> str:
        return self.when_by(readers_clock())

    def when_by(self, clock: Clock) -> str:
        """Return the times of this day, in words. A page with many entries reads one clock."""
        if self.fills_day:
            return _("All day")
        if not self.begins:
            return _("Until %(time)s") % {"time": clock(self.entry.end_at)}
        if not self.ends:
            return _("From %(time)s") % {"time": clock(self.entry.start_at)}
        return _span(clock(self.entry.start_at), clock(self.entry.end_at))

    @property
    def elsewhere(self) -> str:
        """The time in the event's own zone, if its offset differs from the viewer's."""
        entry = self.entry
        try:
            zone = event_zone(entry.time_zone, entry.zone_definition)
        except InvalidRecurrence:  # logged when it was stored
            return ""
        start_at, end_at = (at.astimezone(zone) for at in (entry.start_at, entry.end_at))
        is_here = start_at.utcoffset() == entry.start_at.utcoffset()
        if entry.all_day or is_here or entry.time_zone == "UTC":  # UTC isn't a place
            return ""
        when = _span(clock(start_at), clock(end_at))
        if start_at.date() != self.first_on:
            when = f"{weekday_day(start_at)}, {when}"
        place = entry.time_zone if entry.zone_definition else city(zone.key)
        return _("%(time)s in %(place)s") % {"time": when, "place": place}


def dates_of(entry: TimelineEntry) -> tuple[date, date]:
    """Return the first and last date of an entry. An entry that ends at midnight doesn't touch the
    day that starts then."""
    first_on = entry.start_at.date()
    if entry.end_at <= entry.start_at:
        return first_on, first_on
    # Around a clock change only UTC arithmetic finds the instant before the end.
    last_at = entry.end_at.astimezone(UTC) - timedelta.resolution
    last_on = last_at.astimezone(entry.end_at.tzinfo).date()
    return min(first_on, last_on), max(first_on, last_on)


def entries_by_day(entries: Iterable[TimelineEntry]) -> dict[date, list[DayEntry]]:
    """Return the entries by day: those that fill the day first, then by start."""
    days: defaultdict[date, list[DayEntry]] = defaultdict(list)
    for entry in entries:
        first_on, last_on = dates_of(entry)
        for on in dates_between(first_on, last_on + DAY):
            days[on].append(DayEntry(entry, on, first_on, last_on))
    for shown in days.values():
        shown.sort(key=lambda one: (not one.fills_day, one.begins, one.entry.start_at))
    return dict(days)


def dates_between(start_on: date, end_on: date, step: timedelta = DAY) -> Iterator[date]:
    while start_on < end_on:
        yield start_on
        start_on += step


def _span(start: str, end: str) -> str:
    return start if start == end else f"{start}–{end}"  # noqa: RUF001
