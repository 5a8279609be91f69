"""When an occurrence reminds: pure functions of the event, its calendar and its owner's choices.

Timed events count back from the start. All-day events have no instant of their own: their
reminders count back from midnight in the person's zone, or are due at the person's hour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from calendars.models import Reminder
from calendars.reminders.defaults import DAY_MINUTES, EMAIL, CalendarReminders, Lead, leads_of

GRACE = timedelta(minutes=15)
Method = Reminder.Method


class Happening(NamedTuple):
    """An occurrence with what decides when it reminds. `series_id` is the event's own if it doesn't
    repeat."""

    event_id: UUID
    series_id: UUID
    calendar_id: UUID
    original_start_at: datetime
    start_at: datetime
    all_day: bool
    reminders: Mapping[str, Any]
    changed_at: datetime


class Planned(NamedTuple):
    """A reminder as it should be: the columns of its row, and since when it can be known."""

    id: UUID
    event_id: UUID
    original_start_at: datetime
    start_at: datetime
    all_day: bool
    method: str
    minutes: int
    due_at: datetime
    expires_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Ways:
    """How a person is reminded. `zone` and `all_day_at` are for events without an instant."""

    mail: bool
    popup: bool
    push: bool
    zone: ZoneInfo
    all_day_at: time

    def methods(self, lead: Lead, *, with_mail: bool) -> Sequence[str]:
        if lead.method == EMAIL:
            return (Method.MAIL,) if self.mail and with_mail else ()
        wanted = ((Method.POPUP, self.popup), (Method.PUSH, self.push))
        return tuple(method for method, is_wanted in wanted if is_wanted)


def plan(happening: Happening, defaults: CalendarReminders, ways: Ways) -> Iterator[Planned]:
    """Yield the reminders of one occurrence, whenever they are due."""
    for lead, minutes, due_at in _moments(happening, defaults, ways):
        expires_at = _expires_at(happening, due_at, ways)
        for method in ways.methods(lead, with_mail=defaults.mail):
            yield Planned(
                reminder_id(happening, method, minutes),
                happening.event_id,
                happening.original_start_at,
                happening.start_at,
                happening.all_day,
                method,
                minutes,
                due_at,
                expires_at,
                happening.changed_at,
            )


def _moments(
    happening: Happening, defaults: CalendarReminders, ways: Ways
) -> Iterator[tuple[Lead, int, datetime]]:
    own = happening.reminders
    # Without either member the source said nothing of reminders: an invitation by a file, say.
    uses_default = own.get("useDefault") is True or "overrides" not in own
    if not happening.all_day:
        leads = defaults.timed if uses_default else leads_of(own["overrides"], "minutes")
        for lead in leads:
            yield lead, lead.before, happening.start_at - timedelta(minutes=lead.before)
        return
    on = happening.start_at.astimezone(UTC).date()
    if not uses_default:
        midnight = local(on, time.min, ways.zone)
        for lead in leads_of(own["overrides"], "minutes"):
            yield lead, lead.before, midnight - timedelta(minutes=lead.before)
        return
    for lead in defaults.all_day:
        due_on = on - timedelta(days=lead.before)
        yield lead, lead.before * DAY_MINUTES, local(due_on, ways.all_day_at, ways.zone)


def _expires_at(happening: Happening, due_at: datetime, ways: Ways) -> datetime:
    """An all-day event reminds until its first day is over."""
    if happening.all_day:
        on = happening.start_at.astimezone(UTC).date() + timedelta(days=1)
        return max(local(on, time.min, ways.zone), due_at + GRACE)
    return max(happening.start_at, due_at) + GRACE


def local(on: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant. An hour that the clocks skip is the one after; of two the first."""
    return datetime.combine(on, at, zone).astimezone(UTC)


def reminder_id(happening: Happening, method: str, minutes: int) -> UUID:
    """A version 8 UUID of what makes a reminder the same one; see `Reminder`."""
    parts = (
        happening.series_id.hex,
        happening.original_start_at.astimezone(UTC).isoformat(),
        happening.start_at.astimezone(UTC).isoformat(),
        method,
        str(minutes),
    )
    digest = hashlib.blake2b("|".join(parts).encode(), digest_size=16).digest()
    number = int.from_bytes(digest) & ~(0xF << 76 | 0x3 << 62) | (8 << 76 | 2 << 62)
    return UUID(int=number)
