"""The first run: a person without calendars is led to them, once, and may skip it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from calendars.models import Calendar, Event
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection
from tests.calendars.test_progress import run_now

pytestmark = pytest.mark.django_db
FILE = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Test//EN\r
BEGIN:VEVENT\r
UID:one@test\r
DTSTAMP:20261101T000000Z\r
DTSTART:20261118T090000\r
DTEND:20261118T100000\r
SUMMARY:Choir\r
END:VEVENT\r
END:VCALENDAR\r
"""


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.quick
def test_who_has_no_calendar_begins_there_and_may_skip_it(alice: User) -> None:
    client = signed_in(alice)
    assert client.get("/")["Location"] == "/welcome/"
    page = client.get("/welcome/").content.decode()
    for way in ("Connect Google", "Import", "Create", "Skip to the calendar"):
        assert way in page

    assert client.post("/welcome/end/")["Location"] == "/"
    assert client.get("/")["Location"].startswith("/calendar/")
    assert signed_in(alice).get("/")["Location"] == "/welcome/", "the next sign-in asks again"


def test_who_has_a_calendar_does_not(alice: User, bob: User) -> None:
    make_calendar(make_connection(alice), "Work", "#4a6fa5")
    assert signed_in(alice).get("/")["Location"].startswith("/calendar/")
    assert signed_in(bob).get("/")["Location"] == "/welcome/"


def test_the_zone_is_chosen_and_asked_back(alice: User) -> None:
    client = signed_in(alice)
    body = {"time_zone": "Asia/Tokyo", "next": "/welcome/"}
    assert client.post("/settings/time/zone/", body)["Location"] == "/welcome/"
    assert (
        "Times are shown in Asia/Tokyo. Is that right?" in client.get("/welcome/").content.decode()
    )


def test_an_own_calendar_is_made_in_the_persons_zone(alice: User, bob: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    client = signed_in(alice)
    body = {"name": " Family ", "next": "/welcome/"}
    assert client.post("/settings/calendars/new/", body)["Location"] == "/welcome/"
    calendar = Calendar.objects.get()
    assert (calendar.owner, calendar.name, calendar.time_zone) == (alice, "Family", "Asia/Tokyo")
    assert "Family" in client.get("/welcome/").content.decode()
    assert "Family" not in signed_in(bob).get("/welcome/").content.decode()


@pytest.mark.parametrize("name", ["", "   ", "x" * 301, "a\x00b"])
def test_a_name_that_is_none_makes_no_calendar(alice: User, name: str) -> None:
    answer = signed_in(alice).post("/settings/calendars/new/", {"name": name}, follow=True)
    assert "Give the calendar a name" in answer.content.decode()
    assert not Calendar.objects.exists()


def test_a_file_is_imported_in_the_persons_zone(alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    file = SimpleUploadedFile("choir.ics", FILE, "text/calendar")
    answer = signed_in(alice).post("/settings/calendars/import/", {"file": file}, follow=True)
    assert "1 event of choir was imported." in answer.content.decode()
    event = Event.objects.get(owner=alice)
    assert (event.summary, event.start_at.isoformat()) == ("Choir", "2026-11-18T00:00:00+00:00")
    assert event.calendar.name == "choir"


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "that isn&#x27;t empty"), (b"no calendar", "calendar")]
)
def test_a_file_that_is_no_calendar_is_refused(alice: User, content: bytes, words: str) -> None:
    file = SimpleUploadedFile("odd.ics", content)
    answer = signed_in(alice).post("/settings/calendars/import/", {"file": file}, follow=True)
    assert 'class="message error"' in answer.content.decode()
    assert words in answer.content.decode()
    assert not Event.objects.exists()


def test_what_has_come_is_counted_while_the_first_sync_runs(alice: User) -> None:
    calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    run_now(calendar, known=0, fetched=12_500, first=True)
    live = {"HX-Request": "true", "HX-Target": "live"}
    page = signed_in(alice).get("/welcome/", headers=live).content.decode()
    assert "12,500 events so far" in page
    assert page.lstrip().startswith('<div id="live"')
    assert "of about" not in page
