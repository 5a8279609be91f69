"""The rolling horizon: the window in which a calendar keeps the instances of its series.

Each calendar says what it keeps, so that a reader knows where to expand by himself, also when
the daily task was late. Single events and exceptions are kept wherever they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calendars.models import Calendar


@dataclass(frozen=True, slots=True)
class Horizon:
    """What touches [after, before) is kept."""

    after: datetime
    before: datetime

    @classmethod
    def of(cls, calendar: Calendar) -> Horizon:
        return cls(calendar.expanded_from, calendar.expanded_until)

    @classmethod
    def locked(cls, calendar: Calendar) -> Horizon:
        """As it stands, and it stands until the caller's transaction ends."""
        kept = Calendar.objects.select_for_update(no_key=True).only(
            "expanded_from", "expanded_until"
        )
        return cls.of(kept.get(pk=calendar.pk))

    def holds(self, start_at: datetime, end_at: datetime) -> bool:
        """As calendars.recurrence.expand has it: what has no length touches where it stands."""
        return (start_at < self.before and end_at > self.after) or start_at == self.after

    def gaps(self, start_at: datetime, end_at: datetime) -> list[Horizon]:
        """The parts of [start_at, end_at) outside: before it, after it, or both."""
        early = Horizon(start_at, min(end_at, self.after))
        late = Horizon(max(start_at, self.before), end_at)
        return [gap for gap in (early, late) if gap.after < gap.before]
