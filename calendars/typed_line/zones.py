"""Zones that are named after a time: Tokyo time, PST, UTC, MEZ, Tokioter Zeit.

An abbreviation means the zone in which people use it. IST, BST in Asia and other abbreviations of
several countries are not read.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from calendars.typed_line.line import Found, Line

_PACIFIC, _MOUNTAIN = "America/Los_Angeles", "America/Denver"
_CENTRAL, _EASTERN = "America/Chicago", "America/New_York"
# Abbreviation -> zone, and the offset it says in minutes, if it says one.
_SHORT: dict[str, tuple[str, int | None]] = {
    "utc": ("UTC", None), "gmt": ("UTC", None),
    "pt": (_PACIFIC, None), "pst": (_PACIFIC, -480), "pdt": (_PACIFIC, -420),
    "mst": (_MOUNTAIN, -420), "mdt": (_MOUNTAIN, -360),
    "ct": (_CENTRAL, None), "cdt": (_CENTRAL, -300),
    "et": (_EASTERN, None), "est": (_EASTERN, -300), "edt": (_EASTERN, -240),
    "cet": ("Europe/Berlin", 60), "cest": ("Europe/Berlin", 120),
    "mez": ("Europe/Berlin", 60), "mesz": ("Europe/Berlin", 120),
    "jst": ("Asia/Tokyo", 540), "bst": ("Europe/London", 60),
}  # fmt: skip
_LOWER_CASE = frozenset(("utc", "gmt", "pst", "pdt", "est", "edt", "cest", "mez", "mesz"))
# What people call places whose zone has another name.
_PLACES = {
    "berliner": "Europe/Berlin", "londoner": "Europe/London", "tokioter": "Asia/Tokyo",
    "tokio": "Asia/Tokyo", "pariser": "Europe/Paris", "wiener": "Europe/Vienna",
    "zürcher": "Europe/Zurich", "new yorker": "America/New_York", "moskauer": "Europe/Moscow",
    "pacific": _PACIFIC, "eastern": _EASTERN, "central": _CENTRAL, "mountain": _MOUNTAIN,
    "mitteleuropäischer": "Europe/Berlin", "boston": _EASTERN, "san francisco": _PACIFIC,
    "seattle": _PACIFIC, "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata",
    "beijing": "Asia/Shanghai", "munich": "Europe/Berlin", "sydneyer": "Australia/Sydney",
}  # fmt: skip


class NamedZone(NamedTuple):
    """A zone of IANA's, and the offset in minutes that an abbreviation says."""

    name: str
    offset: int | None = None


def zone_at(line: Line, at: int) -> Found[NamedZone] | None:
    """Return the zone that stands right after a time."""
    if not (line.pieces and line.pieces[-1].end == at and line.pieces[-1].meaning == "time"):
        return None
    token = line.token(at)
    if token is None or token.kind != "word":
        return None
    if token.low in _SHORT and (token.text.isupper() or token.low in _LOWER_CASE):
        return Found(at + 1, NamedZone(*_SHORT[token.low]))
    for length in (2, 1):
        if line.low(at + length) in line.language.zone_words:
            name = " ".join(line.low(at + place) for place in range(length))
            zone = _PLACES.get(name) or _cities().get(name)
            if zone:
                return Found(at + length + 1, NamedZone(zone))
    return None


@cache
def _cities() -> dict[str, str]:
    """Return the zones of IANA by the name of their city."""
    regions = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Pacific/")
    named = (name for name in sorted(available_timezones()) if name.startswith(regions))
    return {name.rpartition("/")[2].replace("_", " ").casefold(): name for name in named}
