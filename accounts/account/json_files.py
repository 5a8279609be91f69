"""JSON for the export, written piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone


def json_object(value: dict[str, Any]) -> Iterator[bytes]:
    yield _encode(value) + b"\n"


def json_list(values: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One array, each item on lines of its own, however many there are."""
    separator = b"[\n"
    for value in values:
        yield separator + _encode(value)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def _encode(value: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(_by_local_clock(value)), indent=2)


def _by_local_clock(value: Any) -> Any:
    """Instants with the offset of the zone that is active: a person reads these files too.

    Those of an all-day event are midnight UTC and name dates, which no zone shifts.
    """
    if isinstance(value, datetime):
        return timezone.localtime(value)
    if isinstance(value, list):
        return [_by_local_clock(item) for item in value]
    if isinstance(value, dict) and not value.get("all_day"):
        return {name: _by_local_clock(item) for name, item in value.items()}
    return value
