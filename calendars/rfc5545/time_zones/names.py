"""Find time zones by the names that calendars use, and convert local time to UTC.

All results are IANA names. Microsoft's names come from Unicode CLDR's windowsZones table, which the
icalendar package maintains.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

# "GMT+02:00", "UTC-3", "GMT+0530", "+01:00": an offset without a place.
_OFFSET = re.compile(r"(?:GMT|UTC|Z)?\s?([+-])(\d{1,2})(?:[:.]?(\d{2}))?")
# "(UTC+01:00) Amsterdam, Berlin, Bern", the display name of a Windows zone.
_DISPLAY_NAME = re.compile(r"(?:\((?:GMT|UTC)[^)]*\)\s*)?(.+)")
# Windows display names without an IANA city, without the part in brackets.
# https://learn.microsoft.com/windows-hardware/manufacture/desktop/default-time-zones
_DISPLAYED = {
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "atlantic time": "America/Halifax",
    "newfoundland": "America/St_Johns",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "arizona": "America/Phoenix",
    "indiana": "America/Indiana/Indianapolis",
    "saskatchewan": "America/Regina",
    "baja california": "America/Tijuana",
    "central america": "America/Guatemala",
    "yukon": "America/Whitehorse",
    "greenland": "America/Nuuk",
    "greenwich mean time": "Europe/London",
    "coordinated universal time": "UTC",
    "universal coordinated time": "UTC",
    "azores": "Atlantic/Azores",
    "cabo verde is.": "Atlantic/Cape_Verde",
    "cape verde is.": "Atlantic/Cape_Verde",
    "west central africa": "Africa/Lagos",
    "abu dhabi": "Asia/Dubai",
    "islamabad": "Asia/Karachi",
    "chennai": "Asia/Kolkata",
    "sri jayawardenepura": "Asia/Colombo",
    "astana": "Asia/Almaty",
    "bangkok": "Asia/Bangkok",
    "beijing": "Asia/Shanghai",
    "osaka": "Asia/Tokyo",
    "canberra": "Australia/Sydney",
    "solomon is.": "Pacific/Guadalcanal",
    "wellington": "Pacific/Auckland",
    "marshall is.": "Pacific/Majuro",
    "midway island": "Pacific/Pago_Pago",
    "fiji": "Pacific/Fiji",
    "nuku'alofa": "Pacific/Tongatapu",
    "bern": "Europe/Zurich",
    "caucasus standard time": "Asia/Yerevan",
    "central european time": "Europe/Berlin",
    "central european summer time": "Europe/Berlin",
    "eastern european time": "Europe/Helsinki",
    "western european time": "Europe/Lisbon",
}
_MAX_NAME_LENGTH = 255
_NO_OFFSET = timedelta(0)


class UnknownTimeZone(ValueError):
    """No IANA zone has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name[:80]}” isn't a known time zone. Use a name such as Europe/Berlin."
        )
        self.name = name


@lru_cache(maxsize=1024)
def find_time_zone(name: str) -> ZoneInfo:
    """Return the zone that `name` refers to: an IANA name in any case (khal writes Europe_Berlin),
    a Windows name or display name, an offset of whole hours, or a name with a vendor's prefix
    (`/mozilla.org/20050126_1/Europe/Berlin`). Raises UnknownTimeZone."""
    text = name.strip().strip('"')[:_MAX_NAME_LENGTH]
    key = (
        _iana_names().get(text.casefold())
        or _windows_names().get(text.casefold())
        or _name_of_offset(text)
        or _name_after_prefix(text)
        or _name_with_underscores(text)
        or _name_of_cities(text)
    )
    if key is None:
        raise UnknownTimeZone(name)
    return ZoneInfo(key)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Convert a naive local time of `zone` to UTC. Of an ambiguous time, the first is used; a time
    in a gap is read with the offset before the gap (RFC 5545 section 3.3.5), as PEP 495 does with
    fold=0."""
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
    """Return zones by city, such as Europe/Berlin by "berlin", without old aliases that aren't
    places."""
    places = [name for name in available_timezones() if "/" in name and name[:4] != "Etc/"]
    # "Central" and "Eastern" aren't cities: US/Central and Canada/Eastern are above.
    places = [name for name in places if name.split("/")[0] not in ("US", "Canada", "SystemV")]
    return {name.rsplit("/", 1)[1].replace("_", " ").casefold(): name for name in sorted(places)}


@lru_cache(maxsize=1)
def _underscored_names() -> dict[str, str]:
    names = sorted(name for name in available_timezones() if "/" in name)
    return {name.replace("/", "_").casefold(): name for name in names}


def offset_named(name: str) -> timedelta | None:
    """Return the offset of a name such as "GMT+05:30"; None for any other name."""
    match = _OFFSET.fullmatch(name.strip().strip('"').upper())
    if match is None or int(match[2]) > 14 or int(match[3] or 0) > 59:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return -offset if match[1] == "-" else offset


def _name_of_offset(text: str) -> str | None:
    offset = offset_named(text)
    if offset is None or offset % timedelta(hours=1):
        return None
    # POSIX signs: Etc/GMT-2 is two hours east of Greenwich.
    hours = offset // timedelta(hours=1)
    return _iana_names().get(f"etc/gmt{-hours:+}") if hours else "UTC"


def _name_after_prefix(text: str) -> str | None:
    parts = text.strip("/").split("/")
    tails = ("/".join(parts[first:]).casefold() for first in range(len(parts)))
    return next((_iana_names()[tail] for tail in tails if tail in _iana_names()), None)


def _name_with_underscores(text: str) -> str | None:
    return _underscored_names().get(re.sub(r"[\s_/]+", "_", text).casefold())


def _name_of_cities(text: str) -> str | None:
    match = _DISPLAY_NAME.fullmatch(text)
    shown = re.sub(r"\s*\(.*", "", match[1]).casefold() if match else ""
    places = [place.strip() for place in re.split(r"[,:;]", shown) if place.strip()]
    known = (_cities().get(place) or _DISPLAYED.get(place) for place in places)
    return next((name for name in known if name), None)
