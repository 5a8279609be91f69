"""The instances of one series next to a moment, found by windows that grow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from calendars.events.expansion import ReplacedInstances
from calendars.models import Event
from calendars.rfc5545.recurrence import Instance, InvalidRecurrence, expand
from calendars.rfc5545.recurrence.expansion import DEFAULT_LIMIT

STEPS = tuple(timedelta(days=days) for days in (40, 400, 4_000, 40_000))
EARLIEST = datetime(2, 1, 2, tzinfo=UTC)
LATEST = datetime(9997, 12, 30, tzinfo=UTC)
MOST_BATCHES = 5  # of DEFAULT_LIMIT instances: daily for 130 years


def next_instance(
    master: Event, replaced: ReplacedInstances, *, after: datetime, before: datetime = LATEST
) -> Instance | None:
    """Return the first instance that touches [after, before)."""
    start_at = max(after, EARLIEST)
    for span in _spans(start_at, min(before, LATEST)):
        window = {"after": start_at, "before": start_at + span}
        if found := next(instances(master, replaced, **window), None):
            return found
    return None


def last_instance(
    master: Event, replaced: ReplacedInstances, *, before: datetime, after: datetime = EARLIEST
) -> Instance | None:
    """Return the last instance that touches [after, before)."""
    end_at = min(before, LATEST)
    for span in _spans(max(after, EARLIEST), end_at):
        window = {"after": end_at - span, "before": end_at}
        if found := list(instances(master, replaced, **window)):
            return found[-1]
    return None


def _spans(start_at: datetime, end_at: datetime) -> Iterator[timedelta]:
    """Yield growing parts of a window, so that mostly the first is enough."""
    whole = max(end_at - start_at, timedelta(0))
    yield from (step for step in STEPS if step < whole)
    yield min(whole, STEPS[-1])


def instances(
    master: Event, replaced: ReplacedInstances, *, after: datetime, before: datetime
) -> Iterator[Instance]:
    """Yield the instances that touch [after, before), in order, without those that an exception
    replaces. Yields none of a series that can't be expanded."""
    for _batch in range(MOST_BATCHES):
        try:
            portion = expand(master, after=after, before=before)
        except InvalidRecurrence:
            return  # logged when it was stored
        yield from replaced.without(master, portion)
        if len(portion) < DEFAULT_LIMIT:
            return
        after = portion[-1].start_at + timedelta.resolution
