"""The times of a file's events in short form: `20240304T090000Z/20240304T100000Z`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from calendars.rfc5545.ics import IcsEvent
from calendars.rfc5545.recurrence import expand
from calendars.timeline.occurrences import TimelineEntry, occurrences_between

EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)


def happenings(events: Iterable[IcsEvent]) -> list[str]:
    """Compute them with the product's rules, without its database."""
    read = list(events)
    replaced = {(one.uid, one.recurrence_id) for one in read}
    return sorted(text for one in read for text in _of_event(one, replaced))


def _of_event(one: IcsEvent, replaced: set[tuple[str, datetime | None]]) -> Iterator[str]:
    if one.recurrence_id is not None:
        yield written(one.start_at, one.end_at, all_day=one.all_day)
        return
    for instance in expand(one, after=EARLIEST, before=LATEST, limit=1000):
        if (one.uid, instance.original_start_at) not in replaced:
            yield written(instance.start_at, instance.end_at, all_day=one.all_day)


def stored_happenings(owner_id: int) -> list[str]:
    """Read them from the user's timeline, inside the horizon and beyond."""
    entries = occurrences_between(owner_id=owner_id, start_at=EARLIEST, end_at=LATEST)
    return sorted(map(_written_entry, entries))


def written(start_at: datetime, end_at: datetime, *, all_day: bool) -> str:
    if all_day:
        return f"D{start_at:%Y%m%d}/{end_at:%Y%m%d}"
    return f"{start_at.astimezone(UTC):%Y%m%dT%H%M%SZ}/{end_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _written_entry(entry: TimelineEntry) -> str:
    return written(entry.start_at, entry.end_at, all_day=entry.all_day)
