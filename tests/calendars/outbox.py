"""A person who changes events here, and workers that send the changes: for tests of the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.events.editing import change_event, create_event, delete_event
from calendars.events.history import Author
from calendars.models import Calendar, Connection, Event, EventChange, PendingChange
from sandbox.control import Control
from tests.calendars.conftest import RunDue
from tests.product import send_change

ADA = "ada@sandbox.example"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
LUNCH = {
    "id": "lunch1",
    "summary": "Lunch",
    "location": "Canteen",
    "start": {"dateTime": "2026-12-01T12:00:00Z", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-12-01T13:00:00Z", "timeZone": "Europe/Berlin"},
}
SERIES = {
    "id": "series1",
    "summary": "Standup",
    "start": {"dateTime": "2026-12-07T09:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-12-07T09:15:00+01:00", "timeZone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
}


class Writer:
    """An owner who changes events as on a page."""

    def __init__(
        self, owner: User, connection: Connection, google: Control, run_due: RunDue
    ) -> None:
        self.owner = owner
        self.connection = connection
        self.google = google
        self.run_due = run_due
        self.author = Author(EventChange.Door.PAGE, actor_id=owner.pk)

    @property
    def calendar(self) -> Calendar:
        return Calendar.objects.get(remote_id=ADA, connection=self.connection)

    def create(self, summary: str = "New", **values: Any) -> Event:
        times = {
            "start_at": NOON,
            "end_at": NOON + timedelta(hours=1),
            "time_zone": "Europe/Berlin",
        }
        return create_event(
            owner_id=self.owner.pk,
            calendar_id=self.calendar.pk,
            values={"summary": summary, **times, **values},
            author=self.author,
        )

    def change(self, remote_id: str = "lunch1", notify: str = "none", **changes: Any) -> Event:
        event = self.event(remote_id)
        return change_event(
            owner_id=self.owner.pk,
            event_id=event.pk,
            base=event.change_set,
            changes=changes,
            author=self.author,
            notify=notify,
        )

    def delete(self, remote_id: str = "lunch1") -> None:
        event = self.event(remote_id)
        delete_event(
            owner_id=self.owner.pk, event_id=event.pk, base=event.change_set, author=self.author
        )

    def event(self, remote_id: str = "lunch1") -> Event:
        return Event.objects.get(calendar=self.calendar, remote_id=remote_id)

    def send(self) -> int:
        """Send everything that is ready, as workers do; return the number of calls that write."""
        self.google.clear_requests()
        for _round in range(20):
            ready = list(PendingChange.objects.ready(timezone.now()).values_list("pk", flat=True))
            if not ready:
                return sum(self.calls().values())
            for event_id in ready:
                send_change(event_id)
        raise AssertionError("changes are still ready after 20 rounds")

    def send_later(self) -> int:
        """Send what was put off, as if its time had come."""
        PendingChange.objects.update(due_at=timezone.now())
        return self.send()

    def sync(self, *, full: bool = False) -> None:
        request_sync(owner=self.owner, connection_id=self.connection.pk, full=full)
        self.run_due()

    def calls(self) -> dict[str, int]:
        """The calls about single events since `send` began."""
        counts = self.google.counts()
        kinds = ("insert", "get", "patch", "delete", "move")
        return {kind: counts[f"events.{kind}"] for kind in kinds if f"events.{kind}" in counts}

    def theirs(self, remote_id: str = "lunch1", calendar: str = ADA) -> Mapping[str, Any]:
        """The event as Google has it; {} if it has none."""
        events = self.google.truth(calendar)["events"]
        return next((event for event in events if event["id"] == remote_id), {})

    def assert_equal(self) -> None:
        """Both sides have the same versions, nothing waits, and a sync changes nothing."""
        assert not PendingChange.objects.exists()
        ours = dict(Event.objects.exclude(status="cancelled").values_list("remote_id", "etag"))
        theirs = {
            event["id"]: event["etag"]
            for calendar in Calendar.objects.filter(connection=self.connection)
            for event in self.google.truth(calendar.remote_id)["events"]
        }
        assert ours == theirs
        before = (list(Event.objects.order_by("pk").values()), EventChange.objects.count())
        self.sync()
        after = (list(Event.objects.order_by("pk").values()), EventChange.objects.count())
        assert [_content(row) for row in after[0]] == [_content(row) for row in before[0]]
        assert after[1] == before[1], "an echo in the history"


def _content(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seen_run"}
