"""The clock of a series: its local times, and how dates and times are written for it.

UNTIL is in UTC for times and a date for dates (RFC 5545 section 3.3.10); RDATE and EXDATE have the
value type and the zone of DTSTART. A zone that only its file defines has no name that can be
written into a line; UTC is written then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from calendars.rfc5545.recurrence.expansion import Series
from calendars.rfc5545.recurrence.rules import Moment
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.rfc5545.time_zones.names import to_utc

END_OF_DAY = time(23, 59, 59)
_UTC = ZoneInfo("UTC")
_PART = re.compile(r"\s*([A-Z-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Clock:
    """Local times are naive; those of an all-day series are midnights."""

    all_day: bool
    zone: ZoneInfo
    tzid: str = ""

    @classmethod
    def of(cls, series: Series) -> Clock:
        """Raises InvalidRecurrence if the zone is unknown."""
        if series.all_day:
            return cls(True, _UTC)
        zone = event_zone(series.time_zone, series.zone_definition)
        has_name = not series.zone_definition and zone.key != "UTC"
        return cls(False, zone, zone.key if has_name else "")

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)

    def instant(self, local: datetime) -> datetime:
        if self.all_day:
            return datetime.combine(local.date(), time(), UTC)
        return to_utc(local, self.zone)

    def line(self, name: str, at: datetime) -> str:
        """Write RDATE or EXDATE with one value."""
        if self.all_day:
            return f"{name};VALUE=DATE:{self.local(at):%Y%m%d}"
        local = self.local(at)
        if not self.tzid or self.instant(local) != at:  # the second of two equal hours
            return f"{name}:{_utc_text(at)}"
        return f"{name};TZID={self.tzid}:{local:%Y%m%dT%H%M%S}"

    def local_until(self, until: Moment) -> datetime:
        """Return the last local time that UNTIL admits; a date admits its whole day."""
        if self.all_day or until.form == "date":
            return datetime.combine(until.at.date(), END_OF_DAY)
        return self.local(until.at.replace(tzinfo=UTC)) if until.form == "utc" else until.at

    def until(self, local: datetime) -> str:
        """Write UNTIL so that it admits this local time as the last."""
        return f"{local:%Y%m%d}" if self.all_day else _utc_text(self.instant(local))


def with_parts(rule: str, **parts: str | None) -> str:
    """Replace parts of the value of an RRULE; None removes one. The others stay as they are."""
    kept, given = [], dict(parts)
    for part in filter(None, rule.strip().split(";")):
        found = _PART.match(part.upper())
        name = found[1] if found else ""
        if name not in parts:
            kept.append(part)
        elif (value := given.pop(name, None)) is not None:
            kept.append(f"{name}={value}")
    return ";".join([*kept, *(f"{name}={value}" for name, value in given.items() if value)])


def grouped(lines: Iterable[str]) -> list[str]:
    """Join the values of lines with the same name and parameters, in order of appearance."""
    values: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        values.setdefault(name, []).append(value)
    return [f"{name}:{','.join(found)}" for name, found in values.items()]


def _utc_text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
