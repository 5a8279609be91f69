"""An event is created from one line over the API, which says what it understood."""

from __future__ import annotations

import pytest

from accounts.models import User
from calendars.models import Calendar, Event
from tests.calendars.phone import Phone

pytestmark = pytest.mark.django_db(transaction=True)
LINE = "Lunch with Nobody tomorrow 12:30 for 2 hours at Bistro"


@pytest.fixture
def phone(alice: User) -> Phone:
    Calendar.objects.create(owner=alice, name="Own")
    return Phone(alice)


def test_a_line_is_read_without_saving(phone: Phone) -> None:
    answer = phone.send("POST", "events/quick", {"text": LINE, "dry_run": True})
    assert answer.status_code == 200
    told = answer.json()
    assert told["event"]["id"] is None
    assert told["event"]["location"] == "Bistro"
    texts = {LINE[span["start"] : span["end"]]: span["meaning"] for span in told["spans"]}
    assert texts["tomorrow"] == "day"
    assert not Event.objects.exists()


def test_what_was_said_is_what_is_stored(phone: Phone) -> None:
    draft = phone.send("POST", "events/quick", {"text": LINE, "dry_run": True}).json()["event"]
    answer = phone.send("POST", "events/quick", {"text": LINE})
    assert answer.status_code == 201
    told = answer.json()["event"]
    for name in ("summary", "location", "start", "end", "all_day", "recurrence", "calendar"):
        assert told[name] == draft[name], name
    assert answer["Location"] == f"/api/v1/events/{told['id']}"
    assert str(Event.objects.get().pk) == told["id"]


def test_what_is_not_sure_is_told(phone: Phone) -> None:
    told = phone.send("POST", "events/quick", {"text": LINE}).json()
    assert [question["names"] for question in told["questions"]] == [["Nobody"]] or told["event"][
        "summary"
    ] == "Lunch with Nobody"


def test_a_line_without_a_time_is_refused(phone: Phone, bob: User) -> None:
    answer = phone.send("POST", "events/quick", {"text": "Lunch"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no-time")
    foreign = Calendar.objects.create(owner=bob, name="His")
    given = {"text": "Lunch tomorrow", "calendar": str(foreign.pk)}
    assert phone.send("POST", "events/quick", given).status_code == 404
    assert phone.send("POST", "events/quick", {"text": "x" * 5000}).status_code == 422
    assert not Event.objects.exists()
