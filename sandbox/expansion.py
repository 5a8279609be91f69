"""Instances of recurring events: computed from the rule, with the exceptions in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from sandbox.calendar import Calendar
from sandbox.event import Event, live_event
from sandbox.event_body import event_zone
from sandbox.recurrence import Series
from sandbox.times import (
    When,
    add,
    between,
    is_all_day,
    read_when,
    render_when,
    seconds,
    stamp_of,
)
from sandbox.wire import Json

# The end of the expansion of an infinite series; Google stops somewhere, too.
OPEN_END = timedelta(days=730)
_INSTANCE_ID = re.compile(r"\A(.+)_(\d{8})(?:T(\d{6})Z)?\Z")
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)


class Expansion:
    """The expansion of a recurring event."""

    def __init__(self, calendar: Calendar, master: Event) -> None:
        self.calendar = calendar
        self.master = master
        self.body = master.last_live_body()
        zone = event_zone(self.body, calendar.zone)
        self.start = read_when(self.body["start"], zone)
        self.duration = between(self.start, read_when(self.body["end"], zone))
        if isinstance(self.start, datetime):
            self.start = self.start.astimezone(zone)
        # A day of an all-day series begins at midnight in the calendar's zone.
        self.series = Series(
            self.start,
            calendar.zone if is_all_day(self.start) else zone,
            tuple(self.body["recurrence"]),
        )

    def instances(
        self, low: datetime | None, high: datetime | None, *, with_cancelled: bool = False
    ) -> list[Event]:
        """Return the instances that overlap [low, high) in order of their start."""
        exceptions = list(self.exceptions())
        replaced = {event.id for event in exceptions}
        found = [e for e in exceptions if with_cancelled or not e.cancelled]
        found = [e for e in found if e.cancelled or _touches(e, low, high)]
        found += [e for e in self.own(low, high) if e.id not in replaced]
        return sorted(found, key=lambda event: (event.begin, event.id))

    def exceptions(self) -> Iterator[Event]:
        """Return the stored instances, including cancelled ones."""
        for event_id in self.calendar.exceptions.get(self.master.id, ()):
            event = self.calendar.events.get(event_id)
            if event is not None:
                yield event

    def at(self, instance_id: str) -> Event | None:
        """Return the instance with this id, computed from the rule alone."""
        when = self._original_start(instance_id)
        if when is None:
            return None
        low = datetime.fromtimestamp(seconds(when, self.calendar.zone), UTC)
        return next(self.own(low, low + timedelta(seconds=1), by_start=True), None)

    def _original_start(self, instance_id: str) -> When | None:
        match = _INSTANCE_ID.match(instance_id)
        if match is None or bool(match.group(3)) == is_all_day(self.start):
            return None
        try:
            if match.group(3) is None:
                return date.fromisoformat(match.group(2))
            text = f"{match.group(2)}{match.group(3)}"
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return None

    def own(
        self, low: datetime | None, high: datetime | None, *, by_start: bool = False
    ) -> Iterator[Event]:
        """Return the instances computed from the rule alone, without exceptions."""
        since = _EARLIEST if low is None else low if by_start else low - self.duration
        until = high or datetime.now(UTC) + OPEN_END
        for start in self.series.starts(max(since, _EARLIEST), until):
            event = self._instance(start)
            if by_start or _touches(event, low, high):
                yield event

    def _instance(self, start: When) -> Event:
        zone, end = self.calendar.zone, add(start, self.duration)
        name = self.body["start"].get("timeZone")
        body: Json = {k: v for k, v in self.body.items() if k != "recurrence"}
        body["id"] = f"{self.master.id}_{stamp_of(start)}"
        body["start"] = render_when(start, zone, name)
        body["end"] = render_when(end, zone, self.body["end"].get("timeZone"))
        body["recurringEventId"] = self.master.id
        body["originalStartTime"] = body["start"]
        return live_event(body, begin=seconds(start, zone), end=seconds(end, zone))


def master_id_of(instance_id: str) -> str | None:
    """Return the id of the series of an instance's id."""
    match = _INSTANCE_ID.match(instance_id)
    return match.group(1) if match else None


def touches(calendar: Calendar, event: Event, low: datetime | None, high: datetime | None) -> bool:
    """Return whether an event, or any instance of it, overlaps [low, high)."""
    if event.cancelled or not event.recurring or (low is None and high is None):
        return event.cancelled or _touches(event, low, high)
    return bool(Expansion(calendar, event).instances(low, high))


def _touches(event: Event, low: datetime | None, high: datetime | None) -> bool:
    after = low is None or event.end > low.timestamp()
    return after and (high is None or event.begin < high.timestamp())
