"""JSON from Google into values that can be stored.

PostgreSQL keeps neither NUL nor lone surrogates, and JSON can carry both as escapes (RFC 8259
section 8.2). They are taken out here, so that no text has to be looked at again later.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

# How msgspec refuses; what is nested more deeply than it follows is JSON all the same.
NOT_STRICTLY_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ESCAPED_NUL = b"\\u0000"
_LARGEST_NUMBER = 2**63
_LARGEST_FLOAT = 2**1023
_MOST_DIGITS = 400
_MAX_DEPTH = 64


def decode_json(content: bytes) -> Any:
    """Raises ValueError where it is not JSON.

    msgspec is several times as fast as json, and refuses lone surrogates and numbers that are none.
    """
    try:
        body = msgspec.json.decode(content)
    except NOT_STRICTLY_JSON:
        return storable(_decode_leniently(content))
    return body if is_storable(content) else storable(body)


def is_storable(content: bytes) -> bool:
    """Of what msgspec decodes: it takes the escape of NUL."""
    return _ESCAPED_NUL not in content


def _decode_leniently(content: bytes) -> Any:
    try:
        return json.loads(content, parse_int=_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _number(digits: str) -> int | float:
    """Python refuses to read integers of more than some thousand digits."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def storable(value: Any, depth: int = 0) -> Any:
    """The same with what cannot be stored taken out of it."""
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode()
        case dict() if depth < _MAX_DEPTH:
            return {storable(key): storable(held, depth + 1) for key, held in value.items()}
        case list() if depth < _MAX_DEPTH:
            return [storable(held, depth + 1) for held in value]
        case dict() | list():
            return None
        case float() if not math.isfinite(value):
            return None
        case int() if abs(value) >= _LARGEST_NUMBER:
            return float(value) if abs(value) < _LARGEST_FLOAT else None
    return value
