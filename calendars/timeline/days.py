"""Read the days of a window, each with its first entries and its total.

A page shows only a few entries per day, so each day is queried separately up to that limit: three
short index scans per day in one statement, for entries up to SHORT, for longer ones, and for those
longer than LONG_SPAN.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from psycopg import sql

from calendars.models import Category
from calendars.timeline.categories import classifier_of
from calendars.timeline.occurrences import (
    TIMELINE,
    TimelineEntry,
    entries_of_rows,
    occurrences_between,
)
from calendars.timeline.shared import reading, shared_shelves
from calendars.timeline.stored import EVERYTHING, IS_LASTING, KEY, SHARED, Row, Shelf, shelf_of
from calendars.timeline.window import Window, touching_sql

DAY = timedelta(days=1)
COUNTED = 100  # above it, a page says "or more"
Limit = Callable[[date], int]
_TIMED = touching_sql("o", after="day.start_at", before="day.end_at")
_DATED = touching_sql("o", after="day.first", before="day.last")
# The bounds of each scan are passed as values: an expression on a column isn't leakproof, so
# row-level security keeps it from being an index condition.
_READ = sql.SQL(
    """
    WITH found AS (
      SELECT day.number, day.shown, day.start_at AS begins_at, each.*
      FROM unnest(%(shown)s::int[], %(start_at)s::timestamptz[], %(end_at)s::timestamptz[],
          %(first)s::timestamptz[], %(last)s::timestamptz[], %(short_from)s::timestamptz[],
          %(near_from)s::timestamptz[], %(reach)s::timestamptz[], %(until)s::timestamptz[])
        WITH ORDINALITY AS day (shown, start_at, end_at, first, last, short_from, near_from,
          reach, until, number),
      LATERAL (
        (SELECT {key} FROM calendars_occurrence AS o
         WHERE {owned} AND NOT {lasting}
           AND o.start_at >= day.short_from AND {timed}
         ORDER BY o.start_at LIMIT %(limit)s)
        UNION ALL
        (SELECT {key} FROM calendars_occurrence AS o
         WHERE {owned} AND {lasting} AND {touching}
           AND o.start_at >= day.near_from AND o.start_at < day.until
         ORDER BY o.start_at DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT {key} FROM calendars_occurrence AS o
         WHERE {owned} AND long AND {touching}
           AND o.end_at > day.reach AND o.start_at < day.near_from
         ORDER BY o.end_at LIMIT %(limit)s)
      ) AS each
    ), placed AS (
      SELECT found.*, count(*) OVER (PARTITION BY number) AS total,
        row_number() OVER (PARTITION BY number ORDER BY
          NOT all_day AND start_at >= begins_at, start_at, event_id, original_start_at) AS place
      FROM found
    )
    SELECT o.number, o.total, {key}, {entry}
    FROM placed AS o JOIN calendars_event AS e ON e.id = o.event_id
      LEFT JOIN calendars_pendingchange AS p ON p.event_id = o.event_id
    WHERE o.place <= o.shown AND e.owner_id = %(owner)s AND e.status <> 'cancelled'
    """
)
_OWNED = sql.SQL("o.owner_id = %(owner)s AND o.calendar_id = ANY(%(calendars)s::uuid[])")
_PARTS = {
    "key": KEY,
    "entry": EVERYTHING.columns,
    "timed": _TIMED,
    "touching": sql.SQL("CASE WHEN o.all_day THEN {} ELSE {} END").format(_DATED, _TIMED),
    "lasting": IS_LASTING,
}
_DAYS = _READ.format(owned=_OWNED, **_PARTS)
_SHARED_DAYS = _READ.format(owned=sql.SQL("{} {}").format(_OWNED, SHARED), **_PARTS)


@dataclass(frozen=True, slots=True)
class Days:
    """The entries of a window and the total of each day, at most COUNTED + 1. A day has all its
    entries or as many as requested. `categories` are all of the person's, by id."""

    entries: list[TimelineEntry]
    totals: Mapping[date, int]
    categories: Mapping[UUID, Category]


def read_days(*, owner_id: int, start_on: date, end_on: date, zone: ZoneInfo, limit: Limit) -> Days:
    """Return the days from `start_on` up to `end_on` of the selected calendars, and of those that
    others share with the owner."""
    start_at, end_at = (datetime.combine(on, time.min, zone) for on in (start_on, end_on))
    window = Window(start_at, end_at)
    shelves = [
        shelf_of(owner_id, window, only_selected=True),
        *shared_shelves(owner_id, window, only_selected=True),
    ]
    classifier = classifier_of(owner_id)
    if not all(shelf.holds(window) for shelf in shelves):
        return Days(
            occurrences_between(
                owner_id=owner_id,
                start_at=start_at,
                end_at=end_at,
                only_selected=True,
                with_shared=True,
            ),
            {},
            classifier.categories,
        )
    days = [start_on + number * DAY for number in range((end_on - start_on).days)]
    entries: list[TimelineEntry] = []
    totals: Counter[date] = Counter()
    for shelf in shelves:
        found = _find(shelf, days, zone, limit) if shelf.calendars else []
        counted = {days[number - 1]: total for number, total, *_ in found}
        totals.update(counted)
        # An occurrence on several days is found on each of them.
        rows = {row[2:4]: row[2:] for row in found}
        entries += entries_of_rows(rows.values(), shelf.calendars, zone, classifier)
    at_most = {on: min(total, COUNTED + 1) for on, total in totals.items()}
    return Days(sorted(entries, key=TIMELINE.place_of), at_most, classifier.categories)


def _find(shelf: Shelf, days: Sequence[date], zone: ZoneInfo, limit: Limit) -> list[Row]:
    """Return the number and the total of each day with the rows of its entries."""
    statement = _SHARED_DAYS if shelf.is_shared else _DAYS
    with reading(shelf), connection.cursor() as cursor:
        cursor.execute(
            statement.as_string(),
            {
                **shelf.bounds(),
                "shown": [limit(on) for on in days],
                "limit": COUNTED + 1,
                **_bounds([_day(on, zone) for on in days]),
            },
        )
        found: list[Row] = cursor.fetchall()
    return found


def _day(on: date, zone: ZoneInfo) -> Window:
    start_at, end_at = (datetime.combine(each, time.min, zone) for each in (on, on + DAY))
    return Window(start_at, end_at)


def _bounds(days: Sequence[Window]) -> dict[str, list[datetime]]:
    """Return the bounds by their names in the statement."""
    bounds = [day.bounds() for day in days]
    return {name: [each[name] for each in bounds] for name in bounds[0]}
