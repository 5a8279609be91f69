"""What was sent lately, for the page of the settings and for the export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from calendars.models import Event, Reminder
from calendars.reminders.words import LATE

SHOWN = 30
COUNTED = timedelta(days=7)
State, Method = Reminder.State, Reminder.Method


@dataclass(frozen=True, slots=True)
class Line:
    """A reminder of the past days; `event` is None if it's gone."""

    row: Reminder
    event: Event | None

    @property
    def is_late(self) -> bool:
        return self.row.handed_at is not None and self.row.handed_at - self.row.due_at > LATE


@dataclass(frozen=True, slots=True)
class Log:
    """The last reminders, and how many of a week's were sent, repeated, missed or failed."""

    lines: list[Line]
    sent: int
    repeated: int
    missed: int
    failed: int


def log_of(owner_id: int) -> Log:
    now = timezone.now()
    mine = Reminder.objects.filter(owner_id=owner_id)
    past = mine.filter(due_at__lte=now).exclude(state=State.SCHEDULED)
    rows = list(past.order_by("-due_at", "pk")[:SHOWN])
    events = Event.objects.only("summary", "visibility").in_bulk([row.event_id for row in rows])
    counts = past.filter(due_at__gt=now - COUNTED).aggregate(
        sent=Count("pk", filter=Q(state__in=[State.SENT, State.HANDED, State.RINGING])),
        repeated=Count("pk", filter=Q(repeated__gt=0)),
        missed=Count("pk", filter=Q(state=State.MISSED)),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    return Log([Line(row, events.get(row.event_id)) for row in rows], **counts)
