"""Injected faults: each has the effect that its name says, on the calls that it names."""

from __future__ import annotations

import json
import time

import pytest
import urllib3
from urllib3.exceptions import IncompleteRead, ProtocolError, ReadTimeoutError

from sandbox.control import Control, ControlError
from sandbox.errors import ERRORS
from sandbox.faults import FAULTS
from tests.sandbox.client import (
    ALICE,
    BOB,
    POOL,
    Google,
    Json,
    events_path,
    lunch,
    post_token,
    reason,
    signed_in,
)


def listed(google: Google) -> urllib3.BaseHTTPResponse:
    return google.call("GET", events_path())


def test_the_nth_to_mth_call_of_a_kind(alice: Google, control: Control) -> None:
    control.order_fault("status", "events.*", first=2, last=3, status=503, body="busy")
    alice.call("GET", "users/me/calendarList")
    assert [listed(alice).status for _ in range(5)] == [200, 503, 503, 200, 200]
    assert control.faults()[0]["hits"] == 2
    control.clear_faults()
    assert control.faults() == []


def test_only_the_account_and_the_calendar_named(alice: Google, control: Control) -> None:
    bob = signed_in(control, BOB)
    other = control.create_calendar("Other", owner=ALICE)
    control.order_fault("status", "events.list", account=ALICE, calendar=ALICE, always=True)
    assert [listed(bob).status, listed(alice).status, listed(alice).status] == [200, 500, 500]
    assert alice.call("GET", events_path(other)).status == 200


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_named_error_has_its_shape(alice: Google, control: Control, name: str) -> None:
    control.order_fault("google_error", "events.list", error=name)
    answer = listed(alice)
    status, _ = reason(answer)
    assert status == ERRORS[name].code
    assert answer.json()["error"]["errors"][0]["domain"] == ERRORS[name].domain


def test_an_error_may_say_when_to_try_again(alice: Google, control: Control) -> None:
    control.order_fault(
        "google_error", "events.list", error="tooManyRequests", headers={"Retry-After": "7"}
    )
    answer = listed(alice)
    assert reason(answer) == (429, "rateLimitExceeded")
    assert answer.headers["Retry-After"] == "7"


def test_a_token_call_fails_in_its_own_shape(control: Control) -> None:
    tokens = control.grant(ALICE)
    control.order_fault("oauth_error", "token.refresh")
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    answer = post_token(control.url, **fields)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    assert post_token(control.url, **fields).status == 200


def test_html_and_half_json_are_no_json(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 50)
    control.order_fault("html", "events.list")
    control.order_fault("half_json", "events.list", first=2)
    html, half = listed(alice), listed(alice)
    assert (html.status, half.status) == (200, 200)
    assert html.headers["Content-Type"].startswith("text/html")
    for answer in (html, half):
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_drop_resets_the_connection_before_any_work(alice: Google, control: Control) -> None:
    control.order_fault("drop", "events.insert")
    with pytest.raises(ProtocolError):
        alice.call("POST", events_path(), lunch())
    assert control.truth(ALICE)["events"] == []
    assert control.requests("events.insert")[0]["status"] is None


def test_a_lost_answer_resets_the_connection_after_the_work(
    alice: Google, control: Control
) -> None:
    control.order_fault("lost_answer", "events.insert")
    with pytest.raises(ProtocolError):
        alice.call("POST", events_path(), lunch(id="chosen0id1"))
    again = alice.call("POST", events_path(), lunch(id="chosen0id1"))
    assert reason(again) == (409, "duplicate")
    assert len(control.truth(ALICE)["events"]) == 1


def test_a_body_breaks_off_in_its_middle(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 50)
    control.order_fault("drop_mid_body", "events.list")
    with pytest.raises((IncompleteRead, ProtocolError)):
        listed(alice)
    assert listed(alice).status == 200


def test_a_hanging_call_says_nothing(alice: Google, control: Control) -> None:
    control.order_fault("hang", "events.list", seconds=30)
    address = f"{alice.url}/calendar/v3/{events_path()}"
    with pytest.raises(ReadTimeoutError):
        POOL.request("GET", address, headers=alice.headers, timeout=0.2)
    control.clear_faults()
    assert listed(alice).status == 200


@pytest.mark.parametrize("fault", ["delay", "slow_answer"])
def test_a_delayed_call_is_answered_in_the_end(alice: Google, control: Control, fault: str) -> None:
    control.order_fault(fault, "events.list", seconds=0.2)
    began = time.monotonic()
    assert listed(alice).status == 200
    assert time.monotonic() - began >= 0.2


def test_an_empty_page_leads_on(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 5)
    control.order_fault("empty_page", "events.list", first=1)
    control.order_fault("empty_page", "events.list", first=3)
    events, token = alice.all_events(maxResults=2)
    assert len({event["id"] for event in events}) == len(events) == 5
    assert token is not None
    assert control.counts()["events.list"] == 5


def test_an_empty_page_of_the_calendar_list_leads_on(alice: Google, control: Control) -> None:
    control.order_fault("empty_page", "calendarList.list")
    page = alice.ask("GET", "users/me/calendarList")
    assert page["items"] == []
    rest = alice.ask("GET", "users/me/calendarList", pageToken=page["nextPageToken"])
    assert [entry["id"] for entry in rest["items"]] == [ALICE]


def test_a_short_list_looks_whole(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 10)
    control.order_fault("short_list", "events.list")
    control.order_fault("short_list", "events.list", first=2, keep=0.1)
    none, few = alice.events(), alice.events()
    assert (len(none["items"]), len(few["items"])) == (0, 1)
    assert none["nextSyncToken"]
    assert len(alice.events()["items"]) == 10


def test_stale_repeats_bring_every_state_the_newest_first(alice: Google, control: Control) -> None:
    event = alice.insert(lunch())
    _, token = alice.all_events()
    for name in ("one", "two"):
        control.patch_event(ALICE, event["id"], {"summary": name})
    control.order_fault("stale_repeats", "events.list")
    items = alice.events(syncToken=token)["items"]
    assert [item["summary"] for item in items] == ["two", "one"]
    assert items[0]["updated"] >= items[1]["updated"]


def test_a_malformed_event_stands_among_the_others(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 4)
    control.order_fault("malformed_item", "events.list")
    assert [len(item["end"]) for item in alice.events()["items"]].count(0) == 1
    assert len(control.truth(ALICE)["events"]) == 4


def test_raw_events_are_stored_unread(alice: Google, control: Control) -> None:
    control.add_event(ALICE, {"id": "raw", "status": "confirmed", "start": 7}, raw=True)
    assert alice.events()["items"][0]["start"] == 7


def test_every_fault_is_in_the_table_that_tests_can_read(control: Control) -> None:
    kinds = control.fault_kinds()
    assert kinds["faults"].keys() == FAULTS.keys()
    assert set(kinds["errors"]) == set(ERRORS)
    for name in FAULTS:
        control.order_fault(name, "nothing")


@pytest.mark.parametrize(("fault", "parameters"), [
    ("earthquake", {}), ("html", {"colour": "red"}), ("google_error", {"error": "unheardOf"}),
])  # fmt: skip
def test_an_unknown_order_is_refused(control: Control, fault: str, parameters: Json) -> None:
    with pytest.raises(ControlError):
        control.order_fault(fault, "events.list", **parameters)
    assert control.faults() == []
