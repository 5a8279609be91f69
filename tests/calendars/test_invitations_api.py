"""Answers reach the organizer; nothing else mails anybody unless it's asked for."""

from __future__ import annotations

import pytest

from accounts.models import User
from calendars.models import Calendar, Event, PendingChange
from calendars.sharing.importing import import_ics
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, Writer
from tests.calendars.phone import LUNCH, Phone
from tests.calendars.test_editing_events import FILE

pytestmark = pytest.mark.django_db(transaction=True)
BOSS = {"email": "boss@example.org", "displayName": "The boss"}
INVITATION = {
    "id": "meeting1",
    "summary": "Meeting",
    "organizer": BOSS,
    "attendees": [{**BOSS, "responseStatus": "accepted"}, {"email": ADA}],
    "start": {"dateTime": "2026-12-07T09:00:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-12-07T09:15:00+01:00", "timeZone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
}


@pytest.fixture
def her(
    google: Control, alice: User, connect: Connect, run_due: RunDue, quick_calls: None
) -> Writer:
    google.add_event(ADA, INVITATION)
    connection = connect(alice)
    run_due()
    return Writer(alice, connection, google, run_due)


@pytest.fixture
def phone(alice: User) -> Phone:
    return Phone(alice)


def notified(google: Control) -> list[str]:
    """Whom each call that writes asked Google to mail."""
    kinds = ("events.patch", "events.insert", "events.delete", "events.import")
    calls = [call for kind in kinds for call in google.requests(kind)]
    return [dict(call["query"]).get("sendUpdates", "") for call in calls]


def own_answer(people: list[dict[str, str]]) -> str:
    return next(one["responseStatus"] for one in people if one["email"] == ADA)


def test_an_answer_reaches_the_organizer(her: Writer, phone: Phone, google: Control) -> None:
    event = her.event("meeting1")
    path = f"events/{event.pk}/response"
    assert phone.send("POST", path, {"response": "accepted"}).json()["code"] == "scope-required"

    answer = phone.send("POST", path, {"response": "accepted", "comment": "Gladly"}, scope="all")

    assert answer.status_code == 200
    (me,) = (one for one in answer.json()["attendees"] if one["self"])
    assert me["response"] == "accepted"
    her.send()
    theirs = her.theirs("meeting1")
    assert own_answer(theirs["attendees"]) == "accepted"
    assert notified(google) == ["all"]
    her.assert_equal()


def test_one_date_is_answered_by_itself(her: Writer, phone: Phone, google: Control) -> None:
    event = her.event("meeting1")
    one = {"scope": "this", "original_start": "2026-12-08T09:00:00+01:00", "notify": "none"}
    declined = phone.send("POST", f"events/{event.pk}/response", {"response": "declined"}, **one)
    assert declined.status_code == 200
    her.send()
    assert set(notified(google)) == {"none"}
    assert own_answer(her.theirs("meeting1")["attendees"]) == "needsAction"
    (instance,) = (e for e in google.truth(ADA)["events"] if e.get("recurringEventId"))
    assert own_answer(instance["attendees"]) == "declined"


def test_a_guest_changes_no_more_than_their_part(her: Writer, phone: Phone) -> None:
    event = her.event("meeting1")
    path = f"events/{event.pk}"
    refused = phone.send("PATCH", path, {"summary": "Mine"}, scope="all")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-the-organizer")
    one = {"scope": "this", "original_start": "2026-12-08T09:00:00+01:00"}
    assert phone.send("PATCH", path, {"summary": "Mine"}, **one).status_code == 403
    reminders = {"overrides": [{"method": "popup", "minutes": 5}]}
    assert phone.send("PATCH", path, {"reminders": reminders}, scope="all").status_code == 200


def test_only_guests_answer(phone: Phone, alice: User, charlie: User) -> None:
    own = Calendar.objects.create(owner=alice, name="Own")
    event = phone.create(own, {**LUNCH, "attendees": [{"email": alice.email}]})
    path = f"events/{event['id']}/response"
    answer = phone.send("POST", path, {"response": "accepted"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-invited")
    assert phone.send("POST", path, {"response": "maybe"}).status_code == 422
    assert Phone(charlie).send("POST", path, {"response": "accepted"}).status_code == 404


def test_changes_mail_nobody_unless_it_is_chosen(
    her: Writer, phone: Phone, google: Control
) -> None:
    guests = {"attendees": [{"email": "guest@example.org"}]}
    event = phone.create(her.calendar, {**LUNCH, **guests})
    her.send()
    phone.change(event, {"location": "Bistro"})
    her.send()
    assert notified(google) == ["none"]
    phone.change(event, {"location": "Park"}, notify="external")
    her.send()
    assert notified(google) == ["externalOnly"]
    phone.send("DELETE", f"events/{event['id']}", notify="all")
    her.send()
    assert notified(google) == ["all"]


def test_an_import_mails_nobody(her: Writer, google: Control, alice: User) -> None:
    """It's written to a local calendar: nothing of it is ever sent."""
    guest = "SUMMARY:Party\nATTENDEE:mailto:guest@example.org"
    content = FILE.format(uid="one", summary="Party").replace("SUMMARY:Party", guest)
    import_ics(owner=alice, name="Work", content=content.encode())
    assert Event.objects.get(summary="Party").attendees
    assert not PendingChange.objects.exists()
    google.clear_requests()
    assert her.send() == 0
    assert notified(google) == []
