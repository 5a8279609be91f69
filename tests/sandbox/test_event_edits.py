"""Single events: ids, etags, and the result of each edit."""

from __future__ import annotations

import pytest

from sandbox.control import Control
from tests.sandbox.client import ALICE, Google, Json, events_path, lunch, reason, timed


def test_an_insert_fills_in_what_google_fills_in(alice: Google) -> None:
    event = alice.insert(lunch(attendees=[{"email": ALICE}, {"email": "eve@example.org"}]))
    assert event["kind"] == "calendar#event"
    assert event["status"] == "confirmed"
    assert event["iCalUID"] == f"{event['id']}@google.com"
    assert event["organizer"] == {"email": ALICE, "displayName": "Alice", "self": True}
    assert event["start"] == {"dateTime": "2026-03-02T12:00:00+01:00", "timeZone": "Europe/Berlin"}
    assert event["reminders"] == {"useDefault": True}
    assert event["attendees"][0] == {
        "email": ALICE,
        "responseStatus": "needsAction",
        "self": True,
        "organizer": True,
    }
    assert alice.ask("GET", events_path("primary", event["id"])) == event


def test_a_chosen_id_is_kept_and_never_given_twice(alice: Google, control: Control) -> None:
    alice.insert(lunch(id="chosen0id1"))
    assert reason(alice.call("POST", events_path(), lunch(id="chosen0id1"))) == (409, "duplicate")
    assert alice.call("DELETE", events_path("primary", "chosen0id1")).status == 204
    assert reason(alice.call("POST", events_path(), lunch(id="chosen0id1"))) == (409, "duplicate")
    assert control.truth(ALICE)["events"] == []


@pytest.mark.parametrize("event_id", ["four", "wxyz0", "UPPER", "under_score", "a" * 1025, ""])
def test_an_id_outside_base32hex_is_refused(alice: Google, event_id: str) -> None:
    assert reason(alice.call("POST", events_path(), lunch(id=event_id))) == (400, "invalid")


def test_a_patch_changes_the_given_members_and_null_removes_one(alice: Google) -> None:
    event = alice.insert(lunch(location="Canteen", description="Soup"))
    path = events_path("primary", event["id"])
    patched = alice.ask("PATCH", path, {"summary": "Brunch", "location": None})
    assert patched["summary"] == "Brunch"
    assert patched["description"] == "Soup"
    assert "location" not in patched
    assert patched["etag"] != event["etag"]
    assert patched["updated"] >= event["updated"]
    assert (patched["created"], patched["sequence"]) == (event["created"], 0)


def test_an_answer_with_omitted_attendees_leaves_the_others(alice: Google) -> None:
    event = alice.insert(lunch(attendees=[{"email": ALICE}, {"email": "eve@example.org"}]))
    answer = {"email": ALICE, "responseStatus": "declined"}
    body = {"attendees": [answer], "attendeesOmitted": True}
    patched = alice.ask("PATCH", events_path("primary", event["id"]), body)
    assert [each["responseStatus"] for each in patched["attendees"]] == ["declined", "needsAction"]
    assert "attendeesOmitted" not in patched


def test_an_update_replaces(alice: Google) -> None:
    event = alice.insert(lunch(location="Canteen"))
    moved = timed("Dinner", "2026-03-02T19:00:00", "2026-03-02T20:00:00")
    updated = alice.ask("PUT", events_path("primary", event["id"]), moved)
    assert "location" not in updated
    assert updated["sequence"] == 1
    assert updated["iCalUID"] == event["iCalUID"]


def test_timed_to_all_day_and_back(alice: Google) -> None:
    event = alice.insert(lunch())
    path = events_path("primary", event["id"])
    day = {"start": {"date": "2026-03-02"}, "end": {"date": "2026-03-03"}}
    assert reason(alice.call("PATCH", path, day)) == (400, "invalid")
    nothing = {"dateTime": None, "timeZone": None}
    whole = alice.ask("PATCH", path, {name: {**nothing, **day[name]} for name in day})
    assert whole["start"] == {"date": "2026-03-02"}
    timed_again = alice.ask("PUT", path, lunch())
    assert timed_again["start"] == event["start"]


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"summary": "x"}), ("PUT", lunch()),
                                              ("DELETE", None)])  # fmt: skip
def test_a_stale_etag_is_refused(
    alice: Google, control: Control, method: str, body: Json | None
) -> None:
    event = alice.insert(lunch())
    control.patch_event(ALICE, event["id"], {"summary": "Changed elsewhere"})
    path, stale = events_path("primary", event["id"]), {"If-Match": event["etag"]}
    assert reason(alice.call(method, path, body, headers=stale)) == (412, "conditionNotMet")
    fresh = {"If-Match": alice.ask("GET", path)["etag"]}
    assert alice.call(method, path, body, headers=fresh).status in (200, 204)


def test_a_deleted_event_can_still_be_read(alice: Google) -> None:
    event = alice.insert(lunch())
    path = events_path("primary", event["id"])
    assert alice.call("DELETE", path).status == 204
    assert reason(alice.call("DELETE", path)) == (410, "deleted")
    left = alice.ask("GET", path)
    assert left.keys() == {"kind", "etag", "id", "status"}
    assert left["status"] == "cancelled"
    assert alice.events()["items"] == []
    assert alice.events(showDeleted="true")["items"] == [left]
    restored = alice.ask("PATCH", path, {"status": "confirmed"})
    assert restored["summary"] == "Lunch"


def test_an_unchanged_event_needs_no_body(alice: Google) -> None:
    event = alice.insert(lunch())
    answer = alice.call(
        "GET", events_path("primary", event["id"]), headers={"If-None-Match": event["etag"]}
    )
    assert answer.status == 304


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"end": {"dateTime": "2026-03-02T11:00:00+01:00"}}, (400, "timeRangeEmpty")),
        ({"end": None}, (400, "required")),
        ({"end": {"date": "2026-03-03"}}, (400, "invalid")),
        ({"start": {"dateTime": "noon"}}, (400, "invalid")),
        ({"start": {"dateTime": "2026-03-02T12:00:00"}}, (400, "invalid")),
        ({"start": {"dateTime": "2026-03-02T12:00:00", "timeZone": "Mars/Base"}}, (400, "invalid")),
        ({"status": "cancelled"}, (400, "invalid")),
        ({"visibility": "loud"}, (400, "invalid")),
        ({"attendees": [{"email": "nobody"}]}, (400, "invalid")),
        ({"summary": 7}, (400, "parseError")),
        ({"recurrence": ["RRULE:FREQ=SOMETIMES"]}, (400, "invalid")),
        ({"recurrence": ["DTSTART:20260101"]}, (400, "invalid")),
        ({"recurrence": ["RRULE:FREQ=SECONDLY"]}, (400, "invalid")),
    ],
)
def test_a_wrong_event_is_refused(
    alice: Google, control: Control, changes: Json, refusal: tuple[int, str]
) -> None:
    assert reason(alice.call("POST", events_path(), {**lunch(), **changes})) == refusal
    assert control.truth(ALICE)["events"] == []


def test_a_move_takes_the_event_along(alice: Google, control: Control) -> None:
    target = control.create_calendar("Family", owner=ALICE)
    event = alice.insert(lunch())
    moved = alice.ask("POST", events_path("primary", event["id"], "move"), destination=target)
    assert moved["id"] == event["id"]
    assert alice.events()["items"] == []
    assert [one["summary"] for one in alice.events(target)["items"]] == ["Lunch"]
