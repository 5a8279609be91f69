"""The days of a window, each with its first entries and with how many it has.

A page shows a few entries a day, however many there are. So each day is asked for by itself, as
far as it is shown: three short index scans a day in one statement, for entries of SHORT at most,
for longer ones, and for those beyond LONG_SPAN.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from psycopg import sql

from calendars.events.expansion import Horizon
from calendars.models import Calendar, Event, Occurrence
from calendars.models.event import LONG_SPAN, SHORT
from calendars.timeline.occurrences import TimelineEntry, entry_of, occurrences_between

DAY = timedelta(days=1)
COUNTED = 100  # a day with more is said to have more
_TOLD = (
    *("summary", "description", "location", "status", "time_zone"),
    *("zone_definition", "recurrence", "recurring_event_id"),
)
Limit = Callable[[date], int]
# The bounds of each scan come as values: what is computed from a column is not leakproof, and
# no condition of an index below row-level security.
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
           AND o.start_at >= day.short_from AND o.start_at < day.end_at
           AND (o.end_at > day.start_at OR o.start_at >= day.start_at)
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
    # As calendars.timeline.occurrences has it: dates compare as dates.
    touching=sql.SQL(
        "CASE WHEN o.all_day THEN o.start_at < day.last"
        " AND (o.end_at > day.first OR o.start_at >= day.first)"
        " ELSE o.start_at < day.end_at"
        " AND (o.end_at > day.start_at OR o.start_at >= day.start_at) END"
    ),
    short=sql.Literal(SHORT),
)


@dataclass(frozen=True, slots=True)
class Days:
    """Entries of a window, and how many each day has: of a day that has more than COUNTED, one
    more than that. A day's entries are all that it has, or as many as were asked for."""

    entries: list[TimelineEntry]
    totals: Mapping[date, int]


class _Key(NamedTuple):
    """An occurrence as one day of the window has it, and how many that day has."""

    number: int
    total: int
    event_id: UUID
    original_start_at: datetime
    calendar_id: UUID
    start_at: datetime
    end_at: datetime
    all_day: bool


def read_days(*, owner_id: int, start_on: date, end_on: date, zone: ZoneInfo, limit: Limit) -> Days:
    """The days from `start_on` up to `end_on` of the calendars that are shown."""
    calendars = {one.pk: one for one in Calendar.objects.of(owner_id).selected()}
    bounds = [datetime.combine(on, time.min, zone) for on in (start_on, end_on)]
    if _leaves_what_is_stored(calendars.values(), *bounds):
        return Days(
            occurrences_between(
                owner_id=owner_id, start_at=bounds[0], end_at=bounds[1], only_selected=True
            ),
            {},
        )
    days = [start_on + number * DAY for number in range((end_on - start_on).days)]
    keys = _keys(owner_id, list(calendars), days, zone, limit) if calendars else []
    shown = {(key.event_id, key.original_start_at): key for key in keys}
    return Days(
        _entries(owner_id, shown.values(), calendars, zone),
        {days[key.number - 1]: min(key.total, COUNTED + 1) for key in keys},
    )


def _leaves_what_is_stored(
    calendars: Collection[Calendar], start_at: datetime, end_at: datetime
) -> bool:
    """A horizon ends in the window, or before its end a series with too many instances does.

    Dates are seen from zones up to 14 hours away."""
    if any(Horizon.of(one).gaps(start_at - DAY, end_at + DAY) for one in calendars):
        return True
    cut = Event.objects.filter(calendar__in=calendars, stored_until__lt=end_at + DAY)
    return cut.exists()


def _keys(
    owner_id: int, calendar_ids: list[UUID], days: Sequence[date], zone: ZoneInfo, limit: Limit
) -> list[_Key]:
    starts = [datetime.combine(on, time.min, zone).astimezone(UTC) for on in days]
    ends = [datetime.combine(on + DAY, time.min, zone).astimezone(UTC) for on in days]
    firsts = [datetime.combine(on, time.min, UTC) for on in days]
    lasts = [first + DAY for first in firsts]
    reach = [min(pair) for pair in zip(starts, firsts, strict=True)]
    parameters: dict[str, Any] = {
        "owner": owner_id,
        "calendars": calendar_ids,
        "shown": [limit(on) for on in days],
        "starts": starts,
        "ends": ends,
        "firsts": firsts,
        "lasts": lasts,
        "short_from": [start - SHORT for start in starts],
        "lasting_from": [each - LONG_SPAN for each in reach],
        "reach": reach,
        "until": [max(pair) for pair in zip(ends, lasts, strict=True)],
        "limit": COUNTED + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEYS.as_string(), parameters)
        return [_Key(*row) for row in cursor.fetchall()]


def _entries(
    owner_id: int, keys: Iterable[_Key], calendars: Mapping[UUID, Calendar], zone: ZoneInfo
) -> list[TimelineEntry]:
    keys = sorted(keys, key=lambda key: (key.start_at, key.event_id, key.original_start_at))
    shown = Event.objects.filter(owner_id=owner_id, pk__in={key.event_id for key in keys})
    events = shown.exclude(status=Event.Status.CANCELLED).only(*_TOLD).in_bulk() if keys else {}
    return [
        entry_of(
            Occurrence(
                event=events[key.event_id],
                calendar=calendars[key.calendar_id],
                original_start_at=key.original_start_at,
                start_at=key.start_at,
                end_at=key.end_at,
                all_day=key.all_day,
            ),
            zone,
        )
        for key in keys
        if key.event_id in events
    ]
