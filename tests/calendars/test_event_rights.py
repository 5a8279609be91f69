"""Guests change their own part of an event, and more only where the organizer lets them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.events.editing import change_event, delete_event
from calendars.events.history import Author, Door
from calendars.events.rights import rights_of
from calendars.events.rows import EventRow
from calendars.events.writing import store_events
from calendars.models import Calendar, Connection, Event, PendingChange, event_id_for
from calendars.models.event import USUAL_RIGHTS, GuestRights
from config.web.problems import DomainError, Kind
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.rows import make_calendar, make_connection

pytestmark = pytest.mark.django_db
AT = timezone.now().replace(microsecond=0)
BOSS = {"email": "boss@example.org", "name": "The boss"}
PEOPLE = [
    {"email": "boss@example.org", "organizer": True, "response": "accepted"},
    {"email": "ada@example.com", "self": True},
]
NEW = {"email": "new@example.org"}
ANSWERED = [PEOPLE[0], {**PEOPLE[1], "response": "accepted", "comment": "Gladly"}]
SEE, INVITE, MODIFY = GuestRights.SEE, GuestRights.INVITE, GuestRights.MODIFY


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def invited(calendar: Calendar, **columns: Any) -> Event:
    """An event of Google's that another person organizes."""
    given = {"organizer": BOSS, "attendees": PEOPLE, "reminders": {}, "recurrence": [], **columns}
    row = EventRow("one", AT, AT + timedelta(hours=1), False, "UTC", **given)
    store_events(calendar=calendar, rows=[row])
    return Event.objects.get(pk=event_id_for(calendar.pk, "one"))


def change(event: Event, **changes: Any) -> Event:
    return change_event(
        owner_id=event.owner_id,
        event_id=event.pk,
        base=event.change_set,
        changes=changes,
        author=Author(Door.API),
    )


def refusal(event: Event, **changes: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        change(event, **changes)
    assert refused.value.kind is Kind.FORBIDDEN
    return refused.value


@pytest.mark.parametrize(
    ("rights", "changes", "is_allowed"),
    [
        (USUAL_RIGHTS, {"reminders": {"useDefault": True}}, True),
        (USUAL_RIGHTS, {"transparency": "transparent", "colour_id": "4"}, True),
        (USUAL_RIGHTS, {"attendees": ANSWERED}, True),
        (USUAL_RIGHTS, {"attendees": [*PEOPLE, NEW]}, True),
        (USUAL_RIGHTS, {"summary": "", "location": ""}, True),  # nothing changes
        (USUAL_RIGHTS, {"summary": "Mine"}, False),
        (USUAL_RIGHTS, {"start_at": AT - timedelta(hours=1)}, False),
        (USUAL_RIGHTS, {"attendees": PEOPLE[1:]}, False),
        (USUAL_RIGHTS, {"attendees": [{**PEOPLE[0], "response": "declined"}, PEOPLE[1]]}, False),
        (USUAL_RIGHTS, {"attendees": [*PEOPLE, NEW], "location": "Here"}, False),
        (SEE, {"attendees": [*PEOPLE, NEW]}, False),
        (SEE, {"attendees": ANSWERED}, True),
        (USUAL_RIGHTS | MODIFY, {"summary": "Ours", "attendees": PEOPLE[1:]}, True),
    ],
)
def test_what_a_guest_may_change(
    calendar: Calendar, rights: int, changes: dict[str, Any], is_allowed: bool
) -> None:
    event = invited(calendar, guest_rights=int(rights))
    if is_allowed:
        changed = change(event, **changes)
        assert {name: getattr(changed, name) for name in changes} == changes
        return
    refused = refusal(event, **changes)
    assert refused.code == "not-the-organizer"
    assert "The boss" in refused.message
    assert not PendingChange.objects.exists()


def test_the_members_that_are_refused_are_named(calendar: Calendar) -> None:
    refused = refusal(invited(calendar), start_at=AT - timedelta(hours=1), summary="Mine")
    assert {fault.field for fault in refused.faults} == {"start", "summary"}


def test_a_guest_may_take_the_event_out_of_their_calendar(calendar: Calendar) -> None:
    event = invited(calendar)
    base = event.change_set
    delete_event(owner_id=event.owner_id, event_id=event.pk, base=base, author=Author(Door.API))
    assert not Event.objects.exists()


def test_the_organizer_and_a_local_calendar_may_change_all(calendar: Calendar, alice: User) -> None:
    own = invited(calendar, organizer={"email": "ada@example.com", "self": True})
    assert change(own, summary="Mine").summary == "Mine"
    local = Calendar.objects.create(owner=alice, name="Own")
    assert change(invited(local), summary="Mine").summary == "Mine"
    rights = rights_of(own, calendar)
    assert (rights.may_edit, rights.may_answer, rights.reason) == (True, True, "")


def test_what_google_made_is_changed_at_its_source(calendar: Calendar) -> None:
    flight = invited(calendar, organizer={}, event_type="fromGmail")
    assert refusal(flight, summary="Mine").code == "made-by-google"
    assert change(flight, reminders={"useDefault": True}).reminders == {"useDefault": True}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"status": Connection.Status.DISCONNECTED}, "account-disconnected"),
        ({}, "calendar-read-only"),
    ],
)
def test_nothing_changes_where_nothing_can_be_written(
    calendar: Calendar, rows: dict[str, str], code: str
) -> None:
    event = invited(calendar)
    Connection.objects.update(**rows) if rows else Calendar.objects.update(read_only=True)
    calendar = Calendar.objects.get(pk=calendar.pk)
    rights = rights_of(event, calendar)
    assert (rights.may_change, rights.may_delete) == (frozenset(), False)
    assert rights.code == code
    assert refusal(event, reminders={}).code == code


@pytest.mark.django_db(transaction=True)
def test_the_rights_are_those_that_google_tells(
    google: Control, connect: Connect, run_due: RunDue, alice: User
) -> None:
    rights = {"guestsCanModify": True, "guestsCanInviteOthers": False}
    when = {"dateTime": "2026-12-01T09:00:00Z"}
    usual = {"start": when, "end": when}
    google.add_event("ada@sandbox.example", {"summary": "Open", **usual, **rights})
    google.add_event("ada@sandbox.example", {"summary": "Usual", **usual})
    connect(alice)
    run_due()
    assert Event.objects.get(summary="Open").guest_rights == MODIFY | SEE
    assert Event.objects.get(summary="Usual").guest_rights == USUAL_RIGHTS
