"""What counts as busy time, read from the database and over the API; nobody else's does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.models import Calendar, Event, Occurrence
from calendars.timeline.busy_time import is_meeting
from calendars.timeline.categories import classifier_of
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event, make_hour
from tests.factories import bearer, make_session
from tests.http import Response
from tests.statements import statements

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 30)
SELF: dict[str, Any] = {"email": "ada@example.com", "self": True}
BEA = {"email": "bea@example.com"}
ROOM = {"email": "room@example.com", "resource": True}


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def ask(person: User, **query: str) -> Response:
    browser = Browser(headers=bearer(make_session(person)))
    asked = {"start": "2026-11-30", "end": "2026-12-07", "by": "weekday", **query}
    return browser.get("/api/v1/insights", asked)


def answer(person: User, **query: str) -> dict[str, Any]:
    response = ask(person, **query)
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def test_the_shape_of_the_answer(calendar: Calendar, alice: User) -> None:
    make_hour(calendar, "Dentist", ON, 9)
    make_hour(calendar, "Stand-up", ON, 10, attendees=[SELF, BEA])
    make_day(calendar, "Conference", ON, days=2)

    found = answer(alice, by="category")

    names = {str(one.pk): one.name for one in classifier_of(alice.pk).categories.values()}
    assert {(names[row["key"]], row["hours"], row["meetings"]) for row in found["rows"]} == {
        ("Health", 1.0, 0),
        ("Work", 1.0, 1),
    }
    assert (found["total_hours"], found["meeting_hours"], found["meetings"]) == (2.0, 1.0, 1)
    assert found["free_blocks"][0] == {
        "start": "2026-12-01T09:00:00+00:00",
        "end": "2026-12-01T18:00:00+00:00",
        "hours": 9.0,
    }
    assert found["free_hours"] == 4 * 9 + 7
    assert found["all_day"] == [{"summary": "Conference", "days": 2}]


@pytest.mark.parametrize(
    ("fields", "hours", "meetings"),
    [
        ({}, 1, 0),
        ({"status": "tentative"}, 1, 0),
        ({"status": "cancelled"}, 0, 0),
        ({"transparency": "transparent"}, 0, 0),
        ({"transparency": "opaque"}, 1, 0),
        ({"attendees": [SELF]}, 1, 0),
        ({"attendees": [SELF, ROOM]}, 1, 0),
        ({"attendees": [SELF, BEA]}, 1, 1),
        ({"attendees": [BEA]}, 1, 1),
        ({"attendees": [SELF | {"response": "accepted"}, BEA]}, 1, 1),
        ({"attendees": [SELF | {"response": "declined"}, BEA]}, 0, 0),
        ({"attendees": [SELF, BEA | {"response": "declined"}]}, 1, 1),
    ],
)
def test_what_counts(
    calendar: Calendar, alice: User, fields: dict[str, Any], hours: int, meetings: int
) -> None:
    stored = make_hour(calendar, "Event", ON, 9, **fields)

    found = answer(alice)

    assert (found["total_hours"], found["meetings"]) == (hours, meetings)
    if hours:
        assert is_meeting(Event.objects.get(pk=stored.pk)) == bool(meetings)


def test_instances_beyond_the_stored_horizon_count_by_the_same_rules(
    calendar: Calendar, alice: User
) -> None:
    for summary, fields in (
        ("Counts", {"attendees": [SELF, BEA]}),
        ("Declined", {"attendees": [SELF | {"response": "declined"}, BEA]}),
        ("Free", {"transparency": "transparent"}),
    ):
        make_hour(calendar, summary, ON, 9, recurrence=["RRULE:FREQ=DAILY"], **fields)

    found = answer(alice, start="2036-01-01", end="2036-01-11", by="calendar")

    assert found["rows"] == [
        {"key": str(calendar.pk), "hours": 10.0, "meetings": 10, "meeting_hours": 10.0}
    ]


def test_events_are_cut_at_the_edges_and_days_are_the_readers(
    calendar: Calendar, alice: User
) -> None:
    change_profile(owner=alice, changes={"timezone": "America/New_York"})
    start_at = datetime(2026, 11, 30, 2, tzinfo=UTC)  # nine in the evening before
    make_event(calendar, "Night", start_at, start_at + timedelta(hours=5))

    sunday = answer(alice, start="2026-11-29", end="2026-11-30")
    both = answer(alice, start="2026-11-29", end="2026-12-01")

    assert sunday["total_hours"] == 3.0
    hours = {row["key"]: row["hours"] for row in both["rows"]}
    assert (hours["sunday"], hours["monday"]) == (3.0, 2.0)


def test_the_hour_that_the_clocks_repeat_is_an_hour(calendar: Calendar, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    start_at = datetime(2026, 10, 25, 0, tzinfo=UTC)  # 2:00, and 2:00 to 3:00 comes twice
    make_event(calendar, "Shift", start_at, start_at + timedelta(hours=3))

    found = answer(alice, start="2026-10-25", end="2026-10-26", by="week")

    assert found["rows"] == [
        {"key": "2026-10-19", "hours": 3.0, "meetings": 0, "meeting_hours": 0.0}
    ]


def test_one_calendar_and_other_hours_of_the_day(calendar: Calendar, alice: User) -> None:
    other = make_calendar(make_connection(alice, email="b@example.com"), "Home", "#c07a1c")
    make_hour(calendar, "Event", ON, 9)
    make_hour(other, "Event", ON, 13)

    found = answer(
        alice, calendar=str(other.pk), end="2026-12-01", day_start="12:00", day_end="16:00"
    )

    assert found["total_hours"] == 1.0
    assert [block["hours"] for block in found["free_blocks"]] == [2.0, 1.0]


def test_charlie_gets_only_their_own(calendar: Calendar, alice: User, charlie: User) -> None:
    make_hour(calendar, "Secret", ON, 9)

    found = answer(charlie, by="calendar", calendar=str(calendar.pk))

    assert (found["rows"], found["total_hours"], found["all_day"]) == ([], 0.0, [])
    assert answer(alice)["total_hours"] == 1.0
    assert Browser().get("/api/v1/insights").status_code == 401


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"by": "month"}, "by", "invalid_choice"),
        ({"end": "2026-11-30"}, "end", "not-after-start"),
        ({"end": "2029-11-30"}, "end", "window-too-long"),
        ({"start": "yesterday"}, "start", "not-a-moment"),
        ({"day_end": "08:00"}, "day_end", "not-after-start"),
        ({"q": "x"}, "q", "unknown-parameter"),
    ],
)
def test_refused_parameters(alice: User, query: dict[str, str], field: str, code: str) -> None:
    response = ask(alice, **query)

    assert response.status_code == 422
    assert [(each["field"], each["code"]) for each in response.json()["errors"]] == [(field, code)]


def test_statements_do_not_grow_with_the_rows(calendar: Calendar, alice: User) -> None:
    make_hour(calendar, "Event", ON, 9)
    few = count(alice)
    for hour in range(20):
        make_hour(calendar, f"Event {hour}", ON, hour, attendees=[SELF, BEA])

    assert count(alice) == few
    assert Occurrence.objects.count() == 21


def count(person: User) -> int:
    browser = Browser(headers=bearer(make_session(person)))
    query = {"start": "2026-11-30", "end": "2026-12-07", "by": "week"}
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/api/v1/insights", query).status_code == 200
    return len(statements(captured))
