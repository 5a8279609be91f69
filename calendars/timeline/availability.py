"""When people are busy, and when they are free: over one's own calendars.

Busy is what takes time by the same rule as in insights: not what is declined, cancelled or shown as
free. All-day events take the whole days of their owner's zone unless they are shown as free. One's
own time is that of the calendars that the views show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import User
from calendars.models import Calendar, Event
from calendars.models.event import with_exceptions
from calendars.timeline.busy_time import DECLINED, FREE, BusyRow, busy_rows
from calendars.timeline.insights import Span
from calendars.timeline.occurrences import TimelineEntry, occurrences_between
from calendars.timeline.slots import union
from calendars.timeline.window import Window
from profiles.preferences import reader_of

MOST_CONFLICTS = 20
MOST_READ = 500


def busy_spans(owner: User, start: datetime, end: datetime) -> list[Span]:
    """Return when the owner is busy within [start, end): in order, joined where spans touch."""
    return spans_of(owner.pk, _own_calendars(owner), start, end, reader_of(owner).zone)


def conflicts_of_time(
    owner: User, start: datetime, end: datetime, except_event: UUID | None = None
) -> list[TimelineEntry]:
    """Return the owner's entries that take time within [start, end), by start; at most
    MOST_CONFLICTS.

    `except_event` is the event that is being planned: it and, if it's a series, its changed
    instances don't count. Times are in the owner's zone.
    """
    zone = reader_of(owner).zone
    found = occurrences_between(
        owner_id=owner.pk,
        start_at=start.astimezone(zone),
        end_at=end.astimezone(zone),
        only_selected=True,
        limit=MOST_READ,
    )
    left_out = _events_of(owner, except_event) if except_event else set()
    taking = (
        one
        for one in found
        if one.event_id not in left_out and _takes_time(one) and _overlaps(one, start, end, zone)
    )
    return [one for _number, one in zip(range(MOST_CONFLICTS), taking, strict=False)]


def spans_of(
    owner_id: int,
    calendars: Collection[Calendar],
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> list[Span]:
    """Return the busy spans of one owner's calendars; `zone` is where all-day events lie. The
    caller acts for the owner."""
    window = Window(start.astimezone(zone), end.astimezone(zone))
    rows = busy_rows(owner_id=owner_id, calendars=calendars, window=window)
    return _within((_span(row, zone) for row in rows), start, end)


def _own_calendars(owner: User) -> list[Calendar]:
    return list(Calendar.objects.of(owner.pk).selected())


def _span(row: BusyRow, zone: ZoneInfo) -> Span:
    if not row.all_day:
        return Span(row.start, row.end)
    start, end = (datetime.fromtimestamp(at, UTC) for at in (row.start, row.end))
    return Span(*(int(_local_midnight(at, zone).timestamp()) for at in (start, end)))


def _local_midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """Return when the date that a midnight UTC stands for begins in a zone."""
    return datetime.combine(at.date(), time.min, zone)


def _within(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    first, last = int(start.timestamp()), int(end.timestamp())
    return union(Span(max(span.start, first), min(span.end, last)) for span in spans)


def _takes_time(entry: TimelineEntry) -> bool:
    return entry.transparency != FREE and entry.response != DECLINED


def _overlaps(entry: TimelineEntry, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether the entry takes a part of [start, end); one without length takes none."""
    begins, ends = entry.start_at, entry.end_at
    if entry.all_day:
        begins, ends = _local_midnight(begins, zone), _local_midnight(ends, zone)
    # Times of one zone compare by their clocks, also in two equal hours.
    taken, asked = (
        Span(int(first.timestamp()), int(last.timestamp()))
        for first, last in ((begins, ends), (start, end))
    )
    return max(taken.start, asked.start) < min(taken.end, asked.end)


def _events_of(owner: User, event_id: UUID) -> set[UUID]:
    event = Event.objects.filter(owner_id=owner.pk, pk=event_id).select_related("calendar").first()
    if event is None:
        return set()
    series = with_exceptions(event.calendar, [event.remote_id])
    return set(Event.objects.filter(series, owner_id=owner.pk).values_list("pk", flat=True))
