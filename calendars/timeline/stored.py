"""Read stored occurrences with what is shown of their events: one statement, and tuples.

Models would take longer than the database: a month of 500 occurrences is 1,500 objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, OuterRef, Subquery
from django.db.models.expressions import RawSQL
from psycopg import sql

from calendars.events.people import OWN_RESPONSE_SQL
from calendars.models import Calendar, Event, Share
from calendars.models.calendar import CalendarQuerySet
from calendars.models.event import PRIVATE, SHORT
from calendars.models.palette import hued
from calendars.timeline.beyond_horizon import is_within_horizon, reach_of
from calendars.timeline.window import Window, touching_sql
from config.web.pagination import Cursor

Row = tuple[Any, ...]
Kept = dict[tuple[str, int], list[Calendar]]
_READ: ContextVar[Kept | None] = ContextVar("calendars_read", default=None)
# What an entry shows of the occurrence `o`, its event `e` and its pending change `p`.
ENTRY = sql.SQL(
    """e.summary, {description}, e.location, e.status, e.time_zone, e.zone_definition,
    e.recurrence <> '{{}}' OR e.recurring_event_id <> '', e.transparency, {response},
    coalesce(p.state, 'synced'), e.recurring_event_id, e.visibility"""
)
KEY = sql.SQL("o.event_id, o.original_start_at, o.calendar_id, o.start_at, o.end_at, o.all_day")
NOTHING = sql.SQL("''")
IS_LASTING = sql.SQL("(o.all_day OR o.end_at - o.start_at > {})").format(sql.Literal(SHORT))
_TIMED = touching_sql("o", after="%(start_at)s", before="%(end_at)s")
_DATED = touching_sql("o", after="%(first)s", before="%(last)s")
TOUCHING = sql.SQL("CASE WHEN o.all_day THEN {} ELSE {} END").format(_DATED, _TIMED)
# Three scans, each along an index: those up to SHORT, those that last longer, and those longer than
# LONG_SPAN. Their bounds are passed as values: an expression on a column isn't leakproof, so
# row-level security keeps it from being an index condition.
_SCANS = (
    sql.SQL("NOT {} AND o.start_at >= %(short_from)s AND o.start_at < %(end_at)s AND {}").format(
        IS_LASTING, _TIMED
    ),
    sql.SQL("{} AND o.start_at >= %(near_from)s AND o.start_at < %(until)s AND {}").format(
        IS_LASTING, TOUCHING
    ),
    sql.SQL("o.long AND o.end_at > %(reach)s AND o.start_at < %(near_from)s AND {}").format(
        TOUCHING
    ),
)
_SCAN = sql.SQL(
    """
    (SELECT {key}, {entry}
    FROM calendars_occurrence AS o JOIN calendars_event AS e ON e.id = o.event_id
      LEFT JOIN calendars_pendingchange AS p ON p.event_id = o.event_id
    WHERE o.owner_id = %(owner)s AND e.owner_id = %(owner)s
      AND o.calendar_id = ANY(%(calendars)s::uuid[]) AND e.status <> 'cancelled'
      AND {scan} {filters}
    ORDER BY o.start_at {way}, o.event_id {way}, o.original_start_at {way} LIMIT %(limit)s)
    """
)
_MERGED = sql.SQL(
    "SELECT * FROM ({scans}) AS o ORDER BY start_at {way}, event_id {way}, original_start_at {way}"
    " LIMIT %(limit)s"
)
_MATCHING = sql.SQL(
    "AND (upper(e.summary) LIKE upper(%(text)s) OR upper(e.location) LIKE upper(%(text)s))"
)
# Whether there may be shares with this user; `Share.objects.received_by` says which. Written out,
# because each page asks it: the same from the ORM takes 1.4 ms to compile.
_RECEIVES = """EXISTS (SELECT FROM calendars_share AS s JOIN account_emailaddress AS a
    ON a.email = s.email WHERE a.user_id = %s AND a.verified)"""
# Of what other users share: what is shown as busy alone is shown only if it takes time.
SHARED = sql.SQL(
    """AND EXISTS (SELECT FROM calendars_event AS s WHERE s.id = o.event_id
      AND s.owner_id = %(owner)s
      AND (o.calendar_id = ANY(%(readable)s::uuid[]) AND s.visibility <> ALL(%(private)s)
        OR s.transparency <> 'transparent' AND (s.attendees = '[]' OR coalesce(
          jsonb_path_query_first(s.attendees, '$[*] ? (@.self == true)') ->> 'response', '')
          <> 'declined')))"""
)
# A text that is looked for must not reveal what isn't shown.
_READABLE = sql.SQL(
    "AND o.calendar_id = ANY(%(readable)s::uuid[]) AND e.visibility <> ALL(%(private)s)"
)
_BESIDE = sql.SQL(
    """AND o.start_at {side}= %(cursor_start_at)s AND (o.start_at, o.event_id, o.original_start_at)
    {side} (%(cursor_start_at)s, %(cursor_event)s, %(cursor_original_start_at)s)"""
)


class Shown(NamedTuple):
    """What a reader needs of an entry; the rest isn't read from the database."""

    description: bool = True
    response: bool = True

    @property
    def columns(self) -> sql.Composed:
        return ENTRY.format(
            description=sql.SQL("e.description") if self.description else NOTHING,
            response=OWN_RESPONSE_SQL if self.response else NOTHING,
        )


EVERYTHING = Shown()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The calendars of a view by id, all of one owner. `is_cut`: some of their series aren't stored
    to the end. `is_shared`: the owner is another user than the reader."""

    owner_id: int
    calendars: Mapping[UUID, Calendar]
    is_cut: bool
    is_shared: bool = False

    @property
    def readable(self) -> list[UUID]:
        """Those of which a reader sees more than when their owner is busy."""
        return [pk for pk, one in self.calendars.items() if one.share_level == Share.Level.READ]

    def bounds(self) -> dict[str, Any]:
        """Return what SQL needs to know of it, by name."""
        named = {"owner": self.owner_id, "calendars": list(self.calendars)}
        if self.is_shared:
            named |= {"readable": self.readable, "private": list(PRIVATE)}
        return named

    def holds(self, window: Window) -> bool:
        """Whether all occurrences that touch the window are stored."""
        return not self.is_cut and is_within_horizon(self.calendars.values(), window)


@contextmanager
def calendars_read_once() -> Iterator[None]:
    """Read an owner's calendars once for the whole block, which changes none: the grid and the
    sidebar of a page need the same."""
    token = _READ.set({})
    try:
        yield
    finally:
        _READ.reset(token)


def kept_once(kind: str, owner_id: int, read: Callable[[], list[Calendar]]) -> list[Calendar]:
    """Return what `read` returns, once within `calendars_read_once`."""
    kept = _READ.get()
    if kept is None:
        return read()
    if (kind, owner_id) not in kept:
        kept[kind, owner_id] = read()
    return kept[kind, owner_id]


def hued_calendars(owner_id: int) -> list[Calendar]:
    """Return all calendars of the owner with their hues, in the order of lists.

    `receives` says whether other users share something with the owner.
    """
    return kept_once("own", owner_id, lambda: _hued_calendars(owner_id))


def _hued_calendars(owner_id: int) -> list[Calendar]:
    receives = RawSQL(_RECEIVES, [owner_id], output_field=BooleanField())  # noqa: S611  # nosec B611 - constant
    return hued(with_cut(Calendar.objects.of(owner_id)).annotate(receives=receives).shown())


def with_cut(calendars: CalendarQuerySet) -> CalendarQuerySet:
    """Annotate `cut_at`, the start after which instances of some series aren't stored."""
    cut = Event.objects.filter(calendar=OuterRef("pk"), stored_until__isnull=False)
    earliest = Subquery(cut.order_by("stored_until").values("stored_until")[:1])
    return calendars.annotate(cut_at=earliest)


def shelf_of(
    owner_id: int,
    window: Window,
    *,
    calendar_id: UUID | None = None,
    only_selected: bool = False,
) -> Shelf:
    """Return all calendars of the owner, or only some; their hues depend on the others."""
    shown = [
        one
        for one in hued_calendars(owner_id)
        if calendar_id in (None, one.pk) and (one.selected or not only_selected)
    ]
    return shelf_with(shown, owner_id, window)


def shelf_with(
    calendars: Sequence[Any], owner_id: int, window: Window, *, is_shared: bool = False
) -> Shelf:
    """Return a shelf with these calendars, which have `cut_at`."""
    before = reach_of(window).before
    is_cut = any(one.cut_at is not None and one.cut_at < before for one in calendars)
    by_id = {one.pk: one for one in calendars}
    return Shelf(owner_id, by_id, is_cut, is_shared=is_shared)


def stored_rows(
    *,
    shelf: Shelf,
    window: Window,
    text: str,
    cursor: Cursor | None,
    limit: int | None,
    shown: Shown,
) -> list[Row]:
    """Return the rows in the order of TIMELINE, of `KEY` and `ENTRY`; with a cursor those beside
    it."""
    backwards = cursor is not None and cursor.backwards
    values = {
        **shelf.bounds(),
        "limit": limit,
        "text": f"%{connection.ops.prep_for_like_query(text)}%",
        **window.bounds(),
    }
    if cursor is not None:
        names = ("cursor_start_at", "cursor_event", "cursor_original_start_at")
        values |= dict(zip(names, cursor.place, strict=True))
    kind = (shown, bool(text), cursor is not None, backwards, shelf.is_shared)
    with connection.cursor() as reading:
        reading.execute(_statement(*kind), values)
        rows: list[Row] = reading.fetchall()
    return rows[::-1] if backwards else rows


@cache
def _statement(
    shown: Shown, has_text: bool, has_cursor: bool, backwards: bool, is_shared: bool
) -> str:
    way, side = (sql.SQL("DESC"), sql.SQL("<")) if backwards else (sql.SQL(""), sql.SQL(">"))
    filters = [_MATCHING] * has_text + [_BESIDE.format(side=side)] * has_cursor
    if is_shared:
        filters.append(_READABLE if has_text else SHARED)
    scans = [
        _SCAN.format(
            key=KEY, entry=shown.columns, scan=scan, filters=sql.SQL(" ").join(filters), way=way
        )
        for scan in _SCANS
    ]
    return _MERGED.format(scans=sql.SQL(" UNION ALL ").join(scans), way=way).as_string()
