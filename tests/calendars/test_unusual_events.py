"""What Google tells in odd order or odd shape: deletions, exceptions, splits, dates, repeats."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.models import Calendar, Connection, Event, Occurrence, SyncState
from calendars.timeline.occurrences import occurrences_between
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA = "ada@sandbox.example"
WEEKLY = {
    "id": "series1",
    "summary": "Weekly",
    "start": {"dateTime": "2026-11-02T09:00:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-02T10:00:00", "timeZone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=WEEKLY"],
}


@pytest.fixture
def connection(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    google.add_event(ADA, WEEKLY)
    connection = connect(alice)
    run_due()
    return connection


def sync(connection: Connection, run_due: RunDue, *, full: bool = False) -> None:
    request_sync(owner=connection.owner, connection_id=connection.pk, full=full)
    run_due()


def assert_equal_inside_horizon(google: Control) -> None:
    """Our time line is the sandbox's own instances."""
    calendar = Calendar.objects.get(remote_id=ADA)
    window = calendar.expanded_from, calendar.expanded_until
    entries = occurrences_between(owner_id=calendar.owner_id, start_at=window[0], end_at=window[1])
    ours = sorted(
        (e.summary, e.start_at.astimezone(UTC), e.end_at.astimezone(UTC)) for e in entries
    )
    theirs = sorted(
        (one["summary"], moment(one["start"]), moment(one["end"]))
        for one in google.instances(ADA, *window)
        if one["status"] != "cancelled"
    )
    assert ours == theirs
    assert ours


def moment(value: dict[str, str]) -> datetime:
    if "date" in value:
        return datetime.fromisoformat(value["date"]).replace(tzinfo=UTC)
    return datetime.fromisoformat(value["dateTime"]).astimezone(UTC)


def test_a_cancelled_event_may_have_only_an_id(
    google: Control, connection: Connection, run_due: RunDue
) -> None:
    google.add_event(ADA, {"id": "series1", "status": "cancelled"}, raw=True)
    sync(connection, run_due)
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_a_cancelled_instance_may_come_before_its_master(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    at = {"dateTime": "2026-11-09T09:00:00+01:00"}
    gap = {"id": "series1_20261109T080000Z", "status": "cancelled"}
    google.add_event(ADA, {**gap, "recurringEventId": "series1", "originalStartTime": at}, raw=True)
    connection = connect(alice)
    run_due()
    assert not Occurrence.objects.exists()

    google.add_event(ADA, WEEKLY)
    sync(connection, run_due)

    gone = datetime(2026, 11, 9, 8, tzinfo=UTC)
    assert Occurrence.objects.count() > 50
    assert not Occurrence.objects.filter(start_at=gone).exists()
    assert_equal_inside_horizon(google)


def test_a_deleted_master_takes_its_exceptions(
    google: Control, connection: Connection, run_due: RunDue
) -> None:
    instance = google.instances(ADA, *_window())[2]
    google.patch_event(ADA, instance["id"], {"summary": "Moved"})
    sync(connection, run_due)
    assert Event.objects.count() == 2

    google.delete_event(ADA, "series1")
    sync(connection, run_due)

    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_this_and_following_splits_the_series(
    google: Control, connection: Connection, run_due: RunDue
) -> None:
    google.patch_event(ADA, "series1", {"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20261130T225959Z"]})
    google.add_event(
        ADA,
        {
            **WEEKLY,
            "id": "series2",
            "summary": "Later",
            "start": {"dateTime": "2026-12-01T11:00:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-12-01T12:30:00", "timeZone": "Europe/Berlin"},
        },
    )
    sync(connection, run_due)
    assert Occurrence.objects.filter(event__remote_id="series1").count() == 5
    assert_equal_inside_horizon(google)


@pytest.mark.parametrize(
    "recurrence",
    [
        ["RRULE:FREQ=DAILY;COUNT=300"],
        ["RRULE:FREQ=DAILY"],
        ["RDATE;TZID=Europe/Berlin:20261105T090000,20270330T090000"],
        [
            "RRULE:FREQ=WEEKLY;BYDAY=MO,TH",
            "EXDATE;TZID=Europe/Berlin:20261112T090000,20270329T090000",
        ],
    ],
    ids=["over 250", "endless", "RDATE only", "EXDATE with TZID"],
)
def test_the_expansion_equals_googles(
    google: Control, connection: Connection, run_due: RunDue, recurrence: list[str]
) -> None:
    google.patch_event(ADA, "series1", {"recurrence": recurrence})
    sync(connection, run_due)
    assert_equal_inside_horizon(google)


def test_a_moved_exception_stands_once_where_it_was_moved_to(
    google: Control, connection: Connection, run_due: RunDue
) -> None:
    instance = google.instances(ADA, *_window())[1]
    google.patch_event(
        ADA,
        instance["id"],
        {
            "start": {"dateTime": "2026-11-11T15:00:00+01:00"},
            "end": {"dateTime": "2026-11-11T16:00:00+01:00"},
        },
    )
    sync(connection, run_due)
    assert_equal_inside_horizon(google)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"])
def test_dates_never_shift(
    google: Control, connection: Connection, run_due: RunDue, zone: str
) -> None:
    """Over a change of the clocks, at both ends of the world, and as the calendar's zone moves."""
    all_day: dict[str, Any] = {"start": {"date": "2026-10-24"}, "end": {"date": "2026-10-27"}}
    google.add_event(ADA, {"id": "dates1", "summary": "Fair", **all_day})
    google.change_calendar(ADA, timeZone=zone)
    sync(connection, run_due, full=True)

    event = Event.objects.get(remote_id="dates1")
    assert (event.start_at, event.end_at) == (
        datetime(2026, 10, 24, tzinfo=UTC),
        datetime(2026, 10, 27, tzinfo=UTC),
    )


def test_an_event_becomes_timed_and_all_day_again(
    google: Control, connection: Connection, run_due: RunDue
) -> None:
    dates = {"start": {"date": "2026-12-05"}, "end": {"date": "2026-12-06"}}
    times = {
        "start": {"dateTime": "2026-12-05T08:00:00Z", "date": None},
        "end": {"dateTime": "2026-12-05T09:00:00Z", "date": None},
    }
    back = {
        "start": {"date": "2026-12-05", "dateTime": None, "timeZone": None},
        "end": {"date": "2026-12-06", "dateTime": None, "timeZone": None},
    }
    google.add_event(ADA, {"id": "turns1", "summary": "Turns", **dates})
    for change, all_day in ((None, True), (times, False), (back, True)):
        if change:
            google.patch_event(ADA, "turns1", change)
        sync(connection, run_due)
        occurrence = Occurrence.objects.get(event__remote_id="turns1")
        assert occurrence.all_day is all_day
        assert_equal_inside_horizon(google)


def test_of_many_states_in_one_delta_the_newest_wins(
    google: Control, connection: Connection, run_due: RunDue
) -> None:
    for number in range(4):
        google.patch_event(ADA, "series1", {"summary": f"Version {number}"})
        time.sleep(0.002)  # `updated` tells milliseconds, and two states of one are a tie
    google.add_event(ADA, {**WEEKLY, "id": "brief1"})
    google.delete_event(ADA, "brief1")
    google.order_fault("stale_repeats", "events.list", calendar=ADA)

    sync(connection, run_due)

    assert list(Event.objects.values_list("summary", flat=True)) == ["Version 3"]
    assert_equal_inside_horizon(google)


def test_readers_see_the_old_set_during_a_rebuild(
    google: Control, connection: Connection, run_due: RunDue
) -> None:
    google.bulk(ADA, 2600, recurring=0)
    sync(connection, run_due)
    gone = google.truth(ADA)["events"][-1]["id"]
    google.delete_event(ADA, gone)
    google.invalidate_sync_tokens(ADA)
    google.order_fault("status", "events.list", first=2, always=True)

    sync(connection, run_due)

    assert Event.objects.filter(remote_id=gone).exists(), "the last page has not come yet"
    google.clear_faults()
    SyncState.objects.update(due_at=timezone.now())
    run_due()
    assert Event.objects.count() == 2600
    assert_equal_inside_horizon(google)


def _window() -> tuple[datetime, datetime]:
    start_at = datetime(2026, 11, 2, tzinfo=UTC)
    return start_at, start_at + timedelta(weeks=8)
