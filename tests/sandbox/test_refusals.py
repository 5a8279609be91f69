"""Access control: tokens, scopes, roles, and Google's errors."""

from __future__ import annotations

from sandbox.control import Control
from tests.sandbox.client import (
    ALICE,
    CALENDAR_SCOPE,
    Google,
    events_path,
    lunch,
    reason,
    signed_in,
)


def test_no_token_and_an_unknown_one(control: Control) -> None:
    assert reason(Google(control.url, None).call("GET", "users/me/calendarList"))[0] == 401
    unknown = Google(control.url, "ya29.unknown").call("GET", "users/me/calendarList")
    assert reason(unknown) == (401, "authError")
    assert 'error="invalid_token"' in unknown.headers["WWW-Authenticate"]


def test_a_missing_scope_is_named_in_both_arrays(control: Control) -> None:
    reader = signed_in(control, ALICE, f"openid {CALENDAR_SCOPE}.readonly")
    assert reader.events()["items"] == []
    answer = reader.call("POST", events_path(), lunch())
    assert reason(answer) == (403, "insufficientPermissions")
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert control.truth(ALICE)["events"] == []


def test_a_reader_can_read_and_others_get_404(
    alice: Google, bob: Google, charlie: Google, control: Control
) -> None:
    event = alice.insert(lunch())
    assert [one["id"] for one in bob.events(ALICE)["items"]] == [event["id"]]
    refused = bob.call("DELETE", events_path(ALICE, event["id"]))
    assert reason(refused) == (403, "requiredAccessLevel")
    for path in (events_path(ALICE), events_path(ALICE, event["id"])):
        assert reason(charlie.call("GET", path)) == (404, "notFound")
    assert [one["id"] for one in control.truth(ALICE)["events"]] == [event["id"]]


def test_a_free_busy_reader_sees_times_alone(alice: Google, control: Control) -> None:
    alice.insert(lunch(description="secret plans"))
    control.share_calendar(ALICE, "charlie@example.org", "freeBusyReader")
    page = signed_in(control, "charlie@example.org").events(ALICE)
    assert page["accessRole"] == "freeBusyReader"
    assert "summary" not in page["items"][0]
    assert "description" not in page["items"][0]
    assert page["items"][0]["start"]["dateTime"] == "2026-03-02T12:00:00+01:00"


def test_unknown_paths_and_unreadable_bodies(alice: Google) -> None:
    assert reason(alice.call("GET", "calendars/primary/nothing")) == (404, "notFound")
    assert reason(alice.call("GET", events_path("primary", "missing"))) == (404, "notFound")
    broken = alice.call("POST", events_path(), headers={"X-HTTP-Method-Override": "PATCH"})
    assert broken.status == 404
