"""What a calendar holds at Google and here, as the ledger compares it: fields by event id."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from calendars.events.merging import TIMES, as_json, row_of
from calendars.events.rows import Deletion, EventRow
from calendars.google.resources import event_resource
from calendars.google.wire import event_row
from calendars.models import Event, PendingChange
from calendars.rfc5545.recurrence import expand
from sandbox.control import Control
from tests.calendars.converging.ledger import CANCELLED, LIFE, LIVE, State

Rows = dict[str, EventRow]
TEXTS = ("summary", "location", "description", "transparency")
ADA, ZONE = "ada@sandbox.example", "Europe/Berlin"


def here() -> Rows:
    events = Event.objects.filter(calendar__remote_id=ADA)
    return {event.remote_id: row_of(event) for event in events}


def there(google: Control) -> Rows:
    truth = google.truth(ADA)
    rows = [_row(body) for body in truth["events"] + truth["cancelled_instances"]]
    return {row.remote_id: row for row in rows if isinstance(row, EventRow)}


def state_of(rows: Rows, known: Iterable[str] = ()) -> State:
    """The fields of each event. An instance that is `known` as an exception of the other side, or
    of another time, is as its series implies it where it's no exception."""
    implied = {name: row for name in known if name not in rows and (row := _implied(rows, name))}
    return {remote_id: fields_of(row) for remote_id, row in (implied | rows).items()}


def _implied(rows: Rows, remote_id: str) -> EventRow | None:
    series_id, _, original = remote_id.partition("_")
    series = rows.get(series_id)
    if series is None or not original or series.status == Event.Status.CANCELLED:
        return None
    form = "%Y%m%d" if len(original) == len("20261231") else "%Y%m%dT%H%M%SZ"
    at = datetime.strptime(original, form).replace(tzinfo=UTC)
    found = expand(series, after=at, before=at + timedelta(seconds=1)) if series.recurrence else []
    instance = next((one for one in found if one.original_start_at == at), None)
    if instance is None:
        return None
    return series._replace(start_at=instance.start_at, end_at=instance.end_at, recurrence=[])


def fields_of(row: EventRow) -> dict[str, Any]:
    return _fields(as_json(row))


def _fields(version: dict[str, Any]) -> dict[str, Any]:
    if version.get("status") == Event.Status.CANCELLED:
        return {LIFE: CANCELLED}
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
