"""Recurring events: instances, exceptions, splits, and clock changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from sandbox.control import Control
from tests.sandbox.client import ALICE, Google, Json, events_path, lunch, reason, timed


def series(*lines: str, zone: str = "Europe/Berlin", start: str = "2026-03-02T12:00:00") -> Json:
    end = start.replace("T12", "T13").replace("T02:30", "T03:00")
    return timed("Series", start, end, zone, recurrence=list(lines))


def starts(events: list[Json]) -> list[str]:
    return [event["start"].get("dateTime") or event["start"]["date"] for event in events]


def instances(alice: Google, event: Json, **query: Any) -> list[Json]:
    path = events_path("primary", event["id"], "instances")
    return list(alice.ask("GET", path, **query)["items"])


def test_instances_name_their_series_and_original_start(alice: Google) -> None:
    master = alice.insert(series("RRULE:FREQ=DAILY;COUNT=2"))
    first, second = instances(alice, master)
    assert first["id"] == f"{master['id']}_20260302T110000Z"
    assert second["recurringEventId"] == master["id"]
    assert second["originalStartTime"] == second["start"]
    assert second["iCalUID"] == master["iCalUID"]
    assert "recurrence" not in second
    assert alice.ask("GET", events_path("primary", second["id"])) == second


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (series("RRULE:FREQ=WEEKLY;COUNT=2", start="2026-03-26T12:00:00"),
         ["2026-03-26T12:00:00+01:00", "2026-04-02T12:00:00+02:00"]),
        (series("RRULE:FREQ=DAILY;UNTIL=20260304T110000Z", "EXDATE;TZID=Europe/Berlin:"
                "20260303T120000"),
         ["2026-03-02T12:00:00+01:00", "2026-03-04T12:00:00+01:00"]),
        (series("RRULE:FREQ=DAILY;UNTIL=20260303"),
         ["2026-03-02T12:00:00+01:00", "2026-03-03T12:00:00+01:00"]),
        (series("RDATE;TZID=America/New_York:20260310T080000"),
         ["2026-03-02T12:00:00+01:00", "2026-03-10T13:00:00+01:00"]),
        (series("RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", start="2026-03-27T12:00:00"),
         ["2026-03-27T12:00:00+01:00", "2026-04-24T12:00:00+02:00"]),
        # 2 March is a Monday: the start is an instance beside the rule's, and isn't counted.
        (series("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2"),
         ["2026-03-02T12:00:00+01:00", "2026-03-04T12:00:00+01:00", "2026-03-11T12:00:00+01:00"]),
        (series("RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=1", "EXDATE:20260302T110000Z"),
         ["2026-03-04T12:00:00+01:00"]),
        # At 02:30 on 29 March the clocks of Berlin skip an hour: RFC 5545, 3.3.5.
        (series("RRULE:FREQ=DAILY;COUNT=3", start="2026-03-28T02:30:00"),
         ["2026-03-28T02:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"]),
        ({"summary": "Days", "start": {"date": "2026-03-28"}, "end": {"date": "2026-03-29"},
          "recurrence": ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260329"]},
         ["2026-03-28", "2026-03-30"]),
    ],
)  # fmt: skip
def test_rules_unfold_in_the_zone_of_the_event(
    alice: Google, event: Json, expected: list[str]
) -> None:
    assert starts(instances(alice, alice.insert(event))) == expected


def test_a_moved_instance_becomes_an_exception(alice: Google, control: Control) -> None:
    master = alice.insert(series("RRULE:FREQ=DAILY;COUNT=3"))
    path = events_path("primary", f"{master['id']}_20260303T110000Z")
    later = {"start": {"dateTime": "2026-03-03T15:00:00+01:00"},
             "end": {"dateTime": "2026-03-03T16:00:00+01:00"}}  # fmt: skip
    moved = alice.ask("PATCH", path, later)
    assert moved["originalStartTime"]["dateTime"] == "2026-03-03T12:00:00+01:00"
    assert [event["id"] for event in alice.events()["items"]] == [master["id"], moved["id"]]
    assert starts(instances(alice, master))[1] == "2026-03-03T15:00:00+01:00"
    original = instances(alice, master, originalStart="2026-03-03T12:00:00+01:00")
    assert [event["id"] for event in original] == [moved["id"]]
    window = control.instances(ALICE, datetime.fromisoformat("2026-03-03T00:00:00+01:00"),
                               datetime.fromisoformat("2026-03-04T00:00:00+01:00"))  # fmt: skip
    assert [event["id"] for event in window] == [moved["id"]]


def test_a_cancelled_instance_leaves_a_gap_that_lists_show(alice: Google) -> None:
    master = alice.insert(series("RRULE:FREQ=DAILY;COUNT=3"))
    path = events_path("primary", f"{master['id']}_20260303T110000Z")
    assert alice.call("DELETE", path).status == 204
    assert reason(alice.call("DELETE", path)) == (410, "deleted")
    gap = alice.events()["items"][1]
    assert gap.keys() == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert len(instances(alice, master)) == 2
    assert len(alice.events(singleEvents="true")["items"]) == 2
    shown = instances(alice, master, showDeleted="true")
    assert "cancelled" in [event["status"] for event in shown]


def test_an_instance_that_the_rule_does_not_have_is_not_found(alice: Google) -> None:
    master = alice.insert(series("RRULE:FREQ=DAILY;COUNT=3"))
    for stamp in ("20260303T120000Z", "20260310T110000Z", "20260303", "20261332T110000Z"):
        answer = alice.call("GET", events_path("primary", f"{master['id']}_{stamp}"))
        assert reason(answer) == (404, "notFound")


def test_a_split_drops_the_exceptions_past_it(alice: Google) -> None:
    master = alice.insert(series("RRULE:FREQ=DAILY;COUNT=10"))
    kept, dropped = (f"{master['id']}_2026030{day}T110000Z" for day in (3, 8))
    for event_id in (kept, dropped):
        alice.ask("PATCH", events_path("primary", event_id), {"summary": "Special"})
    _, token = alice.all_events()
    shorter = {"recurrence": ["RRULE:FREQ=DAILY;UNTIL=20260305T110000Z"]}
    alice.ask("PATCH", events_path("primary", master["id"]), shorter)
    changed = {event["id"]: event["status"] for event in alice.events(syncToken=token)["items"]}
    assert changed == {master["id"]: "confirmed", dropped: "cancelled"}
    assert [e["summary"] for e in instances(alice, master)] == ["Series", "Special"] + [
        "Series"
    ] * 2


def test_a_deleted_series_is_only_its_own_id(alice: Google, control: Control) -> None:
    master = alice.insert(series("RRULE:FREQ=DAILY;COUNT=3"))
    alice.ask("PATCH", events_path("primary", f"{master['id']}_20260303T110000Z"), {"summary": "x"})
    _, token = alice.all_events()
    alice.call("DELETE", events_path("primary", master["id"]))
    changed = alice.events(syncToken=token)["items"]
    assert [(event["id"], event["status"]) for event in changed] == [(master["id"], "cancelled")]
    assert changed[0].keys() == {"kind", "etag", "id", "status"}
    assert control.truth(ALICE) == {"events": [], "cancelled_instances": []}


def test_unfolded_and_in_order_of_start(alice: Google) -> None:
    alice.insert(series("RRULE:FREQ=DAILY"))
    alice.insert(lunch(summary="Lunch"))
    page = alice.events(
        singleEvents="true", orderBy="startTime", timeMin="2026-03-02T00:00:00Z",
        timeMax="2026-03-05T00:00:00Z")  # fmt: skip
    assert starts(page["items"]) == sorted(starts(page["items"]))
    assert len(page["items"]) == 4


def test_an_endless_series_ends_somewhere(alice: Google) -> None:
    master = alice.insert(series("RRULE:FREQ=WEEKLY", start="2026-03-02T12:00:00"))
    first = alice.ask("GET", events_path("primary", master["id"], "instances"), maxResults=50)
    assert len(first["items"]) == 50
    assert first["nextPageToken"]
