"""A person with a local calendar, who edits series as on a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from calendars.events.editing import create_event
from calendars.events.history import Author
from calendars.events.scopes import Edited, Scope, change_in_scope, delete_in_scope
from calendars.events.undo import undo_act
from calendars.models import Calendar, Event, EventChange, Occurrence

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def berlin(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


MONDAYS = [berlin(9, 7) + WEEK * number for number in range(6)]  # all in summer time


class Diary:
    """A local calendar whose owner edits events as doors do."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.calendar = Calendar.objects.create(owner=owner, name="Own", time_zone="Europe/Berlin")

    def author(self) -> Author:
        return Author(EventChange.Door.PAGE, actor_id=self.owner.pk)

    def series(self, *lines: str, start: datetime = MONDAYS[0], **values: Any) -> Event:
        given = {"summary": "Stand-up", "start_at": start, "end_at": start + HOUR}
        given |= {"time_zone": "Europe/Berlin", "recurrence": list(lines), **values}
        return create_event(
            owner_id=self.owner.pk,
            calendar_id=self.calendar.pk,
            values=given,
            author=self.author(),
        )

    def change(
        self, event: Event, scope: Scope | None, at: datetime | None, **changes: Any
    ) -> Edited:
        return change_in_scope(
            owner_id=self.owner.pk,
            event_id=event.pk,
            base=Event.objects.get(pk=event.pk).change_set,
            changes=changes,
            scope=scope,
            original_start_at=at,
            author=self.author(),
        )

    def delete(self, event: Event, scope: Scope | None, at: datetime | None) -> Edited:
        return delete_in_scope(
            owner_id=self.owner.pk,
            event_id=event.pk,
            base=Event.objects.get(pk=event.pk).change_set,
            scope=scope,
            original_start_at=at,
            author=self.author(),
        )

    def undo(self, edited: Edited) -> None:
        undo_act(owner_id=self.owner.pk, act=edited.act, author=Author(EventChange.Door.UNDO))

    def shows(self) -> list[tuple[datetime, str]]:
        """Return all occurrences: local start in Berlin, and title."""
        found = Occurrence.objects.filter(calendar=self.calendar).select_related("event")
        return sorted((one.start_at, one.event.summary) for one in found)

    def state(self) -> list[tuple[Any, ...]]:
        names = ("remote_id", "summary", "start_at", "end_at", "recurrence", "original_start_at")
        events = Event.objects.filter(calendar=self.calendar).order_by("remote_id")
        occurrences = Occurrence.objects.filter(calendar=self.calendar).order_by(
            "event_id", "original_start_at"
        )
        return [
            *events.values_list(*names),
            *occurrences.values_list("event_id", "original_start_at", "start_at", "end_at"),
        ]


def titled(starts: Sequence[datetime], title: str = "Stand-up") -> list[tuple[datetime, str]]:
    return [(start, title) for start in starts]
