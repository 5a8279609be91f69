"""Expand occurrences outside the stored horizon on read, month by month.

A read stops as soon as it has enough results, so its cost is bounded by its page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from itertools import islice

from django.db.models import Q

from calendars.events.expansion import Horizon, ReplacedInstances
from calendars.models import Calendar, Event, Occurrence
from calendars.models.event import IS_SERIES
from calendars.rfc5545.recurrence import Instance, InvalidRecurrence, Series, expand
from calendars.rfc5545.recurrence.expansion import DEFAULT_LIMIT
from calendars.timeline.window import Window

SLICE = timedelta(days=31)
MOST_OF_A_SLICE = 10_000  # per series and page
ZONES_APART = timedelta(days=1)  # dates may be viewed from zones with offsets up to 14 hours
Wanted = Callable[[Occurrence], bool]


def occurrences_beyond(
    calendars: Iterable[Calendar],
    window: Window,
    *,
    events: Q,
    wanted: Wanted,
    backwards: bool = False,
    limit: int | None = None,
) -> list[Occurrence]:
    """Return the `wanted` occurrences in the window that aren't stored, unordered.

    With `limit`, contains at least the first (`backwards`: the last) `limit` by start."""
    reach = reach_of(window)
    masters = _masters(calendars, events, reach)
    replaced = ReplacedInstances.of(masters)
    found: list[Occurrence] = []
    for part in _slices(reach, backwards=backwards) if masters else ():
        is_first = part.after == reach.after
        for master in masters:
            instances = filter(wanted, _in_slice(master, replaced, part, first=is_first))
            # The instances of each master are in order, so the first overall are among the first of
            # each.
            found += islice(instances, None if backwards else limit or MOST_OF_A_SLICE)
        if limit is not None and len(found) >= limit:
            break
    return found


def reach_of(window: Window) -> Horizon:
    """Return the window with the days at its ends as seen from any zone."""
    return Horizon(window.start_at - ZONES_APART, window.end_at + ZONES_APART)


def is_within_horizon(calendars: Iterable[Calendar], window: Window) -> bool:
    return not any(_leaves(reach_of(window), one) for one in calendars)


def _in_slice(
    master: Event, replaced: ReplacedInstances, part: Horizon, *, first: bool
) -> Iterator[Occurrence]:
    """Yield the instances that aren't stored, in order. An instance belongs to the slice that it
    starts in; the first slice includes earlier starts."""
    stored = _stored(master)
    for instance in replaced.without(master, _all_of(master, part)):
        if stored.holds(instance.start_at, instance.end_at):
            continue
        if first or instance.start_at >= part.after:
            yield Occurrence.of(master, instance)


def _all_of(series: Series, window: Horizon) -> Iterator[Instance]:
    """Expand in batches, so that the limit of one expansion doesn't end the series."""
    after, last_at = window.after, None
    while True:
        try:
            portion = expand(series, after=after, before=window.before)
        except InvalidRecurrence:
            return  # logged when it was stored
        following = [one for one in portion if last_at is None or one.start_at > last_at]
        yield from following
        if len(portion) < DEFAULT_LIMIT or not following:
            return
        after = last_at = following[-1].start_at


def _slices(window: Horizon, *, backwards: bool) -> list[Horizon]:
    parts = []
    after = window.after
    while after < window.before:
        parts.append(Horizon(after, min(after + SLICE, window.before)))
        after += SLICE
    return parts[::-1] if backwards else parts


def _masters(calendars: Iterable[Calendar], events: Q, window: Horizon) -> list[Event]:
    """Return the series of calendars whose horizon doesn't cover the window, and those of other
    calendars that aren't stored up to its end."""
    by_id = {calendar.pk: calendar for calendar in calendars}
    outside = [pk for pk, one in by_id.items() if _leaves(window, one)]
    unstored = _cut(by_id.values(), window)
    if outside:
        unstored |= Q(calendar__in=outside)
    found = Event.objects.filter(IS_SERIES, events, unstored, start_at__lt=window.before)
    masters = list(found.exclude(status=Event.Status.CANCELLED))
    for master in masters:
        master.calendar = by_id[master.calendar_id]
    return masters


def _cut(calendars: Collection[Calendar], window: Horizon) -> Q:
    """Filter series whose instances aren't all stored up to the end of the window."""
    return Q(calendar__in=calendars, stored_until__lt=window.before)


def _leaves(window: Horizon, calendar: Calendar) -> bool:
    return bool(Horizon.of(calendar).gaps(window.after, window.before))


def _stored(event: Event) -> Horizon:
    """Return the window in which the event's instances are stored; a series with too many instances
    is cut."""
    whole = Horizon.of(event.calendar)
    if event.stored_until is None:
        return whole
    return Horizon(whole.after, min(whole.before, event.stored_until + timedelta.resolution))
