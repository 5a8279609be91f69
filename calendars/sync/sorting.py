"""A page of Google's items into what is to be stored, deleted and set aside, packed to be sent.

Nothing here touches the database: the thread that fetches a page sorts it and expands its series
too, while the page before it is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from msgspec import Raw

from calendars.event_rows import EventRow
from calendars.google.resources import MalformedEvent, event_resource, whole_item
from calendars.google.wire import Deletion, event_row
from calendars.models import Calendar, Event, event_id_for
from calendars.sync.expansion import NOTHING_AHEAD, ExpandedAhead, expand_ahead
from calendars.sync.horizon import Horizon
from config.postgresql.bulk import Column, pack_columns


@dataclass(slots=True)
class SortedPage:
    """By event id: of several states of one event the newest. `malformed` is by remote id."""

    fetched: int
    rows: dict[UUID, EventRow] = field(default_factory=dict)
    deletions: dict[UUID, Deletion] = field(default_factory=dict)
    malformed: dict[str, tuple[dict[str, Any], str]] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)  # of `rows`
    ahead: ExpandedAhead = NOTHING_AHEAD  # of the series among `rows`


def sort_page(items: Sequence[Raw], calendar: Calendar) -> SortedPage:
    page = SortedPage(fetched=len(items))
    calendar_id, zone = calendar.pk, calendar.time_zone
    for item in items:
        try:
            entry = event_row(event_resource(item), zone)
        except MalformedEvent as error:
            whole = whole_item(item)
            page.malformed[str(whole.get("id") or "")[:1024]] = (whole, str(error))
        else:
            _take(page, event_id_for(calendar_id, entry.remote_id), entry)
    page.columns = pack_events(page.rows)
    page.ahead = expand_ahead(page.rows, Horizon.of(calendar))
    return page


def pack_events(rows: Mapping[UUID, EventRow]) -> list[Column]:
    if not rows:
        return []
    columns = zip(*rows.values(), strict=True)
    named = dict(zip(EventRow._fields, columns, strict=True))
    return pack_columns(Event, {"id": list(rows), **named})


def _take(page: SortedPage, event_id: UUID, entry: EventRow | Deletion) -> None:
    """The newest of several states of one event; of equal ones the last.

    A deletion may come without its time: it stands, because ids are not used again.
    """
    known = page.rows.get(event_id) or page.deletions.get(event_id)
    if known is not None and _is_older(entry, known):
        return
    if isinstance(entry, Deletion):
        page.rows.pop(event_id, None)
        page.deletions[event_id] = entry
    else:
        page.deletions.pop(event_id, None)
        page.rows[event_id] = entry


def _is_older(entry: EventRow | Deletion, known: EventRow | Deletion) -> bool:
    if entry.remote_updated_at is None or known.remote_updated_at is None:
        return isinstance(known, Deletion) and known.remote_updated_at is None
    return entry.remote_updated_at < known.remote_updated_at
