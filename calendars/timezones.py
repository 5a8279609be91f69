"""Time zones by the names that calendars call them, and local time into UTC.

IANA names are the only ones that leave this module. Microsoft's come from Unicode CLDR's
windowsZones table, which the icalendar package carries and keeps.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

# "GMT+02:00", "UTC-3", "GMT+0530", as Google and Java write an offset without a place.
_OFFSET = re.compile(r"(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d{2}))?")
# "(UTC+01:00) Amsterdam, Berlin, Bern", the display name of a Windows zone.
_DISPLAY_NAME = re.compile(r"\((?:GMT|UTC)[^)]*\)\s*(.+)")
_MAX_NAME_LENGTH = 255
_NO_OFFSET = timedelta(0)


class UnknownTimeZone(ValueError):
    """No IANA zone goes by this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name[:80]}” is no known time zone; one is Europe/Berlin.")
        self.name = name


@lru_cache(maxsize=1024)
def find_time_zone(name: str) -> ZoneInfo:
    """The zone that `name` stands for: an IANA name in any case, a Windows name, an offset of
    whole hours, or a name with a vendor's prefix (`/mozilla.org/20050126_1/Europe/Berlin`).
    Raises UnknownTimeZone."""
    text = name.strip().strip('"')[:_MAX_NAME_LENGTH]
    key = (
        _iana_names().get(text.casefold())
        or _windows_names().get(text.casefold())
        or _name_of_offset(text)
        or _name_after_prefix(text)
        or _name_of_cities(text)
    )
    if key is None:
        raise UnknownTimeZone(name)
    return ZoneInfo(key)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """A naive wall-clock time of `zone` in UTC. Of a time that occurs twice, the first; a time
    that does not occur is read with the offset before the gap (RFC 5545 section 3.3.5), which
    is what PEP 495 gives for fold=0."""
    return (local - (zone.utcoffset(local) or _NO_OFFSET)).replace(tzinfo=UTC)


@lru_cache(maxsize=1)
def _iana_names() -> dict[str, str]:
    names = {name.casefold(): name for name in available_timezones()}
    return names | {"z": "UTC", "gmt": "UTC", "etc/utc": "UTC", "etc/gmt": "UTC"}


@lru_cache(maxsize=1)
def _windows_names() -> dict[str, str]:
    return {windows.casefold(): iana for windows, iana in WINDOWS_TO_OLSON.items()}


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """Europe/Berlin by "berlin". The old aliases without a place are left out."""
    places = [name for name in available_timezones() if "/" in name and name[:4] != "Etc/"]
    return {name.rsplit("/", 1)[1].replace("_", " ").casefold(): name for name in sorted(places)}


def _name_of_offset(text: str) -> str | None:
    match = _OFFSET.fullmatch(text.upper())
    if match is None or match[3] not in (None, "00"):
        return None
    # POSIX signs: Etc/GMT-2 lies two hours east of Greenwich.
    sign = "-" if match[1] == "+" else "+"
    return _iana_names().get(f"etc/gmt{sign}{int(match[2])}") if int(match[2]) else "UTC"


def _name_after_prefix(text: str) -> str | None:
    parts = text.strip("/").split("/")
    tails = ("/".join(parts[first:]).casefold() for first in range(1, len(parts)))
    return next((_iana_names()[tail] for tail in tails if tail in _iana_names()), None)


def _name_of_cities(text: str) -> str | None:
    match = _DISPLAY_NAME.fullmatch(text)
    cities = match[1].split(",") if match else []
    known = (_cities().get(city.strip().casefold()) for city in cities)
    return next((name for name in known if name), None)
