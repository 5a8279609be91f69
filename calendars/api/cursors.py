"""Cursors of lists: where a page ended, so that the next goes on exactly there."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from calendars.connections.log import RunCursor
from calendars.models import SyncRun
from calendars.timeline.occurrences import Cursor, TimelineEntry
from config.web.problems import DomainError, Kind
from config.web.public_address import public_address


class AnyCursor(Protocol):
    @property
    def backwards(self) -> bool: ...


CursorT = TypeVar("CursorT", bound=AnyCursor)
EntryT = TypeVar("EntryT")


@dataclass(frozen=True, slots=True)
class Order(Generic[CursorT, EntryT]):
    """How the entries of a list are told apart: an entry's place, and a cursor read from one."""

    place: Callable[[EntryT], list[str]]
    read: Callable[..., CursorT]
    page_size: int


def linked_page(
    request: Request | HttpRequest,
    token: str | None,
    order: Order[CursorT, EntryT],
    read: Callable[[CursorT | None, int], list[EntryT]],
) -> dict[str, Any]:
    """{results, next, previous}: one entry more is read, to know whether one follows."""
    cursor = parse_cursor(token, order) if token else None
    entries = read(cursor, order.page_size + 1)
    more = len(entries) > order.page_size
    backwards = cursor is not None and cursor.backwards
    entries = entries[-order.page_size :] if backwards else entries[: order.page_size]
    after = (backwards or more) and entries
    before = ((cursor is not None and not backwards) or (backwards and more)) and entries
    return {
        "results": entries,
        "next": _link(request, order.place(entries[-1]), backwards=False) if after else None,
        "previous": _link(request, order.place(entries[0]), backwards=True) if before else None,
    }


def parse_cursor(token: str, order: Order[CursorT, EntryT]) -> CursorT:
    try:
        *place, backwards = json.loads(base64.urlsafe_b64decode(token))
        return order.read(*place, backwards is True)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise DomainError(
            Kind.UNREADABLE, "cursor-not-valid", "Follow the links of a list as they are."
        ) from None


def _link(request: Request | HttpRequest, place: list[str], *, backwards: bool) -> str:
    token = base64.urlsafe_b64encode(json.dumps([*place, backwards]).encode()).decode()
    return replace_query_param(public_address(request.get_full_path()), "cursor", token)


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment


TIMELINE: Order[Cursor, TimelineEntry] = Order(
    lambda entry: [
        entry.start_at.isoformat(),
        str(entry.event_id),
        entry.original_start_at.isoformat(),
    ],
    lambda start, event, original, backwards: Cursor(
        _instant(start), UUID(event), _instant(original), backwards
    ),
    page_size=500,
)
RUNS: Order[RunCursor, SyncRun] = Order(
    lambda run: [run.started_at.isoformat(), str(run.pk)],
    lambda started, run, backwards: RunCursor(_instant(started), UUID(run), backwards),
    page_size=100,
)
