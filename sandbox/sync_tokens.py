"""Sync tokens: a position in a journal and the query that it belongs to, opaque to clients."""

from __future__ import annotations

import base64
import json
from typing import Any

from sandbox.errors import GoogleError
from sandbox.journal import Journal
from sandbox.wire import Json, encode


def write_token(resource: str, journal: Journal[Any], shape: Json) -> str:
    """Return a token for the current state of the journal."""
    content = {"r": resource, "e": journal.epoch, "v": journal.version, "q": shape}
    return base64.urlsafe_b64encode(encode(content)).decode()


def read_token(text: str, resource: str, journal: Journal[Any]) -> tuple[int, Json]:
    """Return the version and the query's shape; 410 for an unknown, foreign or expired token."""
    try:
        content = json.loads(base64.urlsafe_b64decode(text))
        known = (content["r"], content["e"]) == (resource, journal.epoch)
        version, shape = int(content["v"]), content["q"]
    except (ValueError, KeyError, TypeError):
        raise GoogleError("fullSyncRequired") from None
    if not known or version > journal.version or not isinstance(shape, dict):
        raise GoogleError("fullSyncRequired")
    return version, shape
