"""The page on which a user changes events in Google's place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.control import Control
from tests.sandbox.client import ALICE, BOB, POOL, Google

Fields = dict[str, str]


def page(control: Control) -> str:
    answer = POOL.request("GET", f"{control.url}/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return answer.data.decode()


def send(control: Control, action: str, fields: Fields) -> str:
    answer = POOL.request("POST", f"{control.url}/desk/{action}", fields=fields,
                          encode_multipart=False, redirect=False)  # fmt: skip
    assert answer.status == 303
    return POOL.request("GET", f"{control.url}{answer.headers['Location']}").data.decode()


@pytest.fixture
def tomorrow() -> Fields:
    start = datetime.now(UTC) + timedelta(days=1)
    end = start + timedelta(hours=1)
    return {"calendar": ALICE, "summary": "Tea & <cake>",
            "start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{end:%Y-%m-%dT%H:%M}"}  # fmt: skip


def test_an_event_is_added_renamed_and_deleted(
    control: Control, alice: Google, tomorrow: Fields
) -> None:
    _, token = alice.all_events()
    shown = send(control, "add", tomorrow)
    assert "Tea &amp; &lt;cake&gt;" in shown
    assert "<cake>" not in shown
    event = alice.events(syncToken=token)["items"][0]
    target = {"calendar": ALICE, "event": event["id"]}
    assert "Coffee" in send(control, "rename", {**target, "summary": "Coffee"})
    assert alice.events(syncToken=token)["items"][0]["summary"] == "Coffee"
    assert "Coffee" not in send(control, "delete", target)
    assert alice.events(syncToken=token)["items"][0]["status"] == "cancelled"


def test_the_page_says_what_was_wrong(control: Control, tomorrow: Fields) -> None:
    wrong = send(control, "add", {**tomorrow, "end": "2020-01-01T00:00"})
    assert "The specified time range is empty." in wrong
    gone = send(control, "delete", {"calendar": "nobody", "event": "nothing"})
    assert "This calendar no longer exists." in gone
    assert control.truth(ALICE)["events"] == []


def test_a_read_only_calendar_has_no_forms(control: Control) -> None:
    control.reset()
    control.create_account(BOB)
    control.create_calendar("Holidays", access={BOB: "reader"})
    shown = page(control)
    assert "read only" in shown
    assert shown.count("/desk/add") == 1
