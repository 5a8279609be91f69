"""Events are created, changed and deleted over the API, as the contract has it."""

from __future__ import annotations

from base64 import b32hexencode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.rows import EventRow
from calendars.events.writing import store_events
from calendars.models import (
    Calendar,
    CategoryChoice,
    Event,
    EventChange,
    Occurrence,
    PendingChange,
)
from calendars.timeline.category_choices import ensure_categories
from profiles.services import change_profile
from tests.calendars.phone import LUNCH, Phone
from tests.calendars.rows import make_calendar, make_connection

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
DAILY = {**LUNCH, "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]}


@pytest.fixture
def phone(alice: User) -> Phone:
    return Phone(alice)


@pytest.fixture
def own(alice: User) -> Calendar:
    return Calendar.objects.create(owner=alice, name="Own")


@pytest.fixture
def remote(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def test_an_event_is_created(phone: Phone, own: Calendar, alice: User) -> None:
    answer = phone.send("POST", f"calendars/{own.pk}/events", LUNCH)

    assert answer.status_code == 201
    event = Event.objects.get()
    told = answer.json()
    assert answer["Location"] == f"/api/v1/events/{event.pk}"
    assert answer["ETag"] == f'"{alice.public_id}.{event.change_set}"'
    assert {name: told[name] for name in LUNCH} == LUNCH
    assert (told["uid"], told["sync"]) == (event.ical_uid, "synced")
    assert Occurrence.objects.get().start_at == event.start_at
    change = EventChange.objects.get()
    assert (change.kind, change.door, change.actor_id) == ("created", "api", alice.pk)
    assert phone.send("GET", f"events/{event.pk}").json() == told


def test_a_creation_that_is_sent_twice_creates_one_event(phone: Phone, own: Calendar) -> None:
    body = {**LUNCH, "uid": str(uuid4())}
    first = phone.create(own, body)
    phone.change(first, {"summary": "Renamed"})

    again = phone.send("POST", f"calendars/{own.pk}/events", body)

    assert again.status_code == 200
    assert again.json()["summary"] == "Renamed"
    assert again.json()["id"] == first["id"]
    assert first["uid"] == body["uid"]
    assert Event.objects.count() == 1


def in_google(uid: str) -> str:
    """The id that Google gives to an invitation of another service."""
    return "_" + b32hexencode(uid.encode()).rstrip(b"=").decode().lower()


@pytest.mark.parametrize(
    ("uid", "remote_id"),
    [("native1@google.com", "native1"), ("abc@outlook.example", in_google("abc@outlook.example"))],
)
def test_the_uid_of_an_event_of_googles_is_known(
    phone: Phone, remote: Calendar, uid: str, remote_id: str
) -> None:
    row = EventRow(remote_id, AT, AT, False, "UTC", [], {}, [], {}, ical_uid=uid)
    with acting_as(user_id=remote.owner_id):
        store_events(calendar=remote, rows=[row])
    answer = phone.send("POST", f"calendars/{remote.pk}/events", {**LUNCH, "uid": uid})
    assert (answer.status_code, answer.json()["uid"]) == (200, uid)
    assert Event.objects.count() == 1


def test_a_uid_that_was_deleted_at_google_takes_another_id(phone: Phone, remote: Calendar) -> None:
    """Google never takes an id twice; a repeated creation finds the new event."""
    body = {**LUNCH, "uid": "one"}
    first = phone.create(remote, body)
    PendingChange.objects.all().delete()  # Google has it
    assert phone.send("DELETE", f"events/{first['id']}").status_code == 204
    second = phone.create(remote, body)
    assert second["id"] != first["id"]
    again = phone.send("POST", f"calendars/{remote.pk}/events", body)
    assert (again.status_code, again.json()["id"]) == (200, second["id"])


def test_in_a_calendar_of_googles_the_change_waits_to_be_sent(
    phone: Phone, remote: Calendar
) -> None:
    event = phone.create(remote, notify="external")
    assert event["sync"] == "pending"
    pending = PendingChange.objects.get()
    assert (pending.kind, pending.notify) == ("create", "externalOnly")
    assert phone.change(event, {"location": "Bistro"}).json()["sync"] == "pending"
    pending.refresh_from_db()
    assert pending.mine["location"] == "Bistro"


def test_a_change_touches_only_what_was_sent(phone: Phone, own: Calendar) -> None:
    event = phone.create(own, {**LUNCH, "description": "Bring a book"})
    answer = phone.change(event, {"location": "Bistro", "end": "2026-12-01T14:00:00+01:00"})
    assert answer.status_code == 200
    changed = {"location": "Bistro", "end": "2026-12-01T14:00:00+01:00"}
    beside = {"dropped_exceptions": [], "rule_kept": False}
    assert answer.json() == {**event, **changed, **beside}
    assert answer["ETag"] == phone.send("GET", f"events/{event['id']}")["ETag"]


def test_a_version_that_is_not_the_current_one_is_refused(
    phone: Phone, own: Calendar, alice: User, bob: User
) -> None:
    event = phone.create(own)
    seen = phone.send("GET", f"events/{event['id']}")["ETag"]
    current = phone.change(event, {"summary": "Second"}, if_match=seen)
    assert current.status_code == 200

    for method, body in (("PATCH", {"summary": "Third"}), ("DELETE", None)):
        answer = phone.send(method, f"events/{event['id']}", body, if_match=seen)
        assert answer.status_code == 412
        assert answer.json()["code"] == "stale-version"
        assert answer.json()["current"]["summary"] == "Second"
        assert answer["ETag"] == current["ETag"]
    foreign = f'"{bob.public_id}.{Event.objects.get().change_set}"'
    assert phone.change(event, {"summary": "Third"}, if_match=foreign).status_code == 412
    assert Event.objects.get().summary == "Second"
    both = f"{seen}, {current['ETag']}"
    assert phone.change(event, {"summary": "Third"}, if_match=both).status_code == 200
    assert phone.change(event, {"summary": "Fourth"}, if_match="*").status_code == 200


def test_an_event_that_repeats_needs_a_scope(phone: Phone, own: Calendar) -> None:
    event = phone.create(own, DAILY)
    for method, body in (("PATCH", {"summary": "Third"}), ("DELETE", None)):
        answer = phone.send(method, f"events/{event['id']}", body)
        assert answer.status_code == 422
        assert answer.json()["code"] == "scope-required"
    assert phone.change(event, {"summary": "Daily"}, scope="all").json()["summary"] == "Daily"
    assert phone.send("DELETE", f"events/{event['id']}", scope="all").status_code == 204
    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_one_instance_or_the_following_ones_are_changed(phone: Phone, own: Calendar) -> None:
    event = phone.create(own, DAILY)
    third = {"scope": "this", "original_start": "2026-12-03T12:00:00+01:00"}

    moved = phone.change(event, {"start": "2026-12-03T11:00:00+01:00"}, **third).json()

    assert moved["id"] != event["id"]
    assert (moved["start"], moved["end"]) == (
        "2026-12-03T11:00:00+01:00",
        "2026-12-03T13:00:00+01:00",
    )
    starts = Occurrence.objects.order_by("start_at").values_list("start_at", flat=True)
    assert [start.hour for start in starts] == [11, 11, 10]
    late = {"scope": "following", "original_start": "2026-12-02T12:00:00+01:00"}
    split = phone.change(event, {"recurrence": ["RRULE:FREQ=WEEKLY"]}, **late).json()
    assert split["id"] != event["id"]
    assert split["recurrence"] == ["RRULE:FREQ=WEEKLY"]
    assert [one["original_start"] for one in split["dropped_exceptions"]] == [
        "2026-12-03T12:00:00+01:00"
    ]
    wrong = {"scope": "this", "original_start": "2026-12-05T12:00:00+01:00"}
    assert phone.change(event, {"summary": "None"}, **wrong).status_code == 422
    one = {"scope": "this", "original_start": "2026-12-01T12:00:00+01:00"}
    assert phone.change(event, {"recurrence": []}, **one).status_code == 422
    assert phone.change(event, {"recurrence": ["RRULE:FREQ=DAILY"]}, **one).status_code == 422


def test_one_instance_is_deleted(phone: Phone, own: Calendar) -> None:
    event = phone.create(own, DAILY)
    second = {"scope": "this", "original_start": "2026-12-02T12:00:00+01:00"}
    answer = phone.send("DELETE", f"events/{event['id']}", **second)
    assert answer.status_code == 204
    assert answer["ETag"] == phone.send("GET", f"events/{event['id']}")["ETag"]
    assert Occurrence.objects.count() == 2


def test_another_calendar_moves_the_event(
    phone: Phone, own: Calendar, remote: Calendar, alice: User, bob: User
) -> None:
    event = phone.create(own)
    seen = phone.send("GET", f"events/{event['id']}")["ETag"]
    body = {"calendar": str(remote.pk), "summary": "Moved"}

    moved = phone.change(event, body, if_match=seen)

    assert moved.status_code == 200
    told = moved.json()
    assert (told["calendar"], told["summary"], told["sync"]) == (
        str(remote.pk),
        "Moved",
        "pending",
    )
    assert phone.send("GET", f"events/{event['id']}").status_code == 404
    assert phone.send("GET", f"events/{told['id']}")["ETag"] == moved["ETag"]
    foreign = Calendar.objects.create(owner=bob, name="His")
    assert phone.change(told, {"calendar": str(foreign.pk)}).status_code == 404
    assert phone.change(told, {"calendar": None}).status_code == 422
    assert Event.objects.get().calendar_id == remote.pk


def test_a_category_is_the_persons_own_choice(phone: Phone, own: Calendar, alice: User) -> None:
    first, second = ensure_categories(alice.pk)[:2]
    event = phone.create(own, {**DAILY, "category": str(first.pk)})
    assert event["category"] == str(first.pk)
    Calendar.objects.update(read_only=True)  # it's no change of the event
    assert phone.change(event, {"category": str(second.pk)}).json()["category"] == str(second.pk)
    assert phone.change(event, {"category": None}).status_code == 200
    assert not CategoryChoice.objects.exists()
    for wrong in (str(uuid4()), "none"):
        assert phone.change(event, {"category": wrong}).status_code == 422


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"summary": "No times"}, {"start", "end"}),
        ({**LUNCH, "sync": "synced"}, {"sync"}),
        ({**LUNCH, "uid": "a\nb"}, {"uid"}),
        ({**LUNCH, "summary": 3, "status": "cancelled"}, {"summary", "status"}),
        ([], {""}),
    ],
)
def test_what_is_not_valid_is_told_by_field(
    phone: Phone, own: Calendar, body: Any, fields: set[str]
) -> None:
    answer = phone.send("POST", f"calendars/{own.pk}/events", body)
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["errors"]} == fields
    assert not Event.objects.exists()


def test_others_find_nothing_and_read_only_calendars_refuse(
    phone: Phone, own: Calendar, bob: User, charlie: User
) -> None:
    event = phone.create(own)
    for stranger in (Phone(bob), Phone(charlie)):
        assert stranger.send("POST", f"calendars/{own.pk}/events", LUNCH).status_code == 404
        assert stranger.change(event, {"summary": "Mine"}).status_code == 404
        assert stranger.send("DELETE", f"events/{event['id']}").status_code == 404
    Calendar.objects.update(read_only=True)
    for answer in (
        phone.send("POST", f"calendars/{own.pk}/events", LUNCH),
        phone.change(event, {"summary": "Mine"}),
        phone.send("DELETE", f"events/{event['id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "calendar-read-only")
    assert Event.objects.get(pk=UUID(event["id"])).summary == "Lunch"


def test_a_time_without_an_offset_is_in_the_persons_zone(
    phone: Phone, own: Calendar, alice: User
) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    event = phone.create(own, {"start": "2026-12-01T12:00", "end": "2026-12-01T13:00"})
    assert (event["start"], event["time_zone"]) == ("2026-12-01T12:00:00+09:00", "Asia/Tokyo")
