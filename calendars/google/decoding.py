"""JSON from Google into values that can be stored.

PostgreSQL keeps neither NUL nor lone surrogates, and JSON can carry both as escapes (RFC 8259
section 8.2). They are taken out here, so that no text has to be looked at again later.

Python's and msgspec's decoders give up some hundred levels down, and so would whatever reads a
stored value later, somewhere below other calls.
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

# Years that every zone and every offset can show.
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
MOST_LEVELS = 400  # decoders, Python's own among them, give up at about a thousand

# A whole text, or one bracket outside of texts.
_STRUCTURE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_OPENING = b"[{"

# How msgspec refuses; what is nested more deeply than it follows is JSON all the same.
NOT_STRICTLY_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ESCAPED_NUL = b"\\u0000"
_LARGEST_NUMBER = 2**63
_LARGEST_FLOAT = 2**1023
_MOST_DIGITS = 400
_MAX_DEPTH = 64


def whole_number(text: str, *, most: int) -> int | None:
    """An unsigned decimal of ASCII digits. None where it is no such number, or more than `most`."""
    if not (0 < len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdecimal()):
        return None
    number = int(text)
    return number if number <= most else None


def http_date(text: str) -> datetime | None:
    """A date in any of the three forms of RFC 9110 section 5.6.7, in UTC; None where it is none.

    A zone other than GMT is against the RFC; those that mean the same are read all the same.
    """
    if len(text) > _LONGEST_DATE:
        return None
    seconds = parse_http_date_safe(_SAME_AS_GMT.sub("GMT", text.strip()))
    return None if seconds is None else _moment(seconds)


def epoch_milliseconds(value: Any) -> datetime | None:
    """A moment that JSON tells as milliseconds since 1970, in digits or as a number."""
    number = whole_number(str(value), most=10**15) if _is_short(value) else None
    return None if number is None else _moment(number / 1000)


def seconds_between(value: Any, *, least: float, most: float) -> float | None:
    """A length of time in seconds, as a number or its digits, brought within the bounds.

    None where it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        value = whole_number(value.strip(), most=10**_LONGEST_NUMBER)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(min(max(value, least), most))


def is_in_range(moment: datetime) -> bool:
    """Whether an aware moment can be shown in any zone."""
    return EARLIEST <= moment < LATEST


def _is_short(value: Any) -> bool:
    """A number of thousands of digits is not even turned into text."""
    return isinstance(value, str) or (isinstance(value, int) and abs(value) < 10**_LONGEST_NUMBER)


def _moment(seconds: float) -> datetime | None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment if is_in_range(moment) else None


def is_too_deep(content: bytes) -> bool:
    """Counts the brackets first: nearly nothing has as many as could be too deep."""
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
    """The same with `put(value)` in place of each object and list below so many levels.

    Raises ValueError where the brackets do not match.
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
