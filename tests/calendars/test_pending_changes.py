"""What a person changed and Google hasn't confirmed outlives every page of a sync."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.events.editing import change_event, create_event, delete_event
from calendars.events.history import Author
from calendars.models import Calendar, Connection, Event, EventChange, PendingChange, SyncState
from calendars.sync.undoing import undo_run
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.product import audit_collection

ADA = "ada@sandbox.example"
Door = EventChange.Door


@pytest.fixture
def connection(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    google.add_event(
        ADA,
        {
            "id": "lunch1",
            "summary": "Lunch",
            "location": "Canteen",
            "start": {"dateTime": "2026-12-01T12:00:00Z", "timeZone": "UTC"},
            "end": {"dateTime": "2026-12-01T13:00:00Z", "timeZone": "UTC"},
        },
    )
    made = connect(alice)
    run_due()
    return made


class Alice:
    """Changes events as the owner does on a page, and lets the sync run."""

    def __init__(self, owner: User, connection: Connection, run_due: RunDue) -> None:
        self.owner = owner
        self.connection = connection
        self.run_due = run_due
        self.author = Author(Door.PAGE, actor_id=owner.pk)

    def change(self, **changes: Any) -> Event:
        event = self.lunch()
        return change_event(
            owner_id=self.owner.pk,
            event_id=event.pk,
            base=event.change_set,
            changes=changes,
            author=self.author,
        )

    def delete(self) -> None:
        event = self.lunch()
        delete_event(
            owner_id=self.owner.pk, event_id=event.pk, base=event.change_set, author=self.author
        )

    def create(self, summary: str) -> Event:
        at = timezone.now().replace(microsecond=0)
        return create_event(
            owner_id=self.owner.pk,
            calendar_id=Calendar.objects.get(remote_id=ADA).pk,
            values={"summary": summary, "start_at": at, "end_at": at + timedelta(hours=1)},
            author=self.author,
        )

    def sync(self, *, full: bool = False) -> None:
        request_sync(owner=self.owner, connection_id=self.connection.pk, full=full)
        self.run_due()

    def lunch(self) -> Event:
        return Event.objects.get(remote_id="lunch1")


@pytest.fixture
def her(alice: User, connection: Connection, run_due: RunDue) -> Alice:
    return Alice(alice, connection, run_due)


def pending() -> PendingChange:
    return PendingChange.objects.get()


def base_of(change: PendingChange) -> dict[str, Any]:
    base: dict[str, Any] = change.base or {}
    return base


def test_fields_that_do_not_collide_merge(google: Control, her: Alice) -> None:
    her.change(summary="Lunch with Bob")
    google.patch_event(ADA, "lunch1", {"location": "Bistro"})

    her.sync()

    lunch = her.lunch()
    assert (lunch.summary, lunch.location) == ("Lunch with Bob", "Bistro")
    assert (pending().kind, pending().state) == ("update", "pending")
    assert pending().mine == {"summary": "Lunch with Bob"}
    assert base_of(pending())["location"] == "Bistro", (
        "the version that the next request is based on"
    )
    assert base_of(pending())["etag"] == lunch.etag


def test_a_page_with_the_base_changes_nothing(google: Control, her: Alice) -> None:
    changed = her.change(summary="Lunch with Bob")

    her.sync(full=True)

    assert her.lunch().summary == "Lunch with Bob"
    assert her.lunch().change_set == changed.change_set
    assert pending().mine == {"summary": "Lunch with Bob"}


def test_what_google_has_too_is_confirmed(google: Control, her: Alice) -> None:
    her.change(summary="Lunch with Bob")
    google.patch_event(ADA, "lunch1", {"summary": "Lunch with Bob"})

    her.sync()

    assert her.lunch().summary == "Lunch with Bob"
    assert not PendingChange.objects.exists()


def test_a_collision_keeps_all_three_versions(google: Control, her: Alice) -> None:
    her.change(summary="Mine", description="Bring the plan")
    google.patch_event(ADA, "lunch1", {"summary": "Theirs", "location": "Bistro"})

    her.sync()

    lunch, kept = her.lunch(), pending()
    assert (lunch.summary, lunch.location) == ("Mine", "Bistro")
    assert kept.state == "conflict"
    versions = (base_of(kept)["summary"], kept.mine["summary"], (kept.theirs or {})["summary"])
    assert versions == ("Lunch", "Mine", "Theirs")
    assert base_of(kept)["location"] == "Canteen"

    google.patch_event(ADA, "lunch1", {"summary": "Lunch"})
    her.sync()
    assert (pending().state, pending().theirs) == ("pending", None), "they took theirs back"
    assert pending().mine == {"summary": "Mine", "description": "Bring the plan"}


def test_times_collide_as_a_whole(google: Control, her: Alice) -> None:
    lunch = her.lunch()
    her.change(end_at=lunch.end_at + timedelta(hours=1))
    google.patch_event(
        ADA, "lunch1", {"start": {"dateTime": "2026-12-01T12:30:00Z", "timeZone": "UTC"}}
    )

    her.sync()

    assert her.lunch().start_at == lunch.start_at
    assert pending().state == "conflict"


@pytest.mark.parametrize("full", [False, True])
def test_deleted_there_and_changed_here_is_a_conflict(
    google: Control, her: Alice, full: bool
) -> None:
    her.change(summary="Mine")
    google.delete_event(ADA, "lunch1")
    if full:
        google.invalidate_sync_tokens(ADA)
        google.add_event(ADA, {**OTHER})

    her.sync(full=full)
    her.sync(full=full)

    assert her.lunch().summary == "Mine"
    assert (pending().state, pending().theirs_deleted) == ("conflict", True)


def test_deleted_here_stays_deleted(google: Control, her: Alice) -> None:
    her.delete()
    her.sync(full=True)
    assert not Event.objects.exists()
    assert (pending().kind, pending().state) == ("delete", "pending")

    google.patch_event(ADA, "lunch1", {"summary": "Theirs"})
    her.sync()
    assert not Event.objects.exists()
    assert pending().state == "conflict"
    assert (pending().theirs or {})["summary"] == "Theirs"

    google.delete_event(ADA, "lunch1")
    her.sync()
    assert not PendingChange.objects.exists()


def test_a_new_event_survives_a_full_list(google: Control, her: Alice) -> None:
    made = her.create("New")

    her.sync(full=True)

    assert Event.objects.get(pk=made.pk).summary == "New"
    assert (pending().kind, pending().base) == ("create", None)
    delete_event(owner_id=her.owner.pk, event_id=made.pk, base=made.change_set, author=her.author)
    assert not PendingChange.objects.exists(), "Google never had it"


def test_a_new_event_that_google_has_after_all_is_confirmed(google: Control, her: Alice) -> None:
    """The answer to the insertion was lost."""
    made = her.create("New")
    times = {"start": made.start_at.isoformat(), "end": made.end_at.isoformat()}
    google.add_event(
        ADA,
        {
            "id": made.remote_id,
            "summary": "New",
            "reminders": made.reminders,
            **{name: {"dateTime": at, "timeZone": "UTC"} for name, at in times.items()},
        },
    )

    her.sync()

    assert Event.objects.filter(summary="New").count() == 1
    assert not PendingChange.objects.exists()


def test_later_changes_join_the_one_that_waits(her: Alice) -> None:
    her.change(summary="Mine")
    her.change(location="Bistro")
    assert pending().mine == {"summary": "Mine", "location": "Bistro"}

    her.change(summary="Lunch")
    assert pending().mine == {"location": "Bistro"}
    her.change(location="Canteen")
    assert not PendingChange.objects.exists(), "as Google has it"


def test_an_audit_takes_a_local_change_for_no_drift(google: Control, her: Alice) -> None:
    her.change(summary="Mine")

    audit_collection(SyncState.objects.get(calendar__remote_id=ADA).pk)

    assert her.lunch().summary == "Mine"
    assert pending().state == "pending"


def test_undoing_a_run_leaves_local_changes(google: Control, her: Alice) -> None:
    google.patch_event(ADA, "lunch1", {"location": "Bistro"})
    her.sync()
    run = EventChange.objects.get().run
    assert run is not None
    her.change(summary="Mine")

    undo_run(run)

    assert her.lunch().summary == "Mine"


def test_a_series_that_goes_keeps_what_was_changed_of_an_exception(
    google: Control, her: Alice
) -> None:
    google.add_event(ADA, {**OTHER, "id": "series1", "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]})
    first = google.instances(ADA, OTHER_FROM, OTHER_TO)[0]
    google.patch_event(ADA, first["id"], {"location": "Bistro"})
    her.sync()
    exception = Event.objects.get(recurring_event_id="series1")
    change_event(
        owner_id=her.owner.pk,
        event_id=exception.pk,
        base=exception.change_set,
        changes={"summary": "Mine"},
        author=her.author,
    )
    google.delete_event(ADA, "series1")

    her.sync()

    assert set(Event.objects.values_list("remote_id", flat=True)) == {"lunch1"}
    assert (pending().state, pending().theirs_deleted) == ("conflict", True)
    assert pending().mine == {"summary": "Mine"}


OTHER_FROM, OTHER_TO = datetime(2026, 12, 2, tzinfo=UTC), datetime(2026, 12, 3, tzinfo=UTC)
OTHER = {
    "id": "other1",
    "summary": "Other",
    "start": {"dateTime": "2026-12-02T12:00:00Z", "timeZone": "UTC"},
    "end": {"dateTime": "2026-12-02T13:00:00Z", "timeZone": "UTC"},
}
