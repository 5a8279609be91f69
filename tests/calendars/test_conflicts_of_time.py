"""What takes time beside an event that is being planned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from accounts.models import User
from calendars.events.rows import EventRow
from calendars.events.writing import store_events
from calendars.models import Calendar, Event
from calendars.timeline.availability import busy_spans, conflicts_of_time
from calendars.timeline.insights import Span
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event, make_hour

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 18)
NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DECLINED = [{"email": "alice@example.org", "self": True, "response": "declined"}]


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def beside(
    owner: User, start: datetime = NINE, end: datetime = NINE + HOUR, event: UUID | None = None
) -> list[str]:
    return [one.summary for one in conflicts_of_time(owner, start, end, event)]


def test_what_overlaps_is_named_and_what_only_touches_is_not(
    calendar: Calendar, alice: User
) -> None:
    make_hour(calendar, "Before", ON, 8)
    make_hour(calendar, "After", ON, 10)
    make_event(calendar, "Around", NINE - HOUR, NINE + 2 * HOUR)
    make_event(calendar, "No length", NINE, NINE)

    assert beside(alice) == ["Around"]


def test_what_takes_no_time_does_not_count(calendar: Calendar, alice: User) -> None:
    make_hour(calendar, "Free", ON, 9, transparency="transparent")
    make_hour(calendar, "Declined", ON, 9, attendees=DECLINED)
    make_hour(calendar, "Cancelled", ON, 9, status="cancelled")
    make_hour(calendar, "Tentative", ON, 9, status="tentative")

    assert beside(alice) == ["Tentative"]
    assert busy_spans(alice, NINE, NINE + HOUR) == [span(NINE, NINE + HOUR)]


def test_whole_days_take_the_days_of_their_owners_zone(calendar: Calendar, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    alice = User.objects.get(pk=alice.pk)
    make_day(calendar, "Conference", ON)
    Event.objects.filter(summary="Conference").update(transparency="opaque")
    begins = datetime(2026, 11, 17, 15, tzinfo=UTC)  # midnight in Tokyo

    assert beside(alice, begins - HOUR, begins) == []
    assert beside(alice, begins, begins + HOUR) == ["Conference"]
    assert busy_spans(alice, begins - HOUR, begins + 48 * HOUR) == [
        span(begins, begins + 24 * HOUR)
    ]


def test_a_whole_day_is_as_long_as_its_clock_says(calendar: Calendar, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    alice = User.objects.get(pk=alice.pk)
    make_day(calendar, "Conference", date(2026, 10, 25))
    begins = datetime(2026, 10, 24, 22, tzinfo=UTC)

    found = busy_spans(alice, begins - 24 * HOUR, begins + 72 * HOUR)

    assert found == [span(begins, begins + 25 * HOUR)]


def test_the_event_itself_and_its_series_do_not_count(calendar: Calendar, alice: User) -> None:
    series = row("series", NINE, ["RRULE:FREQ=DAILY;COUNT=3"])
    moved = row("moved", NINE + 24 * HOUR + HOUR)._replace(
        recurring_event_id="series", original_start_at=NINE + 24 * HOUR
    )
    store_events(calendar=calendar, rows=[series, moved])
    make_hour(calendar, "Other", ON, 9)
    master = Event.objects.get(remote_id="series")

    assert sorted(beside(alice)) == ["Lunch", "Other"]
    assert beside(alice, event=master.pk) == ["Other"]
    later = NINE + 25 * HOUR
    assert beside(alice, later, later + HOUR) == ["Lunch"]
    assert beside(alice, later, later + HOUR, event=master.pk) == []


def test_hidden_calendars_and_other_people_do_not_count(
    calendar: Calendar, alice: User, bob: User
) -> None:
    make_hour(make_calendar(make_connection(bob), "His", "#4a6fa5"), "His", ON, 9)
    hidden = make_hour(calendar, "Hidden", ON, 9)
    Calendar.objects.filter(pk=calendar.pk).update(selected=False)

    assert beside(alice) == []
    assert beside(bob, event=hidden.pk) == ["His"]
    assert busy_spans(alice, NINE, NINE + HOUR) == []


def row(remote_id: str, start_at: datetime, recurrence: list[str] | None = None) -> EventRow:
    return EventRow(
        remote_id=remote_id,
        start_at=start_at,
        end_at=start_at + HOUR,
        all_day=False,
        time_zone="UTC",
        recurrence=recurrence or [],
        organizer={},
        attendees=[],
        reminders={},
        summary="Lunch",
    )


def span(start: datetime, end: datetime) -> Span:
    return Span(int(start.timestamp()), int(end.timestamp()))
