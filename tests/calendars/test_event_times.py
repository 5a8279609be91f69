"""What a drag needs of an event: its times by the reader's clock, its version, why it stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Calendar, Event
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event, make_hour

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 18)


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def times(client: Client, event: Event, at: str = "") -> dict[str, Any]:
    response = client.get(f"/events/{event.pk}/times/{f'?at={at}' if at else ''}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def test_times_are_by_the_readers_clock(client: Client, alice: User, work: Calendar) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    review = make_hour(work, "Review", ON, 20)
    client.force_login(alice)
    assert times(client, review) == {
        "base": review.change_set,
        "start": "2026-11-19T05:00",
        "end": "2026-11-19T06:00",
        "allDay": False,
        "why": "",
        "whyKept": "",
        "question": "",
    }


def test_an_all_day_event_has_dates_in_every_zone(
    client: Client, alice: User, work: Calendar
) -> None:
    change_profile(owner=alice, changes={"timezone": "America/New_York"})
    fair = make_day(work, "Fair", ON, days=2)
    client.force_login(alice)
    found = times(client, fair)
    assert (found["start"], found["end"], found["allDay"]) == ("2026-11-18", "2026-11-20", True)


def test_the_second_of_two_equal_hours_names_its_offset(
    client: Client, alice: User, work: Calendar
) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 for the second time
    call = make_event(work, "Call", at, at + timedelta(hours=1))
    client.force_login(alice)
    assert times(client, call)["start"] == "2026-10-25T02:30+01:00"


def test_an_instance_has_its_own_times_and_a_question(
    client: Client, alice: User, work: Calendar
) -> None:
    at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    series = make_event(
        work, "Stand-up", at, at + timedelta(hours=1), recurrence=["RRULE:FREQ=DAILY;COUNT=5"]
    )
    client.force_login(alice)
    found = times(client, series, "20261118T090000Z")
    assert found["start"] == "2026-11-18T09:00"
    for scope in ("this", "following", "all"):
        assert f'value="{scope}"' in found["question"]


def test_a_series_of_one_date_is_asked_about(client: Client, alice: User, work: Calendar) -> None:
    at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    once = make_event(
        work, "Once", at, at + timedelta(hours=1), recurrence=["RRULE:FREQ=DAILY;COUNT=1"]
    )
    client.force_login(alice)
    assert 'value="all"' in times(client, once, "20261116T090000Z")["question"]


def test_guests_of_a_google_event_are_asked_about(
    client: Client, alice: User, work: Calendar
) -> None:
    review = make_hour(work, "Review", ON, 9)
    review.attendees = [{"email": "bob@example.com"}]
    review.save()
    client.force_login(alice)
    assert 'name="notify" value="all"' in times(client, review)["question"]


def test_a_read_only_calendar_says_why(client: Client, alice: User, work: Calendar) -> None:
    review = make_hour(work, "Review", ON, 9)
    Calendar.objects.filter(pk=work.pk).update(read_only=True)
    client.force_login(alice)
    assert "reading only" in times(client, review)["why"]


def test_a_guest_may_delete_but_not_move(client: Client, alice: User, work: Calendar) -> None:
    review = make_hour(work, "Review", ON, 9)
    review.organizer = {"email": "bob@example.com", "name": "Bob"}
    review.attendees = [{"email": "ada@example.com", "self": True}]
    review.save()
    client.force_login(alice)
    found = times(client, review)
    assert "Bob" in found["why"]
    assert found["whyKept"] == ""


def test_anothers_event_is_not_found(
    client: Client, alice: User, charlie: User, work: Calendar
) -> None:
    review = make_hour(work, "Review", ON, 9)
    client.force_login(charlie)
    assert client.get(f"/events/{review.pk}/times/").status_code == 404
    client.logout()
    assert client.get(f"/events/{review.pk}/times/").status_code == 302
