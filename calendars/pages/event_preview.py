"""What a form of an event would save, while somebody types: the next dates, and what is then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.local_time import city, span
from accounts.models import User
from calendars.events.given_times import Times
from calendars.events.rows import EventRow
from calendars.events.values import columns_of
from calendars.pages.event_form import EventForm
from calendars.rfc5545.recurrence import Instance, InvalidRecurrence, expand
from calendars.timeline.availability import conflicts_of_time
from calendars.timeline.instances import LOOKED_AHEAD
from calendars.timeline.occurrences import TimelineEntry
from calendars.timeline.recurrence_words import recurrence_words
from config.web.problems import DomainError
from profiles.preferences import reader_of

MOST_DATES, MOST_CONFLICTS = 5, 4
_TIMES = ("when", "repeat")


@dataclass(frozen=True, slots=True)
class EventPreview:
    """`here` is when it is by the person's clock, `words` say how it repeats; `conflicts` are other
    events at that time."""

    here: str = ""
    words: str = ""
    dates: tuple[datetime | date, ...] = ()
    goes_on: bool = False
    all_day: bool = False
    conflicts: tuple[TimelineEntry, ...] = ()
    more_conflicts: int = 0

    @classmethod
    def of(
        cls,
        form: EventForm,
        *,
        owner: User,
        former: EventRow | None = None,
        event_id: UUID | None = None,
    ) -> EventPreview:
        """Return an empty one while the times can't be read. `form` is checked."""
        if not form.is_valid():
            return cls()
        zone = reader_of(owner).zone
        try:
            columns = columns_of(form.members(_TIMES, former), zone=zone, former=former)
        except DomainError:
            return cls()
        times = _times(columns)
        found = conflicts_of_time(owner, *_span(times, owner), except_event=event_id)
        dates = _dates(times) if times.recurrence else []
        shown = [one.start_at.astimezone(UTC if times.all_day else zone) for one in dates]
        return cls(
            here=_here(times, zone),
            words=recurrence_words(times) if times.recurrence else "",
            dates=tuple(shown[:MOST_DATES]),
            goes_on=len(shown) > MOST_DATES,
            all_day=times.all_day,
            conflicts=tuple(found[:MOST_CONFLICTS]),
            more_conflicts=len(found[MOST_CONFLICTS:]),
        )


def _times(columns: Mapping[str, Any]) -> Times:
    return Times(**{name: columns[name] for name in Times._fields})


def _here(times: Times, zone: ZoneInfo) -> str:
    """Return the person's times where the event is of another zone; "" if the clocks agree."""
    if times.all_day or times.time_zone == zone.key:
        return ""
    start, end = times.start_at.astimezone(zone), times.end_at.astimezone(zone)
    return _("%(times)s in %(place)s") % {"times": span(start, end), "place": city(zone.key)}


def _dates(times: Times) -> list[Instance]:
    try:
        before = times.start_at + LOOKED_AHEAD
        return expand(times, after=times.start_at, before=before, limit=MOST_DATES + 1)
    except InvalidRecurrence:
        return []


def _span(times: Times, owner: User) -> tuple[datetime, datetime]:
    """Return from when to when it takes time; days are those of the owner's zone."""
    if not times.all_day:
        return times.start_at, times.end_at
    zone = reader_of(owner).zone
    return times.start_at.replace(tzinfo=zone), times.end_at.replace(tzinfo=zone)
