"""The form of an event as a page: what it shows, what it writes, what it refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calendars.events.editing import create_event
from calendars.events.history import Author, Door
from calendars.events.people import to_json
from calendars.models import (
    Calendar,
    CategoryChoice,
    Event,
    EventChange,
    Occurrence,
    PendingChange,
)
from calendars.rfc5545.people import Person
from calendars.timeline.category_choices import ensure_categories
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_event

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


def test_a_duplicate_is_a_new_event(signed_in: Client, own: Calendar) -> None:
    event = make_event(
        own, "Budget", NINE, NINE + HOUR, location="Room 4",
        attendees=[to_json(Person("ana@example.com", "Ana", "accepted"))],
    )  # fmt: skip
    form = shown_form(signed_in, f"/events/{event.pk}/duplicate/")
    assert form["guest"] == ["ana@example.com"]
    assert Event.objects.count() == 1
    assert signed_in.post("/events/new/", form).status_code == 303
    copy = Event.objects.exclude(pk=event.pk).get()
    assert (copy.summary, copy.location, copy.start_at) == ("Budget", "Room 4", NINE)
    assert copy.attendees == [{"email": "ana@example.com"}]


def test_people_are_added_and_removed_without_saving(signed_in: Client, own: Calendar) -> None:
    event = make_event(
        own, "Budget", NINE, NINE + HOUR,
        attendees=[to_json(Person("ana@example.com", "Ana", "accepted"))],
    )  # fmt: skip
    edit = f"/events/{event.pk}/edit/"
    form = shown_form(signed_in, edit)
    added = signed_in.post(edit, form | {"people": "Bob@example.com", "step": "people"})
    form = inputs_of(added.content.decode())
    assert form["guest"] == ["ana@example.com", "bob@example.com"]
    assert form["people"] == [""]
    assert "Ana" in added.content.decode()
    removed = signed_in.post(edit, form | {"step": "remove:ana@example.com"})
    form = inputs_of(removed.content.decode())
    assert form["guest"] == ["bob@example.com"]
    assert row(event)["attendees"] == event.attendees
    assert signed_in.post(edit, form | {"optional": "bob@example.com"}).status_code == 303
    assert row(event)["attendees"] == [{"email": "bob@example.com", "optional": True}]


def test_the_dates_and_what_is_then_are_shown(signed_in: Client, own: Calendar) -> None:
    make_event(own, "Dentist", NINE, NINE + HOUR)
    form = shown_form(signed_in, "/events/new/?start=2026-12-01T10:45")
    shown = signed_in.post("/events/new/", form | {"repeat": "monthly", "step": "dates"})
    page = " ".join(shown.content.decode().split())
    assert "Every month on the 1st" in page
    assert re.search(r"<li>Fri,? 1 Jan, <time[^>]*>10:45</time></li>", page)
    assert "At the same time:" in page
    assert "Dentist" in page
    assert Event.objects.count() == 1


SERIES_AT = "20261208T091500Z"


def make_weekly(calendar: Calendar, *lines: str) -> Event:
    return create_event(
        owner_id=calendar.owner_id,
        calendar_id=calendar.pk,
        values={
            "summary": "Review",
            "start_at": NINE,
            "end_at": NINE + HOUR,
            "time_zone": "Europe/Berlin",
            "recurrence": [*lines] or ["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4"],
        },
        author=Author(Door.API, actor_id=calendar.owner_id),
    )


def titles() -> list[str]:
    shown = Occurrence.objects.order_by("start_at").select_related("event")
    return [one.event.summary for one in shown]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("this", ["Review", "Retro", "Review", "Review"]),
        ("following", ["Review", "Retro", "Retro", "Retro"]),
        ("all", ["Retro"] * 4),
    ],
)
def test_a_series_is_changed_in_the_chosen_scope(
    signed_in: Client, own: Calendar, scope: str, expected: list[str]
) -> None:
    series = make_weekly(own)
    edit = f"/events/{series.pk}/edit/?at={SERIES_AT}"
    form = shown_form(signed_in, edit)
    assert form["start_date"] == ["2026-12-08"]
    assert form["scope"] == ["this"]
    answer = signed_in.post(edit, form | {"summary": "Retro", "scope": scope})
    assert answer.status_code == 303, answer.content.decode()
    assert titles() == expected


def test_one_date_does_not_repeat_by_itself(signed_in: Client, own: Calendar) -> None:
    series = make_weekly(own)
    edit = f"/events/{series.pk}/edit/?at={SERIES_AT}"
    form = shown_form(signed_in, edit) | {"repeat": "daily"}
    refused = signed_in.post(edit, form)
    assert refused.status_code == 422
    assert "One date can&#x27;t repeat by itself" in refused.content.decode()
    assert signed_in.post(edit, form | {"scope": "all"}).status_code == 303
    assert Event.objects.get().recurrence == ["RRULE:FREQ=DAILY;COUNT=4"]


def test_a_rare_repetition_is_kept(signed_in: Client, own: Calendar) -> None:
    lines = ["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,8", "RDATE:20261210T091500Z"]
    series = make_weekly(own, *lines)
    edit = f"/events/{series.pk}/edit/?at=20261208T091500Z"
    form = shown_form(signed_in, edit)
    assert form["repeat"] == ["custom"]
    assert signed_in.post(edit, form | {"summary": "Retro", "scope": "all"}).status_code == 303
    series.refresh_from_db()
    assert (series.summary, series.recurrence) == ("Retro", lines)


def test_what_others_changed_meanwhile_is_merged(signed_in: Client, own: Calendar) -> None:
    event = make_event(own, "Budget", NINE, NINE + HOUR)
    edit = f"/events/{event.pk}/edit/"
    form = shown_form(signed_in, edit)
    Event.objects.filter(pk=event.pk).update(location="Room 7")
    assert signed_in.post(edit, form | {"summary": "Budget review"}).status_code == 303
    event.refresh_from_db()
    assert (event.summary, event.location) == ("Budget review", "Room 7")


@pytest.mark.parametrize("kept", ["mine", "theirs"])
def test_what_both_changed_is_shown_and_nothing_typed_is_lost(
    signed_in: Client, own: Calendar, kept: str
) -> None:
    event = make_event(own, "Budget", NINE, NINE + HOUR)
    edit = f"/events/{event.pk}/edit/"
    form = shown_form(signed_in, edit)
    Event.objects.filter(pk=event.pk).update(summary="Figures", start_at=NINE - HOUR)
    typed = {"summary": "Budget review", "description": "Long note", "end_time": "12:00"}
    answer = signed_in.post(edit, form | typed)
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 412
    assert "Keep mine: <strong>Budget review</strong>" in page
    assert "Take the other: <strong>Figures</strong>" in page
    assert "Keep mine: <strong>1 December 2026, 10:15–12:00</strong>" in page  # noqa: RUF001
    assert "Take the other: <strong>1 December 2026, 09:15–11:15</strong>" in page  # noqa: RUF001
    again = inputs_of(answer.content.decode())
    assert again["description"] == ["Long note"]
    assert (again["summary"], again["end_time"]) == (["Budget review"], ["12:00"])
    event.refresh_from_db()
    assert event.summary == "Figures"
    assert signed_in.post(edit, again | {"keep-summary": kept}).status_code == 303
    event.refresh_from_db()
    assert event.summary == ("Figures" if kept == "theirs" else "Budget review")
    assert event.description == "Long note"
    assert event.end_at == NINE + HOUR + timedelta(minutes=45)


def test_times_that_come_twice_stay(signed_in: Client, own: Calendar) -> None:
    """02:30 comes twice in Berlin that night; the event begins at the second."""
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    event = make_event(own, "Night", second, second + HOUR, time_zone="Europe/Berlin")
    edit = f"/events/{event.pk}/edit/"
    form = shown_form(signed_in, edit)
    assert form["start_time"] == ["02:30"]
    assert signed_in.post(edit, form | {"end_time": "04:00"}).status_code == 303
    event.refresh_from_db()
    assert event.start_at == second
    assert event.end_at == datetime(2026, 10, 25, 3, tzinfo=UTC)


def test_whom_google_mails_is_chosen(signed_in: Client, alice: User) -> None:
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    form = shown_form(signed_in, "/events/new/?start=2026-12-01T10:15")
    signed_in.post("/events/new/", form | {"people": "ana@example.com", "notify": "none"})
    signed_in.post("/events/new/", form | {"people": "ana@example.com", "notify": "all"})
    sent = PendingChange.objects.order_by("created_at").values_list("notify", flat=True)
    assert list(sent) == ["none", "all"]
    assert {change.calendar_id for change in PendingChange.objects.all()} == {work.pk}


def test_a_category_is_chosen_with_the_event(signed_in: Client, alice: User, own: Calendar) -> None:
    category = ensure_categories(alice.pk)[1]
    form = shown_form(signed_in, "/events/new/?start=2026-12-01T10:15")
    signed_in.post("/events/new/", form | {"category": str(category.pk)})
    event = Event.objects.get()
    choice = CategoryChoice.objects.get()
    assert (choice.event_id, choice.category_id) == (event.pk, category.pk)
    form = shown_form(signed_in, f"/events/{event.pk}/edit/")
    assert form["category"] == [str(category.pk)]
    signed_in.post(f"/events/{event.pk}/edit/", form | {"category": ""})
    assert not CategoryChoice.objects.exists()


def test_calendars_of_others_and_read_only_ones_are_no_choice(
    signed_in: Client, alice: User, bob: User, own: Calendar
) -> None:
    theirs = Calendar.objects.create(owner=bob, name="Theirs")
    shared = Calendar.objects.create(owner=alice, name="Shared", read_only=True)
    form = shown_form(signed_in, f"/events/new/?start=2026-12-01&calendar={theirs.pk}")
    assert form["calendar"] == [str(own.pk)]
    for calendar in (theirs, shared):
        answer = signed_in.post("/events/new/", form | {"calendar": str(calendar.pk)})
        assert answer.status_code == 422
    assert not Event.objects.exists()


def test_an_event_moves_to_the_chosen_calendar(
    signed_in: Client, alice: User, own: Calendar
) -> None:
    other = Calendar.objects.create(owner=alice, name="Other")
    event = make_event(own, "Lunch", NINE, NINE + HOUR)
    form = shown_form(signed_in, f"/events/{event.pk}/edit/")

    changed = {"calendar": str(other.pk), "summary": "Late lunch"}
    answer = signed_in.post(f"/events/{event.pk}/edit/", form | changed)

    assert answer.status_code == 303
    moved = Event.objects.get()
    assert (moved.calendar, moved.summary) == (other, "Late lunch")
    assert Occurrence.objects.get().calendar == other
    act = EventChange.objects.latest("pk").act
    signed_in.post(f"/events/undo/{act}/")
    back = Event.objects.get()
    assert (back.calendar, back.summary) == (own, "Lunch")


def test_a_series_moves_as_a_whole(signed_in: Client, alice: User, own: Calendar) -> None:
    other = Calendar.objects.create(owner=alice, name="Other")
    values = {"summary": "Run", "start_at": NINE, "end_at": NINE + HOUR}
    event = create_event(
        owner_id=alice.pk,
        calendar_id=own.pk,
        values=values | {"recurrence": ["RRULE:FREQ=DAILY;COUNT=4"]},
        author=Author(Door.PAGE, actor_id=alice.pk),
    )
    address = f"/events/{event.pk}/edit/?at=20261202T091500Z"
    form = shown_form(signed_in, address) | {"calendar": str(other.pk)}

    refused = signed_in.post(address, form | {"scope": "this"})
    assert refused.status_code == 422
    assert "A series moves as a whole" in refused.content.decode()
    assert Event.objects.get().calendar == own

    assert signed_in.post(address, form | {"scope": "all"}).status_code == 303
    assert Event.objects.get().calendar == other
    assert Occurrence.objects.filter(calendar=other).count() == 4
