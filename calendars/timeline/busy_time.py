"""Read what keeps a person busy: the occurrences behind insights, with only the needed columns.

Cancelled and declined events and those shown as free don't count. All-day events take no hours;
they are returned apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q
from psycopg import sql

from calendars.events.people import own_response
from calendars.models import Calendar, Event, Occurrence
from calendars.timeline.beyond_horizon import occurrences_beyond
from calendars.timeline.categories import Classifier
from calendars.timeline.insights import Busy
from calendars.timeline.window import Window, touching_sql

DECLINED = "declined"
FREE = "transparent"
# Two scans, one along each index: what starts near the window, and the few long ones that reach
# into it. The answer is that of `calendars.events.people.own_response`.
_READ = sql.SQL(
    """
    WITH found AS (
      SELECT o.* FROM calendars_occurrence AS o
      WHERE {owned} AND o.start_at >= %(near_from)s AND o.start_at < %(until)s AND {touching}
      UNION ALL
      SELECT o.* FROM calendars_occurrence AS o
      WHERE {owned} AND o.long AND o.end_at > %(reach)s AND o.start_at < %(near_from)s
        AND {touching}
    )
    SELECT o.event_id, o.original_start_at, extract(epoch FROM o.start_at)::bigint,
      extract(epoch FROM o.end_at)::bigint, o.all_day, o.calendar_id, e.recurring_event_id,
      e.summary, e.recurrence <> '{{}}' OR e.recurring_event_id <> '',
      e.attendees <> '[]' AND jsonb_path_exists(
        e.attendees, '$[*] ? (!(@.self == true) && !(@.resource == true))')
    FROM found AS o JOIN calendars_event AS e ON e.id = o.event_id
    WHERE e.owner_id = %(owner)s AND e.status <> 'cancelled' AND e.transparency <> 'transparent'
      AND (e.attendees = '[]' OR coalesce(jsonb_path_query_first(
        e.attendees, '$[*] ? (@.self == true)') ->> 'response', '') <> 'declined')
    """
).format(
    owned=sql.SQL("o.owner_id = %(owner)s AND o.calendar_id = ANY(%(calendars)s::uuid[])"),
    touching=sql.SQL("CASE WHEN o.all_day THEN {} ELSE {} END").format(
        touching_sql("o", after="%(first)s", before="%(last)s"),
        touching_sql("o", after="%(start)s", before="%(end)s"),
    ),
)


class WholeDays(NamedTuple):
    """An all-day event and how many of its days are in the period."""

    summary: str
    days: int


@dataclass(frozen=True, slots=True)
class BusyTime:
    busy: list[Busy]
    whole_days: list[WholeDays]


class BusyRow(NamedTuple):
    """An occurrence that takes time: the columns of the statement. Times are seconds since 1970."""

    event_id: UUID
    original_start_at: datetime
    start: int
    end: int
    all_day: bool
    calendar_id: UUID
    recurring_event_id: str
    summary: str
    recurring: bool
    is_meeting: bool


def busy_time(
    *, owner_id: int, calendars: Collection[Calendar], window: Window, classifier: Classifier
) -> BusyTime:
    """Return what of these calendars touches the window."""
    found = busy_rows(owner_id=owner_id, calendars=calendars, window=window)
    return BusyTime(
        [_busy(one, classifier) for one in found if not one.all_day],
        _whole_days([one for one in found if one.all_day], window),
    )


def busy_rows(
    *, owner_id: int, calendars: Collection[Calendar], window: Window
) -> Collection[BusyRow]:
    """Return what touches the window and takes time, also outside the stored horizon."""
    if not calendars:
        return []
    stored = _stored(owner_id, [calendar.pk for calendar in calendars], window)
    # By key, because a row that just left the horizon may not be deleted yet.
    found = {(one.event_id, one.original_start_at): one for one in _beyond(calendars, window)}
    if not found:
        return stored
    found |= {(one.event_id, one.original_start_at): one for one in stored}
    return found.values()


def _stored(owner_id: int, calendar_ids: list[UUID], window: Window) -> list[BusyRow]:
    bounds: dict[str, Any] = {
        name: getattr(window, name) for name in ("first", "last", "reach", "until", "near_from")
    }
    with connection.cursor() as cursor:
        cursor.execute(
            _READ.as_string(),
            {
                "owner": owner_id,
                "calendars": calendar_ids,
                "start": window.start_at,
                "end": window.end_at,
                **bounds,
            },
        )
        return [BusyRow._make(row) for row in cursor.fetchall()]


def _beyond(calendars: Collection[Calendar], window: Window) -> Iterator[BusyRow]:
    """Yield what isn't stored, by the same rules."""
    expanded = occurrences_beyond(
        calendars,
        window,
        events=~Q(transparency=FREE),
        wanted=window.holds,
    )
    return (_read(one) for one in expanded if own_response(one.event.attendees) != DECLINED)


def _read(occurrence: Occurrence) -> BusyRow:
    event = occurrence.event
    return BusyRow(
        event.pk,
        occurrence.original_start_at,
        int(occurrence.start_at.timestamp()),
        int(occurrence.end_at.timestamp()),
        occurrence.all_day,
        event.calendar_id,
        event.recurring_event_id,
        event.summary,
        bool(event.recurrence or event.recurring_event_id),
        is_meeting(event),
    )


def is_meeting(event: Event) -> bool:
    """Whether a person other than the calendar's owner takes part; rooms don't count."""
    return any(not one.get("self") and not one.get("resource") for one in event.attendees)


def _busy(one: BusyRow, classifier: Classifier) -> Busy:
    category = classifier.of(
        event_id=one.event_id,
        summary=one.summary,
        calendar_id=one.calendar_id,
        recurring_event_id=one.recurring_event_id,
    )
    return Busy(
        one.start,
        one.end,
        category.pk if category else None,
        one.calendar_id,
        one.is_meeting,
        one.event_id,
        one.original_start_at,
        one.summary,
        one.recurring,
    )


def _whole_days(found: list[BusyRow], window: Window) -> list[WholeDays]:
    """Name each title once, those with the most days first."""
    day = 86_400
    first, last = int(window.first.timestamp()), int(window.last.timestamp())
    days: dict[str, int] = {}
    for one in found:
        length = max(min(one.end, last) - max(one.start, first), day) // day
        days[one.summary] = days.get(one.summary, 0) + length
    ordered = sorted(days.items(), key=lambda each: (-each[1], each[0]))
    return [WholeDays(summary, number) for summary, number in ordered]
