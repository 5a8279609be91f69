"""Attendees and organizer have one form in the rows, from any source."""

from __future__ import annotations

import json
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from accounts.models import User
from calendars.events.people import from_json, to_json
from calendars.events.rows import EventRow
from calendars.google.resources import event_resource
from calendars.google.wire import event_row
from calendars.models import Calendar, Event, EventChange
from calendars.rfc5545.ics import read_calendar
from calendars.rfc5545.people import MOST_GUESTS, PARTSTAT, Person
from calendars.sharing.exporting import export_calendar
from calendars.sharing.importing import import_ics
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.row_security.rows import make_rows

Json = dict[str, Any]
WHEN = {
    "start": {"dateTime": "2026-12-01T10:00:00Z"},
    "end": {"dateTime": "2026-12-01T11:00:00Z"},
}
ANN = {"email": "ann@example.org", "name": "Ann Example"}
BOB = {"email": "bob@example.org", "response": "tentative", "optional": True}
ROOM = {"email": "r4@resource.example", "name": "Room 4", "response": "accepted", "resource": True}
FROM_GOOGLE = {
    "organizer": {"email": "ann@example.org", "displayName": "Ann Example"},
    "attendees": [
        {
            "email": "Ann@example.org",
            "displayName": " Ann Example",
            "organizer": True,
            "responseStatus": "accepted",
        },
        {
            "email": "bob@example.org",
            "responseStatus": "tentative",
            "optional": True,
            "additionalGuests": 2,
            "comment": "With\r\nfriends",
        },
        {
            "email": "r4@resource.example",
            "displayName": "Room 4",
            "resource": True,
            "responseStatus": "accepted",
        },
    ],
}
FILE = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1@example.org
DTSTART:20261201T100000Z
DTEND:20261201T110000Z
ORGANIZER;CN=Ann Example:mailto:ann@example.org
ATTENDEE;CN=Ann Example;PARTSTAT=ACCEPTED:MAILTO:Ann@example.org
ATTENDEE;PARTSTAT=TENTATIVE;ROLE=OPT-PARTICIPANT;X-NUM-GUESTS=2;X-RESPONSE-COMM
 ENT="With^nfriends":mailto:bob@example.org
ATTENDEE;CUTYPE=ROOM;CN=Room 4;PARTSTAT=ACCEPTED:mailto:r4@resource.example
END:VEVENT
END:VCALENDAR
"""
STORED = [
    {**ANN, "response": "accepted", "organizer": True},
    {**BOB, "guests": 2, "comment": "With\nfriends"},
    ROOM,
]


def read(item: Json) -> EventRow:
    """Read an event of Google's like the sync does."""
    found = event_row(event_resource(Raw(json.dumps({"id": "a1", **WHEN, **item}).encode())), "UTC")
    assert isinstance(found, EventRow)
    return found


@pytest.mark.django_db
def test_the_same_people_are_stored_alike_from_google_and_from_a_file(alice: User) -> None:
    row = read(FROM_GOOGLE)
    import_ics(owner=alice, name="File", content=FILE.encode())
    event = Event.objects.get()

    assert (row.organizer, row.attendees) == (ANN, STORED)
    assert (event.organizer, event.attendees) == (ANN, STORED)


@pytest.mark.parametrize(
    "told",
    [
        [5, None, [], "ann@example.org", {}],
        [{"email": 5, "displayName": None}, {"id": "1", "self": True}],
        [{"email": " \x00", "displayName": "\t"}],
    ],
)
def test_what_names_nobody_is_left_out(told: list[Any]) -> None:
    row = read({"attendees": [*told, {"email": "ann@example.org"}], "organizer": {"id": "1"}})

    assert row.attendees == [{"email": "ann@example.org"}]
    assert row.organizer == {}


def test_a_person_without_an_address_keeps_the_name() -> None:
    assert read({"attendees": [{"displayName": "Room 4"}]}).attendees == [{"name": "Room 4"}]


def test_odd_members_of_a_person_count_as_left_out() -> None:
    odd = {"responseStatus": "maybe", "optional": "yes", "additionalGuests": True, "comment": 5}

    row = read({"attendees": [{"email": "ann@example.org", **odd}]})

    assert row.attendees == [{"email": "ann@example.org"}]


# Not the letters that no file of UTF-8 lines can hold; Google's JSON has none either.
texts = st.text(st.characters(codec="utf-8"), max_size=30)
addresses = st.one_of(
    st.emails(),
    st.sampled_from(["Ann@Example.org", " bob@example.org ", "odd;one@example.org", "", "x:y@z"]),
)


@st.composite
def google_people(draw: st.DrawFn) -> Json:
    """Return organizer and attendees in Google's format: one attendee has the organizer flag."""
    organizer: Json = {"email": draw(st.emails()), "displayName": draw(texts)}
    attendees: list[Json] = draw(
        st.lists(
            st.fixed_dictionaries(
                {"email": addresses},
                optional={
                    "displayName": texts,
                    "responseStatus": st.sampled_from([*PARTSTAT, "unknown"]),
                    "optional": st.booleans(),
                    "self": st.booleans(),
                    "resource": st.booleans(),
                    "additionalGuests": st.integers(-1, 2 * MOST_GUESTS),
                    "comment": texts,
                },
            ),
            max_size=4,
        )
    )
    own: Json = {**organizer, "organizer": True}
    others = [one for one in attendees if one["email"].strip().lower() != own["email"].lower()]
    return {"organizer": organizer, "attendees": [*others, *([own] if draw(st.booleans()) else [])]}


@settings(max_examples=40, deadline=None)
@given(google_people())
@pytest.mark.django_db
def test_people_of_googles_are_the_same_after_an_export_and_an_import(told: Json) -> None:
    row = read(told)
    alice, _ = User.objects.get_or_create(email="alice@example.org")
    Calendar.objects.all().delete()
    calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    at = row.start_at
    make_hour(calendar, "Review", at, 9, organizer=row.organizer, attendees=row.attendees)

    import_ics(owner=alice, name="Copy", content=b"".join(export_calendar(calendar)))

    copy = Event.objects.exclude(calendar=calendar).get()
    assert copy.organizer == for_others(row.organizer)
    assert copy.attendees == [for_others(one) for one in row.attendees if one.get("email")]


def for_others(stored: Json) -> Json:
    """Without the flag of the calendar's owner, which isn't part of a file."""
    return {name: value for name, value in stored.items() if name != "self"}


@given(
    st.builds(
        Person,
        email=texts,
        name=texts,
        response=st.sampled_from(sorted(PARTSTAT)),
        guests=st.integers(0, MOST_GUESTS),
        comment=texts,
    )
)
def test_the_stored_form_says_all_of_a_person(person: Person) -> None:
    assert from_json(to_json(person)) == person


def test_parameters_with_escapes_are_read() -> None:
    """Carets, quotation marks and line breaks in parameters (RFC 6868)."""
    name = "Ann ^ \"the 'boss'\" ^n"
    line = f'ATTENDEE;CN="{name.replace("^", "^^").replace(chr(34), "^" + chr(39))}":mailto:a@b.c'
    content = FILE.replace("ATTENDEE;CN=Ann Example;PARTSTAT=ACCEPTED:MAILTO:Ann@example.org", line)

    (event,) = read_calendar(content.encode(), default_time_zone="UTC").events

    assert event.attendees[0].name == name


OLD_FILE = [
    {"email": "ann@example.org", "name": "Ann Example", "response": "accepted", "optional": False},
    {"email": "bob@example.org", "name": "", "response": "needsAction", "optional": True},
]


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_get_the_form(alice: User) -> None:
    migration = import_module("calendars.migrations.0021_one_shape_of_people")
    make_rows(alice)
    Event.objects.update(**FROM_GOOGLE)
    of_file = make_hour(
        Calendar.objects.get(),
        "Of a file",
        date(2026, 12, 1),
        9,
        organizer={**OLD_FILE[0], "response": "needsAction"},
        attendees=OLD_FILE,
    )
    EventChange.objects.update(before={"summary": "Review", **FROM_GOOGLE})

    migration.reshape()
    migration.reshape()  # as after an interrupted run

    event = Event.objects.exclude(pk=of_file.pk).get()
    assert (event.organizer, event.attendees) == (ANN, STORED)
    of_file.refresh_from_db()
    assert of_file.organizer == ANN
    assert of_file.attendees == [
        {**ANN, "response": "accepted", "organizer": True},
        {"email": "bob@example.org", "optional": True},
    ]
    before = {"summary": "Review", "organizer": ANN, "attendees": STORED}
    assert EventChange.objects.get().before == before


@given(google_people())
def test_the_migration_and_the_sync_give_the_same(told: Json) -> None:
    migration = import_module("calendars.migrations.0021_one_shape_of_people")
    marked = [{"responseStatus": "needsAction", **each} for each in told["attendees"]]

    row = read(told)

    assert migration.people(told["organizer"], marked) == (row.organizer, row.attendees)
    again = migration.people(row.organizer, row.attendees)
    assert again == (row.organizer, row.attendees)
