"""Cursors of the time line: where a page ended, so that the next goes on exactly there."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from calendars.occurrences import Cursor, TimelineEntry
from config.problems import DomainError, Kind

PAGE_SIZE = 500
Read = Callable[[Cursor | None, int], list[TimelineEntry]]


def linked_page(request: Request, token: str | None, read: Read) -> dict[str, Any]:
    """{results, next, previous}: one entry more is read, to know whether one follows."""
    cursor = parse_cursor(token) if token else None
    entries = read(cursor, PAGE_SIZE + 1)
    more = len(entries) > PAGE_SIZE
    backwards = cursor is not None and cursor.backwards
    entries = entries[-PAGE_SIZE:] if backwards else entries[:PAGE_SIZE]
    after = (backwards or more) and entries
    before = ((cursor is not None and not backwards) or (backwards and more)) and entries
    return {
        "results": entries,
        "next": _link(request, entries[-1], backwards=False) if after else None,
        "previous": _link(request, entries[0], backwards=True) if before else None,
    }


def parse_cursor(token: str) -> Cursor:
    try:
        start, event, original, backwards = json.loads(base64.urlsafe_b64decode(token))
        return Cursor(
            datetime.fromisoformat(start),
            UUID(event),
            datetime.fromisoformat(original),
            backwards is True,
        )
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise DomainError(
            Kind.UNREADABLE, "cursor-not-valid", "Follow the links of a list as they are."
        ) from None


def _link(request: Request, entry: TimelineEntry, *, backwards: bool) -> str:
    key = [
        entry.start_at.isoformat(),
        str(entry.event_id),
        entry.original_start_at.isoformat(),
        backwards,
    ]
    token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    return replace_query_param(request.build_absolute_uri(), "cursor", token)
