"""Durations (RFC 5545 section 3.3.6): days and weeks are nominal, hours and less are exact."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.recurrence.rules import InvalidRecurrence
from calendars.timezones import to_utc

_DURATION = re.compile(
    r"([+-])?P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?"
)


class Duration(NamedTuple):
    """The days first, by the calendar; then the rest, by the clock."""

    days: int
    rest: timedelta

    @property
    def exact(self) -> timedelta:
        """With days of 24 hours."""
        return timedelta(days=self.days) + self.rest

    def end_of(self, start_at: datetime, zone: ZoneInfo) -> datetime:
        """In UTC what begins at `start_at` in that zone and lasts so long."""
        if not self.days:
            return start_at + self.rest
        local = start_at.astimezone(zone).replace(tzinfo=None) + timedelta(days=self.days)
        return (to_utc(local, zone) + self.rest).astimezone(UTC)


def parse_duration(text: str) -> Duration:
    """Reads `P1DT2H` in any case. Raises InvalidRecurrence."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None:
        raise InvalidRecurrence("duration_unreadable", f"“{text[:40]}” is not a duration.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    sign = -1 if match[1] == "-" else 1
    rest = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if abs(rest) + timedelta(days=7 * weeks + days) > timedelta(days=3_660_000):
        raise InvalidRecurrence("duration_unreadable", f"“{text[:40]}” is longer than any event.")
    return Duration(sign * (7 * weeks + days), sign * rest)
