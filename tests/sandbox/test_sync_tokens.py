"""Incremental lists: exactly the changes, and when Google requires a full list."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.control import Control
from tests.sandbox.client import ALICE, Google, Json, events_path, lunch, reason, timed


def changes_since(alice: Google, token: str | None, **query: Any) -> tuple[list[Json], str | None]:
    return alice.all_events(syncToken=token, **query)


def test_an_increment_brings_changes_in_their_order(alice: Google) -> None:
    first, second = alice.insert(lunch()), alice.insert(lunch())
    _, token = alice.all_events()
    alice.ask("PATCH", events_path("primary", second["id"]), {"summary": "Second"})
    alice.call("DELETE", events_path("primary", first["id"]))
    third = alice.insert(lunch())
    changed, later = changes_since(alice, token)
    assert [event["id"] for event in changed] == [second["id"], first["id"], third["id"]]
    assert changed[1]["status"] == "cancelled"
    assert changes_since(alice, later)[0] == []
    assert changes_since(alice, token)[0] == changed


def test_an_event_that_changed_often_comes_once(alice: Google) -> None:
    _, token = alice.all_events()
    event = alice.insert(lunch())
    for name in "abc":
        alice.ask("PATCH", events_path("primary", event["id"]), {"summary": name})
    assert [one["summary"] for one in changes_since(alice, token)[0]] == ["c"]


def test_a_large_increment_is_paged(alice: Google, control: Control) -> None:
    _, token = alice.all_events()
    control.bulk(ALICE, 30)
    changed, later = changes_since(alice, token, maxResults=7)
    assert len({event["id"] for event in changed}) == 30
    assert changes_since(alice, later)[0] == []


@pytest.mark.parametrize("query", [
    {"timeMin": "2026-01-01T00:00:00Z"}, {"timeMax": "2026-01-01T00:00:00Z"}, {"q": "lunch"},
    {"orderBy": "updated"}, {"updatedMin": "2026-01-01T00:00:00Z"}, {"iCalUID": "x"},
    {"privateExtendedProperty": "a=b"}, {"sharedExtendedProperty": "a=b"},
    {"showDeleted": "false"}, {"singleEvents": "true"}, {"maxAttendees": 1},
])  # fmt: skip
def test_what_does_not_go_with_a_sync_token_is_refused(alice: Google, query: Json) -> None:
    _, token = alice.all_events()
    answer = alice.call("GET", events_path(), syncToken=token, **query)
    assert reason(answer) == (400, "invalid")


def test_a_list_in_another_order_has_no_token(alice: Google) -> None:
    assert alice.all_events(orderBy="updated")[1] is None


def test_invalidated_unknown_and_foreign_tokens_ask_for_a_full_list(
    alice: Google, control: Control
) -> None:
    other = control.create_calendar("Other", owner=ALICE)
    _, token = alice.all_events()
    _, foreign = alice.all_events(other)
    control.invalidate_sync_tokens(ALICE)
    for bad in (token, foreign, "nonsense", ""):
        answer = alice.call("GET", events_path(), syncToken=bad)
        assert reason(answer) == (410, "fullSyncRequired")
        assert answer.json()["error"]["errors"][0]["location"] == "syncToken"
    _, fresh = alice.all_events()
    assert changes_since(alice, fresh)[0] == []
    assert alice.events(other, syncToken=foreign)["items"] == []


def test_on_order_an_invalid_token_is_a_400(alice: Google, control: Control) -> None:
    _, token = alice.all_events()
    control.order_fault("google_error", "events.list", error="invalidSyncToken")
    answer = alice.call("GET", events_path(), syncToken=token)
    assert reason(answer) == (400, "invalid")
    assert answer.json()["error"]["message"] == "Invalid sync token value."


def test_a_window_goes_on_in_increments(alice: Google) -> None:
    _, token = alice.all_events(timeMin="2026-03-01T00:00:00Z")
    alice.insert(timed("Early", "2026-02-01T12:00:00", "2026-02-01T13:00:00"))
    late = alice.insert(lunch())
    assert [event["id"] for event in changes_since(alice, token)[0]] == [late["id"]]


def test_unfolded_a_changed_series_says_which_instances_went(alice: Google) -> None:
    series = alice.insert({**lunch(), "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"]})
    before, token = alice.all_events(singleEvents="true")
    alice.ask(
        "PATCH",
        events_path("primary", series["id"]),
        {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]},
    )
    changed, _ = changes_since(alice, token, singleEvents="true")
    assert len(before) == 4
    assert {event["id"]: event["status"] for event in changed} == {
        event["id"]: status
        for event, status in zip(before, ["confirmed"] * 2 + ["cancelled"] * 2, strict=True)
    }


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "series", "rename", "reshape", "instance", "skip", "delete"]),
        st.integers(0, 20),
    ),
    max_size=14,
)


def apply_edit(control: Control, edit: str, number: int) -> None:
    """Make an edit at Google; `number` selects an event."""
    if edit == "insert":
        control.add_event(ALICE, lunch(summary=f"Event {number}"))
    elif edit == "series":
        rule = f"RRULE:FREQ=DAILY;COUNT={3 + number % 5}"
        control.add_event(ALICE, {**lunch(), "recurrence": [rule]})
    events = control.truth(ALICE)["events"]
    masters = [event for event in events if "recurrence" in event]
    if edit in ("rename", "delete") and events:
        target = events[number % len(events)]["id"]
        if edit == "rename":
            control.patch_event(ALICE, target, {"summary": f"Renamed {number}"})
        else:
            control.delete_event(ALICE, target)
    elif edit == "reshape" and masters:
        rule = f"RRULE:FREQ=DAILY;COUNT={1 + number % 6}"
        control.patch_event(ALICE, masters[number % len(masters)]["id"], {"recurrence": [rule]})
    elif edit in ("instance", "skip") and masters:
        target = f"{masters[number % len(masters)]['id']}_20260302T110000Z"
        if target not in {gap["id"] for gap in control.truth(ALICE)["cancelled_instances"]}:
            control.patch_event(
                ALICE, target, {"summary": "Special"} if edit == "instance" else
                {"status": "cancelled"})  # fmt: skip


def fold_in(known: dict[str, Json], changed: list[Json]) -> None:
    """Apply an incremental list like a client, relying only on what Google guarantees."""
    for event in changed:
        if event["status"] != "cancelled" or "recurringEventId" in event:
            known[event["id"]] = event
            continue
        known.pop(event["id"], None)
        for name in [n for n, e in known.items() if e.get("recurringEventId") == event["id"]]:
            del known[name]


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(before=EDITS, after=EDITS, size=st.integers(1, 6))
def test_a_list_and_its_increments_are_a_whole_list(
    control: Control,
    alice: Google,
    before: list[tuple[str, int]],
    after: list[tuple[str, int]],
    size: int,
) -> None:
    for event in control.truth(ALICE)["events"]:
        if "recurringEventId" not in event:
            control.delete_event(ALICE, event["id"])
    for edit, number in before:
        apply_edit(control, edit, number)
    events, token = alice.all_events(maxResults=size)
    known = {event["id"]: event for event in events}
    for edit, number in after:
        apply_edit(control, edit, number)
        changed, token = alice.all_events(syncToken=token, maxResults=size)
        fold_in(known, changed)
    whole = {event["id"]: event for event in alice.all_events()[0]}
    assert known == whole
    truth = control.truth(ALICE)
    assert known.keys() == {e["id"] for e in truth["events"] + truth["cancelled_instances"]}


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(edits=EDITS)
def test_unfolded_increments_are_an_unfolded_list(
    control: Control, alice: Google, edits: list[tuple[str, int]]
) -> None:
    events, token = alice.all_events(singleEvents="true")
    known = {event["id"] for event in events}
    for edit, number in edits:
        apply_edit(control, edit, number)
        changed, token = alice.all_events(singleEvents="true", syncToken=token)
        known |= {event["id"] for event in changed}
        known -= {event["id"] for event in changed if event["status"] == "cancelled"}
    assert known == {event["id"] for event in alice.all_events(singleEvents="true")[0]}
