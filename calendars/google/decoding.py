"""JSON from Google into values that can be stored.

PostgreSQL stores neither NUL nor lone surrogates, which JSON can contain as escapes (RFC 8259
section 8.2). They are removed here, once for all texts.

Python's and msgspec's decoders fail at some hundred levels of nesting, and so would code that
reads a stored value later.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.utils.http import parse_http_date_safe

_LONGEST_DATE = 40  # the longest form has 33 characters
_LONGEST_NUMBER = 19  # digits of 2**63 - 1
_SAME_AS_GMT = re.compile(r"(?:[+-]0000|UTC|Z)\Z")

# Years that every time zone and offset can represent.
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
MOST_LEVELS = 400  # decoders, including Python's, fail at about a thousand

# A whole string, or one bracket outside of strings.
_STRUCTURE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_OPENING = b"[{"

# msgspec's errors; it also refuses valid JSON that is nested too deeply.
NOT_STRICTLY_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ESCAPED_NUL = b"\\u0000"
_LARGEST_NUMBER = 2**63
_LARGEST_FLOAT = 2**1023
_MOST_DIGITS = 400
_MAX_DEPTH = 64


def whole_number(text: str, *, most: int) -> int | None:
    """Parse an unsigned decimal of ASCII digits. Returns None for anything else, or above
    `most`."""
    if not (0 < len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdecimal()):
        return None
    number = int(text)
    return number if number <= most else None


def http_date(text: str) -> datetime | None:
    """Parse a date in any form of RFC 9110 section 5.6.7, in UTC. Returns None for anything
    else.

    Zones other than GMT violate the RFC; those with the same meaning are accepted.
    """
    if len(text) > _LONGEST_DATE:
        return None
    seconds = parse_http_date_safe(_SAME_AS_GMT.sub("GMT", text.strip()))
    return None if seconds is None else _moment(seconds)


def epoch_milliseconds(value: Any) -> datetime | None:
    """Parse milliseconds since 1970, given as digits or as a number."""
    number = whole_number(str(value), most=10**15) if _is_short(value) else None
    return None if number is None else _moment(number / 1000)


def seconds_between(value: Any, *, least: float, most: float) -> float | None:
    """Parse a number of seconds, given as a number or as digits, and clamp it to the bounds.

    Returns None if it isn't a number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        value = whole_number(value.strip(), most=10**_LONGEST_NUMBER)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(min(max(value, least), most))


def is_in_range(moment: datetime) -> bool:
    """Whether an aware datetime can be represented in every time zone."""
    return EARLIEST <= moment < LATEST


def _is_short(value: Any) -> bool:
    """Whether the number is short enough to be converted to text."""
    return isinstance(value, str) or (isinstance(value, int) and abs(value) < 10**_LONGEST_NUMBER)


def _moment(seconds: float) -> datetime | None:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:  # after the year 9999
        return None
    return moment if is_in_range(moment) else None


def is_too_deep(content: bytes) -> bool:
    """Whether JSON is nested too deeply. Brackets are counted first, which settles almost every
    case."""
    if content.count(b"{") + content.count(b"[") <= MOST_LEVELS:
        return False
    level = 0
    for found in _STRUCTURE.finditer(content):
        sign = found[0]
        if len(sign) == 1:
            level += 1 if sign in _OPENING else -1
            if level > MOST_LEVELS:
                return True
    return False


def cut_below(content: bytes, levels: int, put: Callable[[bytes], bytes]) -> bytes:
    """Replace each object and list below a depth by `put(value)`.

    Raises ValueError if the brackets don't match.
    """
    kept: list[bytes] = []
    level = copied = begun = 0
    for found in _STRUCTURE.finditer(content):
        sign = found[0]
        if len(sign) > 1:
            continue
        if sign in _OPENING:
            if level == levels:
                kept.append(content[copied : found.start()])
                begun = found.start()
            level += 1
            continue
        level -= 1
        if level < 0:
            raise ValueError("a bracket too many")
        if level == levels:
            copied = found.end()
            kept.append(put(content[begun:copied]))
    if level:
        raise ValueError("a bracket too few")
    return b"".join([*kept, content[copied:]])


def decode_json(content: bytes) -> Any:
    """Decode JSON. Raises ValueError.

    msgspec is several times as fast as json, and refuses lone surrogates and NaN.
    """
    try:
        body = msgspec.json.decode(content)
    except NOT_STRICTLY_JSON:
        return storable(_decode_leniently(content))
    return body if is_storable(content) else storable(body)


def is_storable(content: bytes) -> bool:
    """Whether a value decoded by msgspec can be stored; it accepts the escape of NUL."""
    return _ESCAPED_NUL not in content


def _decode_leniently(content: bytes) -> Any:
    try:
        return json.loads(content, parse_int=_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _number(digits: str) -> int | float:
    """Return an integer, or the number as text if Python refuses to parse it."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def storable(value: Any, depth: int = 0) -> Any:
    """Return the value without NUL and lone surrogates."""
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
