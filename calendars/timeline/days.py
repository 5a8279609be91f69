"""Read the days of a window, each with its first entries and its total.

A page shows only a few entries per day, so each day is queried separately up to that limit: three
short index scans per day in one statement, for entries up to SHORT, for longer ones, and for those
longer than LONG_SPAN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from psycopg import sql

from calendars.events.people import OWN_RESPONSE
from calendars.models import Calendar, Event, Occurrence
from calendars.models.event import SHORT
from calendars.models.palette import hued
from calendars.timeline.beyond_horizon import is_all_stored
from calendars.timeline.categories import classifier_of
from calendars.timeline.occurrences import TIMELINE, TimelineEntry, entry_of, occurrences_between
from calendars.timeline.window import Window, touching_sql

DAY = timedelta(days=1)
COUNTED = 100  # above it, a page says "or more"
_FIELDS = (
    *("summary", "description", "location", "status", "time_zone"),
    *("calendar_id", "zone_definition", "recurrence", "recurring_event_id", "transparency"),
)
Limit = Callable[[date], int]
_TIMED = touching_sql("o", after="day.start_at", before="day.end_at")
_DATED = touching_sql("o", after="day.first", before="day.last")
# The bounds of each scan are passed as values: an expression on a column isn't leakproof, so
# row-level security keeps it from being an index condition.
_KEYS = sql.SQL(
    """
    WITH found AS (
      SELECT day.number, day.shown, day.start_at AS begins_at, each.*
      FROM unnest(%(shown)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
          %(firsts)s::timestamptz[], %(lasts)s::timestamptz[], %(short_from)s::timestamptz[],
          %(lasting_from)s::timestamptz[], %(reach)s::timestamptz[], %(until)s::timestamptz[])
        WITH ORDINALITY AS day (shown, start_at, end_at, first, last, short_from, lasting_from,
          reach, until, number),
      LATERAL (
        (SELECT {columns} FROM calendars_occurrence AS o
         WHERE {owned} AND NOT (all_day OR end_at - start_at > {short})
           AND o.start_at >= day.short_from AND {timed}
         ORDER BY o.start_at LIMIT %(limit)s)
        UNION ALL
        (SELECT {columns} FROM calendars_occurrence AS o
         WHERE {owned} AND (all_day OR end_at - start_at > {short}) AND {touching}
           AND o.start_at >= day.lasting_from AND o.start_at < day.until
         ORDER BY o.start_at DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT {columns} FROM calendars_occurrence AS o
         WHERE {owned} AND long AND {touching}
           AND o.end_at > day.reach AND o.start_at < day.lasting_from
         ORDER BY o.end_at LIMIT %(limit)s)
      ) AS each
    ), placed AS (
      SELECT found.*, count(*) OVER (PARTITION BY number) AS total,
        row_number() OVER (PARTITION BY number ORDER BY
          NOT all_day AND start_at >= begins_at, start_at, event_id, original_start_at) AS place
      FROM found
    )
    SELECT number, total, event_id, original_start_at, calendar_id, start_at, end_at, all_day
    FROM placed WHERE place <= shown
    """
).format(
    columns=sql.SQL(
        "o.event_id, o.original_start_at, o.calendar_id, o.start_at, o.end_at, o.all_day"
    ),
    owned=sql.SQL("o.owner_id = %(owner)s AND o.calendar_id = ANY(%(calendars)s::uuid[])"),
    timed=_TIMED,
    touching=sql.SQL("CASE WHEN o.all_day THEN {} ELSE {} END").format(_DATED, _TIMED),
    short=sql.Literal(SHORT),
)


@dataclass(frozen=True, slots=True)
class Days:
    """The entries of a window and the total of each day, at most COUNTED + 1. A day has all its
    entries or as many as requested."""

    entries: list[TimelineEntry]
    totals: Mapping[date, int]


class _Found(NamedTuple):
    """An occurrence on one day of the window, and the total of that day."""

    number: int
    total: int
    occurrence: Occurrence


def read_days(*, owner_id: int, start_on: date, end_on: date, zone: ZoneInfo, limit: Limit) -> Days:
    """Return the days from `start_on` up to `end_on` of the selected calendars."""
    calendars = {one.pk: one for one in hued(Calendar.objects.of(owner_id)) if one.selected}
    start_at, end_at = (datetime.combine(on, time.min, zone) for on in (start_on, end_on))
    if not is_all_stored(calendars.values(), start_at=start_at, end_at=end_at):
        return Days(
            occurrences_between(
                owner_id=owner_id, start_at=start_at, end_at=end_at, only_selected=True
            ),
            {},
        )
    days = [start_on + number * DAY for number in range((end_on - start_on).days)]
    found = _find(owner_id, list(calendars), days, zone, limit) if calendars else []
    # An occurrence on several days is found on each of them.
    shown = {TIMELINE.place_of(each.occurrence): each.occurrence for each in found}
    return Days(
        _entries(owner_id, [shown[place] for place in sorted(shown)], calendars, zone),
        {days[each.number - 1]: min(each.total, COUNTED + 1) for each in found},
    )


def _find(
    owner_id: int, calendar_ids: list[UUID], days: Sequence[date], zone: ZoneInfo, limit: Limit
) -> list[_Found]:
    with connection.cursor() as cursor:
        cursor.execute(
            _KEYS.as_string(),
            {
                "owner": owner_id,
                "calendars": calendar_ids,
                "shown": [limit(on) for on in days],
                "limit": COUNTED + 1,
                **_bounds([_day(on, zone) for on in days]),
            },
        )
        return [_Found(number, total, _occurrence(*key)) for number, total, *key in cursor]


def _day(on: date, zone: ZoneInfo) -> Window:
    start_at, end_at = (datetime.combine(each, time.min, zone) for each in (on, on + DAY))
    return Window(start_at, end_at)


def _bounds(days: Sequence[Window]) -> dict[str, list[datetime]]:
    """Return the bounds by their names in the statement."""
    return {
        "starts": [day.start_at.astimezone(UTC) for day in days],
        "ends": [day.end_at.astimezone(UTC) for day in days],
        "firsts": [day.first for day in days],
        "lasts": [day.last for day in days],
        "short_from": [day.start_at.astimezone(UTC) - SHORT for day in days],
        "lasting_from": [day.near_from for day in days],
        "reach": [day.reach for day in days],
        "until": [day.until for day in days],
    }


def _occurrence(
    event_id: UUID,
    original_start_at: datetime,
    calendar_id: UUID,
    start_at: datetime,
    end_at: datetime,
    all_day: bool,
) -> Occurrence:
    return Occurrence(
        event_id=event_id,
        original_start_at=original_start_at,
        calendar_id=calendar_id,
        start_at=start_at,
        end_at=end_at,
        all_day=all_day,
    )


def _entries(
    owner_id: int,
    found: Sequence[Occurrence],
    calendars: Mapping[UUID, Calendar],
    zone: ZoneInfo,
) -> list[TimelineEntry]:
    shown = Event.objects.filter(owner_id=owner_id, pk__in={one.event_id for one in found})
    shown = shown.exclude(status=Event.Status.CANCELLED).annotate(own_response=OWN_RESPONSE)
    events = shown.only(*_FIELDS).in_bulk() if found else {}
    there = [one for one in found if one.event_id in events]
    for one in there:
        one.event, one.calendar = events[one.event_id], calendars[one.calendar_id]
    classifier = classifier_of(owner_id)
    return [entry_of(one, zone, classifier) for one in there]
