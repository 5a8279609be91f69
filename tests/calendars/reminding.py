"""Events that remind, their rows, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar, Event, Reminder, ReminderRoll
from profiles.services import change_profile
from tests.calendars.rows import make_event
from tests.product import (
    ring_on,
    roll_reminders,
    send_due_pushes,
    send_due_reminders,
    settle_reminders,
)
from tests.row_security.rows import number_changes

HOUR = timedelta(hours=1)


class Clock:
    """Django's clock, which every module of Daybook reads as `timezone.now()`."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go(self, **forward: float) -> datetime:
        self.now += timedelta(**forward)
        return self.now

    def at(self, text: str) -> datetime:
        self.now = datetime.fromisoformat(text).astimezone(UTC)
        return self.now


@contextmanager
def stopped_clock(monkeypatch: pytest.MonkeyPatch, text: str) -> Iterator[Clock]:
    clock = Clock(datetime.fromisoformat(text).astimezone(UTC))
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", clock)
        yield clock


def make_local(owner: User, name: str = "Private") -> Calendar:
    return Calendar.objects.create(owner=owner, name=name)


def remind(
    calendar: Calendar, start_at: datetime, *reminders: tuple[str, int], **fields: Any
) -> Event:
    """Create an event of an hour with its own reminders, or the default ones without any."""
    overrides = [{"method": method, "minutes": minutes} for method, minutes in reminders]
    own = {"useDefault": False, "overrides": overrides} if reminders else {"useDefault": True}
    end_at = fields.pop("end_at", start_at + HOUR)
    return make_event(
        calendar,
        fields.pop("summary", "Dentist"),
        start_at,
        end_at,
        reminders=fields.pop("reminders", own),
        **fields,
    )


def live_in(owner: User, zone: str, language: str = "en-GB") -> None:
    change_profile(owner=owner, changes={"timezone": zone, "language": language})


def roll() -> int:
    """Make reminders ahead, of what the test's own transaction wrote too.

    All that it writes is one change set, so owners are read as if another had followed.
    """
    number_changes()
    ReminderRoll.objects.update(number=-1)
    return int(roll_reminders())


def tick() -> int:
    """What the workers do all the time; return how many reminders were handed over."""
    roll()
    handed = int(send_due_reminders())
    send_due_pushes()
    settle_reminders()
    ring_on(timezone.now())
    return handed


def states(owner: User, method: str | None = None) -> list[str]:
    rows = Reminder.objects.filter(owner=owner)
    if method:
        rows = rows.filter(method=method)
    return list(rows.order_by("due_at", "method").values_list("state", flat=True))


def due_times(owner: User, method: str = "popup") -> list[datetime]:
    rows = Reminder.objects.filter(owner=owner, method=method)
    return list(rows.order_by("due_at").values_list("due_at", flat=True))
