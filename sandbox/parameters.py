"""Parsing of parameters and bodies: flags, numbers, times; errors as Google words them."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.errors import GoogleError
from sandbox.times import parse_moment, zone_named
from sandbox.wire import Call, Json

_FLAGS = {"true": True, "false": False, "1": True, "0": False}


def read_json(call: Call) -> Json:
    """Return the body as a JSON object; 400 parseError for anything else."""
    if not call.body:
        return {}
    try:
        body = json.loads(call.body)
    except ValueError:
        raise GoogleError("parseError") from None
    if not isinstance(body, dict):
        raise GoogleError("parseError")
    return body


def read_flag(call: Call, name: str) -> bool | None:
    """Return a boolean parameter, or None if it wasn't sent."""
    text = call.query.get(name)
    if text is None:
        return None
    if text.lower() not in _FLAGS:
        raise _invalid(name, text, "boolean")
    return _FLAGS[text.lower()]


def read_size(call: Call, *, default: int, cap: int) -> int:
    """Return `maxResults`: silently limited, refused below one."""
    text = call.query.get("maxResults")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise _invalid("maxResults", text, "integer")
    return min(int(text), cap)


def read_number(call: Call, name: str) -> int | None:
    """Return a positive whole number, or None if it wasn't sent."""
    text = call.query.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise _invalid(name, text, "integer")
    return int(text)


def read_moment(call: Call, name: str) -> datetime | None:
    """Return an RFC 3339 timestamp, whose offset is required."""
    text = call.query.get(name)
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError:
        raise GoogleError("badRequest", location=name) from None


def read_zone(call: Call) -> ZoneInfo | None:
    """Return the zone that `timeZone` selects for the times in the response."""
    name = call.query.get("timeZone")
    if name is None:
        return None
    zone = zone_named(name)
    if zone is None:
        raise GoogleError("invalid", "Invalid time zone.", location="timeZone")
    return zone


def _invalid(name: str, text: str, kind: str) -> GoogleError:
    return GoogleError("invalidParameter", f"Invalid {kind} value: '{text[:40]}'.", location=name)
