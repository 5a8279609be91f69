"""Alice shares a calendar with Bob; Charlie receives nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.test import Client

from accounts.models import User
from calendars.models import Calendar, Event, Share
from calendars.sharing.shares import share_calendars
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event, make_hour
from tests.factories import bearer, make_session

ON = date(2026, 11, 18)
NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = {"start": "2026-11-16", "end": "2026-11-23"}
# What is in none of the answers to someone who may know only when Alice is busy.
SECRETS = (
    *("Salary review", "Room Noether", "Bring the numbers", "carol@example.net", "Carol"),
    *("meet.example.com", "Tea", "Office party", "Orpheus"),
)
PEOPLE = [
    {"email": "carol@example.net", "name": "Carol", "response": "accepted"},
    {"email": "alice@example.org", "self": True, "response": "accepted"},
]


def phone_of(person: User) -> Client:
    return Client(headers=bearer(make_session(person)))


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def make_work(owner: User) -> Calendar:
    """Create a calendar with one event of each kind that matters to a recipient."""
    calendar = make_calendar(make_connection(owner), "Orpheus", "#4a6fa5")
    details: dict[str, Any] = {
        "location": "Room Noether",
        "description": "Bring the numbers: https://meet.example.com/abc-defg",
        "attendees": PEOPLE,
        "html_link": "https://calendar.google.com/event?eid=abc",
    }
    make_hour(calendar, "Design review", ON, 9, **details)
    make_hour(calendar, "Salary review", ON, 11, visibility="private", **details)
    make_hour(calendar, "Tea", ON, 13, visibility="private", transparency="transparent")
    make_hour(calendar, "Free reading", ON, 14, transparency="transparent")
    declined = [{"email": "alice@example.org", "self": True, "response": "declined"}]
    make_hour(calendar, "Office party", ON, 15, visibility="private", attendees=declined)
    make_event(calendar, "Retreat", NINE + 24 * HOUR, NINE + 30 * HOUR)
    make_day(calendar, "Holiday", ON + timedelta(days=3))
    return calendar


def event(summary: str) -> Event:
    return Event.objects.get(summary=summary)


def share(calendar: Calendar, recipient: User | str, level: str = Share.Level.READ) -> None:
    email = recipient if isinstance(recipient, str) else recipient.email
    share_calendars(owner=calendar.owner, email=email, calendar_ids=[calendar.pk], level=level)


def occurrences(client: Client, calendar: Calendar, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/occurrences", WEEK | {"calendar": str(calendar.pk)} | query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found
