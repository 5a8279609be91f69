"""Lists of events: pages, filters, orders and partial responses."""

from __future__ import annotations

import gzip

import pytest

from sandbox.control import Control
from tests.sandbox.client import ALICE, POOL, Google, Json, events_path, lunch, reason, timed


def test_pages_bring_every_event_once_and_the_token_last(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 25)
    sizes, seen, token = [], [], None
    while True:
        more: Json = {"pageToken": token} if token else {}
        page = alice.events(maxResults=10, **more)
        sizes.append(len(page["items"]))
        seen += [event["id"] for event in page["items"]]
        assert ("nextPageToken" in page) != ("nextSyncToken" in page)
        token = page.get("nextPageToken")
        if token is None:
            break
    assert sizes == [10, 10, 5]
    assert len(set(seen)) == 25


def test_pages_are_250_by_default_and_2500_at_most(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 2600)
    assert len(alice.events()["items"]) == 250
    assert len(alice.events(maxResults=9999)["items"]) == 2500
    assert reason(alice.call("GET", events_path(), maxResults=0)) == (400, "invalidParameter")


def test_a_list_stays_as_it_was_when_its_first_page_was_asked(
    alice: Google, control: Control
) -> None:
    control.bulk(ALICE, 4, recurring=0)
    first = alice.events(maxResults=2)
    for event in control.truth(ALICE)["events"]:
        control.delete_event(ALICE, event["id"])
    second = alice.events(maxResults=2, pageToken=first["nextPageToken"])
    assert [event["status"] for event in second["items"]] == ["confirmed", "confirmed"]
    changes = alice.events(syncToken=second["nextSyncToken"])["items"]
    assert [event["status"] for event in changes] == ["cancelled"] * 4


def test_a_page_token_of_another_query_is_refused(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 3)
    token = alice.events(maxResults=1)["nextPageToken"]
    other = alice.call("GET", events_path(), maxResults=1, pageToken=token, showDeleted="true")
    assert reason(other) == (400, "invalid")
    assert reason(alice.call("GET", events_path(), pageToken="nonsense")) == (400, "invalid")


def test_a_window_takes_what_touches_it(alice: Google) -> None:
    alice.insert(timed("Before", "2026-03-02T08:00:00", "2026-03-02T10:00:00"))
    alice.insert(timed("Into", "2026-03-02T09:30:00", "2026-03-02T10:30:00"))
    alice.insert(timed("At its end", "2026-03-02T12:00:00", "2026-03-02T13:00:00"))
    weekly = timed("Weekly", "2026-02-23T11:00:00", "2026-02-23T11:30:00")
    alice.insert({**weekly, "recurrence": ["RRULE:FREQ=WEEKLY"]})
    ended = timed("Ended", "2026-02-16T11:00:00", "2026-02-16T11:30:00")
    alice.insert({**ended, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]})
    window = {"timeMin": "2026-03-02T10:00:00+01:00", "timeMax": "2026-03-02T11:00:00Z"}
    found = [event["summary"] for event in alice.events(**window)["items"]]
    assert found == ["Into", "Weekly"]


@pytest.mark.parametrize("query", [
    {"timeMin": "2026-03-02T10:00:00"},
    {"timeMin": "yesterday"},
    {"timeMin": "2026-03-02T10:00:00Z", "timeMax": "2026-03-02T10:00:00Z"},
    {"orderBy": "startTime"},
    {"orderBy": "mood"},
    {"singleEvents": "perhaps"},
    {"timeZone": "Mars/Base"},
    {"fields": "items(id"},
])  # fmt: skip
def test_a_wrong_query_is_refused(alice: Google, query: Json) -> None:
    alice.insert(lunch())
    assert alice.call("GET", events_path(), **query).status == 400


def test_words_and_ical_uid_select(alice: Google) -> None:
    event = alice.insert(lunch(attendees=[{"email": "eve@example.org", "displayName": "Eve"}]))
    alice.insert(timed("Dinner", "2026-03-02T19:00:00", "2026-03-02T20:00:00"))
    for query in ({"q": "lunch eve"}, {"iCalUID": event["iCalUID"]}):
        page = alice.events(**query)
        assert [one["id"] for one in page["items"]] == [event["id"]]
        assert "nextSyncToken" not in page


def test_extended_properties_select(alice: Google) -> None:
    alice.insert(lunch())
    marked = alice.insert(lunch(extendedProperties={"private": {"source": "daybook"}}))
    page = alice.events(privateExtendedProperty="source=daybook")
    assert [one["id"] for one in page["items"]] == [marked["id"]]


def test_fields_select_members(alice: Google) -> None:
    event = alice.insert(lunch())
    page = alice.events(fields="nextSyncToken,items(id,start/dateTime)")
    assert page["items"] == [{"id": event["id"], "start": {"dateTime": event["start"]["dateTime"]}}]
    assert page.keys() == {"nextSyncToken", "items"}


def test_another_time_zone_shows_other_offsets(alice: Google) -> None:
    alice.insert(lunch())
    start = alice.events(timeZone="America/New_York")["items"][0]["start"]
    assert start == {"dateTime": "2026-03-02T06:00:00-05:00", "timeZone": "Europe/Berlin"}


def test_a_moved_calendar_shows_the_same_moments(alice: Google, control: Control) -> None:
    alice.insert(lunch())
    control.change_calendar(ALICE, timeZone="Asia/Tokyo")
    page = alice.events()
    assert page["timeZone"] == "Asia/Tokyo"
    assert page["items"][0]["start"]["dateTime"] == "2026-03-02T20:00:00+09:00"


def test_updated_min_takes_later_changes_and_deletions(alice: Google) -> None:
    early, late, gone = (alice.insert(lunch(summary=name)) for name in ("early", "late", "gone"))
    alice.call("DELETE", events_path("primary", gone["id"]))
    patched = alice.ask("PATCH", events_path("primary", late["id"]), {"summary": "later"})
    page = alice.events(updatedMin="2020-01-01T00:00:00Z", orderBy="updated")
    assert [one["id"] for one in page["items"]] == [early["id"], gone["id"], patched["id"]]
    assert alice.events(updatedMin="2099-01-01T00:00:00Z")["items"][0]["id"] == gone["id"]


def test_the_answer_is_compressed_when_asked(alice: Google, control: Control) -> None:
    control.bulk(ALICE, 50)
    answer = alice.call("GET", events_path(), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = alice.call("GET", events_path(), headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    raw = POOL.request("GET", f"{alice.url}/calendar/v3/{events_path()}",
                       headers={**alice.headers, "Accept-Encoding": "gzip"},
                       decode_content=False)  # fmt: skip
    assert gzip.decompress(raw.data) == plain.data == answer.data
