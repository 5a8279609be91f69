"""What a calendar holds at Google and here, as the ledger compares it: fields by event id."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from calendars.events.merging import TIMES, as_json, row_of
from calendars.events.rows import Deletion, EventRow
from calendars.google.resources import event_resource
from calendars.google.wire import event_row
from calendars.models import Event, PendingChange
from sandbox.control import Control
from tests.calendars.converging.ledger import CANCELLED, LIFE, LIVE, State

TEXTS = ("summary", "location", "description", "transparency")
ADA, ZONE = "ada@sandbox.example", "Europe/Berlin"


def here() -> State:
    events = Event.objects.filter(calendar__remote_id=ADA)
    return {event.remote_id: fields_of(row_of(event)) for event in events}


def there(google: Control) -> State:
    truth = google.truth(ADA)
    rows = [_row(body) for body in truth["events"] + truth["cancelled_instances"]]
    return {row.remote_id: fields_of(row) for row in rows if isinstance(row, EventRow)}


def fields_of(row: EventRow) -> dict[str, Any]:
    if row.status == Event.Status.CANCELLED:
        return {LIFE: CANCELLED}
    return _fields(as_json(row))


def _fields(version: dict[str, Any]) -> dict[str, Any]:
    times = {name: version[name] for name in TIMES if name in version}
    return {
        LIFE: LIVE,
        "times": json.dumps(times, sort_keys=True) if times else None,
        **{name: version[name] for name in TEXTS if name in version},
    }


def sides_of_conflict(pending: PendingChange) -> list[dict[str, Any]]:
    """What a conflict names: each side's fields; a side that deleted the event has only that."""
    base = pending.base or {}
    mine = {**base, **pending.mine}
    sides = []
    for version, is_deleted in (
        (mine, pending.kind == PendingChange.Kind.DELETE),
        (pending.theirs or {}, pending.theirs_deleted),
    ):
        sides.append({LIFE: "gone"} if is_deleted else _fields(version))
    return sides


def _row(body: dict[str, Any]) -> EventRow | Deletion:
    return event_row(event_resource(msgspec.Raw(json.dumps(body).encode())), ZONE)
