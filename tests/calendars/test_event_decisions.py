"""Pages on which a person answers an invitation, and decides what Google doesn't have."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calendars.events.merging import as_json, row_of
from calendars.models import Calendar, Connection, Event, PendingChange
from tests.calendars.rows import make_calendar, make_connection, make_event
from tests.calendars.test_event_actions import HOUR, HTMX, NINE
from tests.calendars.test_event_form import shown_form

pytestmark = pytest.mark.django_db
State = PendingChange.State
SELF = {"email": "ada@example.com", "self": True}
GRACE = {"email": "grace@example.com", "name": "Grace", "organizer": True}


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def event(work: Calendar) -> Event:
    return make_event(work, "Mine", NINE, NINE + HOUR, location="Room 4", description="Agenda")


def unconfirmed(event: Event, state: str, *, theirs: Any = None, **fields: Any) -> PendingChange:
    """Google had another title; `theirs` are the columns that it has now."""
    base = as_json(row_of(event)) | {"summary": "Base", "location": ""}
    remote = None if theirs is None else base | theirs
    return PendingChange.objects.create(
        event_id=event.pk,
        owner_id=event.owner_id,
        calendar=event.calendar,
        remote_id=event.remote_id,
        kind="update",
        state=state,
        base=base,
        mine={"summary": event.summary, "location": event.location},
        theirs=remote,
        **fields,
    )


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_only_what_differs_is_decided(signed_in: Client, event: Event) -> None:
    unconfirmed(event, State.CONFLICT, theirs={"summary": "Google's title"})
    assert f'href="/events/{event.pk}/conflict/"' in text_of(signed_in, f"/events/{event.pk}/")
    page = text_of(signed_in, f"/events/{event.pk}/conflict/")
    assert 'name="field-summary"' in page
    assert "Google&#x27;s title" in page
    assert "field-location" not in page
    signed_in.post(f"/events/{event.pk}/conflict/", {"field-summary": "theirs"})
    event.refresh_from_db()
    assert (event.summary, event.location) == ("Google's title", "Room 4")
    change = PendingChange.objects.get()
    assert (change.state, list(change.mine)) == (State.PENDING, ["location"])


def test_a_whole_side_is_kept(signed_in: Client, event: Event) -> None:
    theirs = {"summary": "Google's title", "location": "Elsewhere"}
    unconfirmed(event, State.CONFLICT, theirs=theirs)
    refused = signed_in.post(f"/events/{event.pk}/conflict/", {"field-summary": "theirs"})
    assert refused.status_code == 422
    assert "Decide each field" in refused.content.decode()
    stale = signed_in.post(f"/events/{event.pk}/conflict/", {"keep": "theirs", "version": "1"})
    assert stale.status_code == 422
    signed_in.post(f"/events/{event.pk}/conflict/", {"keep": "theirs"})
    event.refresh_from_db()
    assert (event.summary, event.location) == ("Google's title", "Elsewhere")
    assert not PendingChange.objects.exists()


def test_what_was_deleted_at_google(signed_in: Client, event: Event) -> None:
    unconfirmed(event, State.CONFLICT, theirs_deleted=True)
    page = text_of(signed_in, f"/events/{event.pk}/conflict/")
    assert "it was deleted in Google Calendar" in page
    signed_in.post(f"/events/{event.pk}/conflict/", {"keep": "mine"})
    change = PendingChange.objects.get()
    assert (change.kind, change.state) == ("create", State.PENDING)
    assert signed_in.get(f"/events/{event.pk}/conflict/").status_code == 404


def test_a_failed_change_is_sent_again_or_put_back(signed_in: Client, event: Event) -> None:
    unconfirmed(event, State.FAILED, error_message="Google said no.")
    page = text_of(signed_in, f"/events/{event.pk}/")
    assert "Google said no." in page
    assert "Not saved at Google" in page
    signed_in.post(f"/events/{event.pk}/retry/")
    assert PendingChange.objects.get().state == State.PENDING
    PendingChange.objects.update(state=State.FAILED)
    answer = signed_in.post(f"/events/{event.pk}/revert/", headers=HTMX)
    assert answer.status_code == 204
    event.refresh_from_db()
    assert (event.summary, event.location) == ("Base", "")
    assert not PendingChange.objects.exists()


def test_a_change_waits_for_permission(signed_in: Client, event: Event) -> None:
    unconfirmed(event, State.PENDING)
    page = text_of(signed_in, f"/events/{event.pk}/")
    assert "Your change is kept here until you allow it." in page
    scopes = ["https://www.googleapis.com/auth/calendar.events"]
    Connection.objects.update(scopes=scopes)
    assert "until you allow it" not in text_of(signed_in, f"/events/{event.pk}/")


def test_an_invitation_is_answered(signed_in: Client, work: Calendar) -> None:
    event = make_event(work, "Party", NINE, NINE + HOUR, attendees=[SELF, GRACE], organizer=GRACE)
    page = text_of(signed_in, f"/events/{event.pk}/")
    assert "Will you come?" in page
    given = {"response": "tentative", "comment": "I may be late"}
    assert signed_in.post(f"/events/{event.pk}/answer/", given).status_code == 303
    event.refresh_from_db()
    assert event.attendees[0] == SELF | {"response": "tentative", "comment": "I may be late"}
    change = PendingChange.objects.get()
    assert change.notify == "all"
    wrong = signed_in.post(f"/events/{event.pk}/answer/", {"response": "perhaps"}, headers=HTMX)
    assert wrong.status_code == 422
    assert "daybook:refused" in wrong["HX-Trigger"]


def test_a_guest_changes_only_their_own_part(signed_in: Client, work: Calendar) -> None:
    event = make_event(work, "Party", NINE, NINE + HOUR, attendees=[SELF, GRACE], organizer=GRACE)
    page = text_of(signed_in, f"/events/{event.pk}/edit/")
    assert "Only Grace can change this event." in page
    form = shown_form(signed_in, f"/events/{event.pk}/edit/")
    typed = {"summary": "My party", "reminders": "own", "reminder_amount": ["15"]}
    assert signed_in.post(f"/events/{event.pk}/edit/", form | typed).status_code == 303
    event.refresh_from_db()
    assert event.summary == "Party"
    assert event.reminders["overrides"] == [{"method": "popup", "minutes": 15}]


def test_what_cannot_be_changed_has_no_form(signed_in: Client, event: Event) -> None:
    Calendar.objects.update(read_only=True)
    answer = signed_in.get(f"/events/{event.pk}/edit/")
    assert (answer.status_code, answer["Location"]) == (302, f"/events/{event.pk}/")
    page = text_of(signed_in, f"/events/{event.pk}/")
    assert "is shared with ada@example.com for reading only" in page
    assert "/edit/" not in page
    refused = signed_in.post(f"/events/{event.pk}/delete/", headers=HTMX)
    assert refused.status_code == 403


@pytest.mark.parametrize("door", ["answer", "conflict", "retry", "revert"])
def test_others_decide_nothing(client: Client, charlie: User, event: Event, door: str) -> None:
    unconfirmed(event, State.CONFLICT, theirs={"summary": "Google's title"})
    client.force_login(charlie)
    given = {"response": "declined", "keep": "theirs"}
    headers = {"Accept": "application/json"}
    assert client.post(f"/events/{event.pk}/{door}/", given, headers=headers).status_code == 404
    assert client.get(f"/events/{event.pk}/conflict/").status_code == 404
    event.refresh_from_db()
    assert event.summary == "Mine"
