"""One event over the API, as the contract has it, and its history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import User
from calendars.events.history import Author, Door
from calendars.events.merging import row_of
from calendars.events.writing import store_events
from calendars.models import Calendar, Event
from tests.calendars.rows import make_day, make_event
from tests.factories import bearer, make_session

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 9, 15, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def files(alice: User) -> Calendar:
    return Calendar.objects.create(owner=alice, name="Files")


def test_an_event_has_the_shape_of_the_contract(
    client: Client, alice: User, files: Calendar
) -> None:
    event = make_event(
        files,
        "Review",
        NINE,
        NINE + timedelta(hours=1),
        ical_uid="one@example.com",
        time_zone="Europe/Berlin",
        location="https://meet.jit.si/Daybook",
        recurrence=["RRULE:FREQ=WEEKLY"],
        attendees=[{"email": "bob@example.com", "organizer": True}],
        reminders={"useDefault": False, "overrides": [{"method": "email", "minutes": 5}, "odd"]},
    )
    answer = client.get(f"/api/v1/events/{event.pk}", headers=bearer(make_session(alice)))
    assert answer.status_code == 200
    event.refresh_from_db()
    assert answer["ETag"] == f'"{alice.public_id}.{event.change_set}"'
    assert answer.json() == {
        "id": str(event.pk),
        "uid": "one@example.com",
        "calendar": str(files.pk),
        "summary": "Review",
        "description": "",
        "location": "https://meet.jit.si/Daybook",
        "start": "2026-12-01T09:15:00+01:00",
        "end": "2026-12-01T10:15:00+01:00",
        "all_day": False,
        "time_zone": "Europe/Berlin",
        "recurrence": ["RRULE:FREQ=WEEKLY"],
        "status": "confirmed",
        "visibility": "",
        "transparency": "",
        "attendees": [
            {"email": "bob@example.com", "name": "", "response": "needsAction",
             "optional": False, "organizer": True, "self": False}],
        "reminders": {"use_default": False, "overrides": [{"method": "email", "minutes": 5}]},
        "conference_url": "https://meet.jit.si/Daybook",
        "category": answer.json()["category"],
        "html_link": "",
        "sync": "synced",
        "sync_error": None,
    }  # fmt: skip


def test_an_all_day_event_has_dates(client: Client, alice: User, files: Calendar) -> None:
    event = make_day(files, "Holiday", NINE.date(), days=2)
    told = client.get(f"/api/v1/events/{event.pk}", headers=bearer(make_session(alice))).json()
    assert (told["start"], told["end"], told["time_zone"]) == ("2026-12-01", "2026-12-03", None)


def test_it_is_its_owners_alone(client: Client, charlie: User, files: Calendar) -> None:
    event = make_event(files, "Review", NINE, NINE)
    for path in ("", "/history"):
        address = f"/api/v1/events/{event.pk}{path}"
        assert client.get(address).status_code == 401
        answer = client.get(address, headers=bearer(make_session(charlie)))
        assert answer.status_code == 404
        assert answer.json()["code"] == "not-found"


def test_its_history_is_listed(client: Client, alice: User, files: Calendar) -> None:
    event = make_event(files, "Review", NINE.astimezone(UTC), NINE.astimezone(UTC))
    former = Event.objects.get(pk=event.pk)
    changed = row_of(former)._replace(summary="Budget review", location="Room 4")
    store_events(calendar=files, rows=[changed], author=Author(Door.API, actor_id=alice.pk))
    answer = client.get(f"/api/v1/events/{event.pk}/history", headers=bearer(make_session(alice)))
    (line,) = answer.json()["results"]
    assert (line["kind"], line["door"]) == ("updated", "api")
    assert line["fields"] == ["summary", "location"]
