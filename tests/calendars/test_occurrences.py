"""The timeline: what touches a window, in which zone, and who may see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.models import Calendar
from calendars.timeline.occurrences import TimelineEntry, occurrences_between
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA = "ada@sandbox.example"
BERLIN = ZoneInfo("Europe/Berlin")


def seen(owner: User, first: datetime, last: datetime, **filters: object) -> list[TimelineEntry]:
    return occurrences_between(owner_id=owner.pk, start_at=first, end_at=last, **filters)  # type: ignore[arg-type]


def day(owner: User, on: str, zone: str = "Europe/Berlin") -> list[str]:
    start = datetime.fromisoformat(on).replace(tzinfo=ZoneInfo(zone))
    return [entry.summary for entry in seen(owner, start, start + timedelta(days=1))]


@pytest.fixture
def synced(google: Control, alice: User, connect: Connect, run_due: RunDue) -> User:
    google.add_events(
        ADA,
        [
            {
                "summary": "Stand-up",
                "start": {"dateTime": "2026-10-19T09:30:00", "timeZone": "Europe/Berlin"},
                "end": {"dateTime": "2026-10-19T09:45:00", "timeZone": "Europe/Berlin"},
                "recurrence": [
                    "RRULE:FREQ=WEEKLY;BYDAY=MO",
                    "EXDATE;TZID=Europe/Berlin:20261102T093000",
                ],
            },
            {"summary": "Holiday", "start": {"date": "2026-10-31"}, "end": {"date": "2026-11-01"}},
            {
                "summary": "Sabbatical",
                "start": {"date": "2026-08-01"},
                "end": {"date": "2027-02-01"},
            },
            {
                "summary": "Late call",
                "start": {"dateTime": "2026-11-10T23:30:00+01:00"},
                "end": {"dateTime": "2026-11-11T00:30:00+01:00"},
            },
            {
                "summary": "A moment",
                "start": {"dateTime": "2026-11-20T12:00:00+01:00"},
                "end": {"dateTime": "2026-11-20T12:00:00+01:00"},
            },
        ],
    )
    connect(alice)
    run_due()
    return alice


def test_a_series_keeps_its_wall_clock_over_the_change_of_the_clocks(synced: User) -> None:
    window = datetime(2026, 10, 19, tzinfo=BERLIN), datetime(2026, 11, 17, tzinfo=BERLIN)
    starts = [e.start_at for e in seen(synced, *window) if e.summary == "Stand-up"]

    assert [(s.date().isoformat(), s.hour, s.minute) for s in starts] == [
        ("2026-10-19", 9, 30),
        ("2026-10-26", 9, 30),
        ("2026-11-09", 9, 30),
        ("2026-11-16", 9, 30),
    ]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC", "Europe/Berlin"])
def test_an_all_day_event_stands_on_its_date_in_every_zone(synced: User, zone: str) -> None:
    assert "Holiday" in day(synced, "2026-10-31", zone)
    assert "Holiday" not in day(synced, "2026-10-30", zone)
    assert "Holiday" not in day(synced, "2026-11-01", zone)


def test_what_spans_the_window_is_in_it(synced: User) -> None:
    assert "Sabbatical" in day(synced, "2026-11-15")
    assert "Sabbatical" in day(synced, "2027-01-31")
    assert "Sabbatical" not in day(synced, "2027-02-01")
    assert "Late call" in day(synced, "2026-11-10")
    assert "Late call" in day(synced, "2026-11-11")
    assert "Late call" not in day(synced, "2026-11-12")


def test_an_event_without_length_touches_its_moment(synced: User) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=BERLIN)

    assert "A moment" in [e.summary for e in seen(synced, noon, noon + timedelta(hours=1))]
    assert "A moment" not in [e.summary for e in seen(synced, noon - timedelta(hours=1), noon)]


def test_a_moved_and_a_cancelled_instance(google: Control, synced: User, run_due: RunDue) -> None:
    series = next(e for e in google.truth(ADA)["events"] if e["summary"] == "Stand-up")
    google.patch_event(
        ADA,
        f"{series['id']}_20261109T083000Z",
        {
            "start": {"dateTime": "2026-11-10T11:00:00+01:00"},
            "end": {"dateTime": "2026-11-10T11:15:00+01:00"},
        },
    )
    google.delete_event(ADA, f"{series['id']}_20261116T083000Z")
    connection = Calendar.objects.get(remote_id=ADA).connection
    assert connection is not None
    request_sync(owner=synced, connection_id=connection.pk)
    run_due()

    window = datetime(2026, 11, 8, tzinfo=BERLIN), datetime(2026, 11, 24, tzinfo=BERLIN)
    found = [e for e in seen(synced, *window) if e.summary == "Stand-up"]
    assert [e.start_at for e in found] == [
        datetime(2026, 11, 10, 11, tzinfo=BERLIN),
        datetime(2026, 11, 23, 9, 30, tzinfo=BERLIN),
    ]
    assert found[0].original_start_at == datetime(2026, 11, 9, 8, 30, tzinfo=UTC)
    assert all(entry.recurring for entry in found)


def test_our_expansion_is_googles(google: Control, synced: User) -> None:
    window = datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=UTC)

    theirs = [
        event["summary"] for event in google.instances(ADA, *window) if "dateTime" in event["start"]
    ]
    ours = [entry.summary for entry in seen(synced, *window) if not entry.all_day]
    assert sorted(ours) == sorted(theirs)


def test_only_the_owner_sees_them(synced: User, charlie: User) -> None:
    window = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

    assert seen(synced, *window)
    assert not seen(charlie, *window)


def test_filters(synced: User) -> None:
    window = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    calendar = Calendar.objects.get(remote_id=ADA)

    assert {e.summary for e in seen(synced, *window, text="stand")} == {"Stand-up"}
    assert seen(synced, *window, calendar_id=calendar.pk)
    Calendar.objects.update(selected=False)
    assert not seen(synced, *window, only_selected=True)


def test_the_number_of_queries_does_not_grow(
    synced: User, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(3):  # type: ignore[operator]
        seen(synced, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    with django_assert_num_queries(3):  # type: ignore[operator]
        seen(synced, datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=UTC))
