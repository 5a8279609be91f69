"""JSON for the export, written piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec


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
    return msgspec.json.format(msgspec.json.encode(value), indent=2)
