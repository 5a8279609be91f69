"""The form of an event as a page: what it shows, what it writes, what it refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calendars.events.people import to_json
from calendars.models import Calendar, Event, EventChange
from calendars.rfc5545.people import Person
from profiles.services import change_profile
from tests.calendars.rows import make_event

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def own(alice: User) -> Calendar:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    return Calendar.objects.create(owner=alice, name="Own")


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def inputs_of(page: str) -> dict[str, Any]:
    """Return what a browser without JavaScript would send for the form as it is shown."""
    form = re.search(r'<form id="editor".*?</form>', page, re.DOTALL)
    assert form is not None
    given: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        attributes = {
            name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)
        }
        kind = attributes.get("type", "text")
        if kind in ("checkbox", "radio") and " checked" not in tag:
            continue
        given.setdefault(attributes["name"], []).append(
            attributes.get("value", "on" if kind == "checkbox" else "")
        )
    for name, body in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', form[0], re.DOTALL):
        options = re.findall(r'<option value="([^"]*)"( selected)?', body)
        chosen = [value for value, selected in options if selected] or [options[0][0]]
        given.setdefault(name, []).append(unescape(chosen[0]))
    for name, body in re.findall(
        r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', form[0], re.DOTALL
    ):
        given[name] = [unescape(body).removeprefix("\n")]
    return given


def shown_form(client: Client, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200
    return inputs_of(answer.content.decode())


def row(event: Event) -> dict[str, Any]:
    return dict(Event.objects.filter(pk=event.pk).values().get())


def test_a_new_event_is_filled_from_its_address(signed_in: Client, own: Calendar) -> None:
    form = shown_form(
        signed_in, "/events/new/?start=2026-12-01T10:15&end=2026-12-01T11:45&title=Lunch"
    )
    assert form["summary"] == ["Lunch"]
    assert (form["start_date"], form["start_time"]) == (["2026-12-01"], ["10:15"])
    assert (form["end_date"], form["end_time"]) == (["2026-12-01"], ["11:45"])
    assert form["calendar"] == [str(own.pk)]
    assert form["time_zone"] == ["Europe/Berlin"]
    days = shown_form(signed_in, "/events/new/?start=2026-12-01&end=2026-12-04&all_day=1")
    assert (days["start_date"], days["end_date"]) == (["2026-12-01"], ["2026-12-03"])
    assert "all_day" in days


def test_a_new_event_is_stored(signed_in: Client, alice: User, own: Calendar) -> None:
    form = shown_form(signed_in, "/events/new/?start=2026-12-01T10:15")
    answer = signed_in.post(
        "/events/new/",
        form
        | {
            "summary": "Lunch",
            "location": "Bistro",
            "repeat": "weekly",
            "weekdays": ["1", "3"],
            "ends": "count",
            "count": "5",
            "people": "Ana@example.com, Bob <bob@example.com>",
            "description": "Bring\r\nmoney",
            "reminders": "own",
            "reminder_amount": ["2", ""],
            "reminder_unit": ["hours", "minutes"],
            "reminder_method": ["email", "popup"],
            "visibility": "private",
            "transparency": "transparent",
        },
    )
    assert answer.status_code == 303, answer.content.decode()
    event = Event.objects.get()
    assert (event.summary, event.location, event.description) == ("Lunch", "Bistro", "Bring\nmoney")
    assert (event.start_at, event.end_at) == (NINE, NINE + HOUR)
    assert event.time_zone == "Europe/Berlin"
    assert event.recurrence == ["RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5"]
    assert [one["email"] for one in event.attendees] == ["ana@example.com", "bob@example.com"]
    assert event.reminders == {
        "useDefault": False,
        "overrides": [{"method": "email", "minutes": 120}],
    }
    assert (event.visibility, event.transparency) == ("private", "transparent")
    change = EventChange.objects.get()
    assert (change.door, change.actor_id) == ("page", alice.pk)
    assert f"undo-{change.act}" in str(
        [message.extra_tags for message in signed_in.get(answer["Location"]).context["messages"]]
    )


def test_only_what_was_changed_is_written(signed_in: Client, own: Calendar) -> None:
    event = make_event(
        own, "Budget", NINE.replace(second=30), NINE + HOUR, time_zone="Asia/Tokyo",
        description="<b>Figures</b>", visibility="default", transparency="opaque",
        attendees=[to_json(Person("ana@example.com", "Ana", "accepted"))],
        reminders={"useDefault": True}, recurrence=[],
    )  # fmt: skip
    before = row(event)
    form = shown_form(signed_in, f"/events/{event.pk}/edit/")
    assert form["start_time"] == ["18:15"]
    assert form["description"] == ["Figures"]
    assert signed_in.post(f"/events/{event.pk}/edit/", form).status_code == 303
    assert row(event) == before
    assert not EventChange.objects.exists()
    answer = signed_in.post(f"/events/{event.pk}/edit/", form | {"location": "Room 4"})
    assert answer.status_code == 303
    after = row(event)
    changed = {name for name in after if after[name] != before[name]}
    assert changed - {"change_set", "changed_at"} == {"location"}


def test_what_is_wrong_is_said_and_kept(signed_in: Client, own: Calendar) -> None:
    form = shown_form(signed_in, "/events/new/?start=2026-12-01T10:15")
    wrong = form | {
        "summary": "Lunch",
        "end_date": "2026-11-30",
        "people": "nobody",
        "reminders": "own",
        "reminder_amount": ["soon"],
        "reminder_unit": ["hours"],
        "reminder_method": ["popup"],
    }
    answer = signed_in.post("/events/new/", wrong)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The end is before the start. Choose a later end." in page
    assert "Use an email address" in page
    assert "Use a whole number of minutes" in page
    kept = inputs_of(page)
    assert (kept["summary"], kept["people"]) == (["Lunch"], ["nobody"])
    assert kept["reminder_amount"][0] == "soon"
    assert not Event.objects.exists()
