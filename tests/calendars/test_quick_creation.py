"""The small form of a new event and the typed line: what they store, and how it is undone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import cast

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar, Category, CategoryChoice, Event, EventChange
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_event

pytestmark = pytest.mark.django_db
SCRIPT = {"HX-Request": "true", "Accept": "application/json"}


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


@pytest.fixture
def alices(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def create(client: Client, to: Calendar, **fields: str) -> HttpResponse:
    given = {"start": "2026-11-18T10:00", "end": "2026-11-18T11:00", "calendar": str(to.pk)}
    return cast(HttpResponse, client.post("/events/create/", given | fields, headers=SCRIPT))


def test_a_small_form_stores_the_event_by_the_readers_clock(
    alices: Client, alice: User, work: Calendar
) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    response = create(alices, work, summary="Lunch")
    assert response.status_code == 204
    event = Event.objects.get()
    assert (event.summary, event.time_zone, event.all_day) == ("Lunch", "Europe/Berlin", False)
    assert event.start_at == datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert response["Location"] == f"/events/{event.pk}/"
    said = json.loads(response["HX-Trigger"])["daybook:changed"]
    change = EventChange.objects.get()
    assert (said["act"], change.door) == (str(change.act), "page")
    alices.post(f"/events/undo/{said['act']}/", headers=SCRIPT)
    assert not Event.objects.exists()


def test_a_small_form_stores_whole_days(alices: Client, work: Calendar) -> None:
    create(alices, work, start="2026-11-18", end="2026-11-20", all_day="1")
    event = Event.objects.get()
    assert event.all_day
    assert event.end_at - event.start_at == timedelta(days=2)


@pytest.mark.parametrize(
    "fields", [{"start": "soon"}, {"end": "2026-11-17T10:00"}, {"calendar": "x"}]
)
def test_what_cannot_be_stored_is_refused_with_the_reason(
    alices: Client, work: Calendar, fields: dict[str, str]
) -> None:
    response = create(alices, work, **fields)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert not Event.objects.exists()


def test_anothers_calendar_is_not_found(client: Client, charlie: User, work: Calendar) -> None:
    client.force_login(charlie)
    assert create(client, work, summary="x").status_code == 404
    assert not Event.objects.exists()
    assert "Work" not in client.get("/events/create/").content.decode()


def test_a_form_without_a_script_returns_with_a_toast_that_undoes(
    alices: Client, work: Calendar
) -> None:
    given = {
        "summary": "Lunch",
        "start": "2026-11-18T10:00",
        "end": "2026-11-18T11:00",
        "calendar": str(work.pk),
        "next": "/calendar/week/2026-11-18/",
    }
    response = alices.post("/events/create/", given)
    assert (response.status_code, response["Location"]) == (303, "/calendar/week/2026-11-18/")
    page = alices.get(response["Location"]).content.decode()
    assert f'action="/events/undo/{EventChange.objects.get().act}/"' in page


# --- The typed line ---


def typed(client: Client, text: str, **fields: str) -> HttpResponse:
    return cast(
        HttpResponse, client.post("/events/quick/", {"text": text} | fields, headers=SCRIPT)
    )


def a_wednesday() -> datetime:
    now = timezone.now().replace(hour=12, minute=30, second=0, microsecond=0)
    return now + timedelta(days=(2 - now.weekday()) % 7 + 7)


def test_a_dry_run_says_what_was_understood_and_stores_nothing(
    alices: Client, work: Calendar
) -> None:
    on = a_wednesday()
    page = typed(alices, f"Lunch {on:%Y-%m-%d} 12:30 at Luigi's", dry_run="1").content.decode()
    assert f'data-start="{on:%Y-%m-%dT%H:%M}"' in page
    assert f'data-end="{on + timedelta(hours=1):%Y-%m-%dT%H:%M}"' in page
    assert "Luigi&#x27;s" in page
    assert "Work" in page
    assert not Event.objects.exists()


def test_what_was_understood_is_what_is_stored(alices: Client, alice: User, work: Calendar) -> None:
    family = make_calendar(work.connection, "Family", "#2f7d5d")  # type: ignore[arg-type]
    on = a_wednesday()
    make_event(
        work, "Met", on - timedelta(days=20), on - timedelta(days=20),
        attendees=[{"email": "ana@example.com", "name": "Ana Sousa"}],
    )  # fmt: skip
    text = f"Lunch with Ana {on:%Y-%m-%d} 12:30-14:00 at Luigi's #Family"
    assert typed(alices, text).status_code == 204
    event = Event.objects.get(calendar=family)
    assert (event.start_at, event.end_at) == (on, on.replace(hour=14, minute=0))
    assert event.location == "Luigi's"
    assert [one["email"] for one in event.attendees] == ["ana@example.com"]
    assert event.summary.startswith("Lunch")


def test_the_whole_form_begins_with_all_of_the_line(alices: Client, work: Calendar) -> None:
    page = typed(alices, "Choir every other Tuesday 19:00 at Luigi's", dry_run="1")
    address = re.search('data-editor="([^"]+)"', page.content.decode())
    assert address is not None
    form = alices.get(unescape(address[1])).content.decode()
    assert re.search('name="location"[^>]*value="Luigi&#x27;s"', form)
    assert re.search('<option value="weekly"[^>]*selected', form)
    assert re.search('name="interval"[^>]*value="2"', form)


def test_a_category_is_chosen_by_its_name(alices: Client, alice: User, work: Calendar) -> None:
    sport = Category.objects.create(owner=alice, name="Sport", colour="#4a6fa5")
    typed(alices, f"Run {a_wednesday():%Y-%m-%d} 7:00 #sport")
    choice = CategoryChoice.objects.get()
    assert (choice.event_id, choice.category) == (Event.objects.get().pk, sport)


def test_a_line_without_a_time_is_refused_and_asked_about(alices: Client, work: Calendar) -> None:
    response = typed(alices, "Lunch with Ana")
    assert response.status_code == 422
    assert "Say when it is" in json.loads(response.content)["errors"][0]["message"]
    page = typed(alices, "Lunch", dry_run="1").content.decode()
    assert "No day or time yet" in page


def test_without_a_script_the_line_is_shown_before_it_is_stored(
    alices: Client, work: Calendar
) -> None:
    text = f"Lunch {a_wednesday():%Y-%m-%d} 12:30"
    page = alices.post("/events/quick/", {"text": text}).content.decode()
    assert 'name="confirmed"' in page
    assert not Event.objects.exists()
    response = alices.post("/events/quick/", {"text": text, "confirmed": "1"})
    assert response.status_code == 303
    assert Event.objects.get().summary == "Lunch"


def test_a_line_of_markup_is_text(alices: Client, work: Calendar) -> None:
    page = typed(alices, "<img src=x> tomorrow 9:00", dry_run="1").content.decode()
    assert "<img" not in page
