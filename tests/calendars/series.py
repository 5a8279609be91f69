"""A recurring event of which only the times matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Series:
    """What calendars.rfc5545.recurrence expands, without an event around it."""

    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    recurrence: Sequence[str]
    zone_definition: str = ""
