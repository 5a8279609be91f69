"""Partial responses by the `fields` parameter: `a,b(c,d),e/f,*`."""

from __future__ import annotations

import re
from typing import Any

from sandbox.errors import GoogleError
from sandbox.wire import Json

_PIECE = re.compile(r"[(),/]|[^(),/]+")
Mask = dict[str, Any]


def project(content: Json, fields: str) -> Json:
    """Return the members that `fields` selects; 400 if it is malformed."""
    pieces = _PIECE.findall(fields)
    mask = _read_list(pieces)
    if pieces or not mask:
        raise GoogleError("invalidParameter", "Invalid field selection", location="fields")
    projected: Json = _apply(content, mask)
    return projected


def _read_list(pieces: list[str]) -> Mask:
    mask: Mask = {}
    while pieces and pieces[0] not in "(),/":
        name = pieces.pop(0).strip()
        mask[name] = _read_below(pieces)
        if not pieces or pieces[0] != ",":
            break
        pieces.pop(0)
    return mask


def _read_below(pieces: list[str]) -> Mask:
    if pieces and pieces[0] == "/":
        pieces.pop(0)
        name = pieces.pop(0).strip() if pieces else ""
        return {name: _read_below(pieces)}
    if pieces and pieces[0] == "(":
        pieces.pop(0)
        below = _read_list(pieces)
        if not pieces or pieces.pop(0) != ")":
            raise GoogleError("invalidParameter", "Invalid field selection", location="fields")
        return below
    return {}


def _apply(content: Any, mask: Mask) -> Any:
    if not mask:
        return content
    if isinstance(content, list):
        return [_apply(item, mask) for item in content]
    if not isinstance(content, dict):
        return content
    if "*" in mask:
        return {name: _apply(value, mask["*"]) for name, value in content.items()}
    return {name: _apply(content[name], mask[name]) for name in content if name in mask}
