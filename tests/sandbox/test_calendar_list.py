"""Calendars, and the list that each account has of them."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.control import Control
from tests.sandbox.client import ALICE, BOB, Google, Json, reason

LIST = "users/me/calendarList"


def entry_path(calendar: str) -> str:
    return f"{LIST}/{quote(calendar, safe='')}"


def ids(page: Json) -> list[str]:
    return [entry["id"] for entry in page["items"]]


def test_a_new_account_has_its_primary_calendar(alice: Google) -> None:
    page = alice.ask("GET", LIST)
    assert ids(page) == [ALICE]
    entry = page["items"][0]
    assert (entry["primary"], entry["accessRole"], entry["timeZone"]) == (
        True, "owner", "Europe/Berlin")  # fmt: skip
    assert alice.ask("GET", entry_path("primary")) == entry


def test_pages_and_increments(alice: Google, control: Control) -> None:
    names = [control.create_calendar(f"Calendar {n}", owner=ALICE) for n in range(4)]
    first = alice.ask("GET", LIST, maxResults=3)
    assert "nextSyncToken" not in first
    second = alice.ask("GET", LIST, maxResults=3, pageToken=first["nextPageToken"])
    assert ids(first) + ids(second) == [ALICE, *names]
    alice.ask("PATCH", entry_path(names[0]), {"summaryOverride": "Mine"})
    control.delete_calendar(names[1])
    changed = alice.ask("GET", LIST, syncToken=second["nextSyncToken"])
    assert ids(changed) == names[:2]
    assert changed["items"][0]["summaryOverride"] == "Mine"
    assert changed["items"][1]["deleted"] is True
    control.invalidate_sync_tokens(account=ALICE)
    old = alice.call("GET", LIST, syncToken=changed["nextSyncToken"])
    assert reason(old) == (410, "fullSyncRequired")


def test_hidden_and_removed_calendars_are_shown_when_asked(alice: Google, control: Control) -> None:
    hidden, removed = (control.create_calendar(n, owner=ALICE) for n in ("Hidden", "Removed"))
    alice.ask("PATCH", entry_path(hidden), {"hidden": True})
    assert alice.call("DELETE", entry_path(removed)).status == 204
    assert ids(alice.ask("GET", LIST)) == [ALICE]
    assert ids(alice.ask("GET", LIST, showHidden="true")) == [ALICE, hidden]
    assert ids(alice.ask("GET", LIST, showDeleted="true")) == [ALICE, removed]
    assert alice.ask("POST", LIST, {"id": removed})["accessRole"] == "owner"
    assert ids(alice.ask("GET", LIST)) == [ALICE, removed]


def test_a_role_selects(alice: Google, control: Control) -> None:
    control.share_calendar(BOB, ALICE, "reader")
    assert ids(alice.ask("GET", LIST)) == [ALICE, BOB]
    assert ids(alice.ask("GET", LIST, minAccessRole="writer")) == [ALICE]
    control.share_calendar(BOB, ALICE, None)
    assert ids(alice.ask("GET", LIST)) == [ALICE]
    assert reason(alice.call("GET", entry_path(BOB))) == (404, "notFound")


def test_a_calendar_is_made_changed_and_deleted(alice: Google, charlie: Google) -> None:
    made = alice.ask("POST", "calendars", {"summary": "Garden", "timeZone": "Asia/Tokyo"})
    path = f"calendars/{quote(made['id'], safe='')}"
    assert alice.ask("GET", path)["timeZone"] == "Asia/Tokyo"
    patched = alice.ask("PATCH", path, {"description": "Beds"})
    assert (patched["summary"], patched["description"]) == ("Garden", "Beds")
    assert alice.ask("GET", entry_path(made["id"]))["description"] == "Beds"
    assert "description" not in alice.ask("PUT", path, {"summary": "Yard"})
    assert reason(charlie.call("DELETE", path)) == (404, "notFound")
    assert alice.call("DELETE", path).status == 204
    assert reason(alice.call("GET", path)) == (404, "notFound")
    assert reason(alice.call("DELETE", "calendars/primary")) == (403, "forbidden")


def test_the_palette(alice: Google) -> None:
    colors = alice.ask("GET", "colors")
    assert colors["calendar"]["1"]["background"].startswith("#")
    assert len(colors["event"]) == 11
