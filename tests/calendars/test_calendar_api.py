"""A phone connects an account and reads its timeline through /api/v1/."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.api import occurrences
from calendars.models import Calendar, Connection
from calendars.timeline.occurrences import TIMELINE
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.factories import bearer, make_session
from tests.statements import statements

ADA = "ada@sandbox.example"
NOVEMBER = {"start": "2026-11-01", "end": "2026-12-01"}


def phone_of(user: User) -> Client:
    return Client(headers=bearer(make_session(user)))


@pytest.fixture
def phone(alice: User) -> Client:
    return phone_of(alice)


@pytest.fixture
def synced(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    google.add_events(
        ADA,
        [
            {
                "summary": f"Meeting {number}",
                "start": {"dateTime": f"2026-11-{number:02}T10:00:00", "timeZone": "Asia/Tokyo"},
                "end": {"dateTime": f"2026-11-{number:02}T11:00:00", "timeZone": "Asia/Tokyo"},
            }
            for number in range(2, 12)
        ]
        + [{"summary": "Feast", "start": {"date": "2026-11-20"}, "end": {"date": "2026-11-22"}}],
    )
    connection = connect(alice)
    run_due()
    return connection


def test_a_phone_connects_an_account(google: Control, phone: Client, run_due: RunDue) -> None:
    begun = phone.post("/api/v1/connections", content_type="application/json")
    assert begun.status_code == 201
    answer = google.consent(begun.json()["authorization_url"], email=ADA)
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}

    done = phone.post(
        "/api/v1/connections/google/callback",
        {"code": query["code"], "state": query["state"]},
        content_type="application/json",
    )

    assert done.status_code == 201
    body = done.json()
    assert (body["email"], body["status"], body["provider"]) == (ADA, "active", "google")
    assert body["progress"]["state"] == "queued"
    run_due()
    read = phone.get(f"/api/v1/connections/{body['id']}").json()
    assert read["progress"]["state"] == "idle"
    assert [calendar["name"] for calendar in read["calendars"]] == ["Ada"]
    assert read["last_synced_at"]
    assert read["error"] is None


def test_occurrences_in_order_with_zones(phone: Client, synced: Connection) -> None:
    body = phone.get("/api/v1/occurrences", NOVEMBER).json()

    assert [entry["summary"] for entry in body["results"]][:2] == ["Meeting 2", "Meeting 3"]
    first, last = body["results"][0], body["results"][-1]
    assert (first["start"], first["time_zone"]) == ("2026-11-02T10:00:00+09:00", "Asia/Tokyo")
    assert (last["start"], last["end"], last["time_zone"]) == ("2026-11-20", "2026-11-22", None)
    assert (body["next"], body["previous"]) == (None, None)


def test_an_occurrence_has_an_id_of_its_own_a_colour_and_a_description(
    google: Control, phone: Client, synced: Connection, run_due: RunDue
) -> None:
    series = google.add_event(
        ADA,
        {
            "summary": "Stand-up",
            "description": "Who does what",
            "start": {"dateTime": "2026-11-02T09:00:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-11-02T09:15:00", "timeZone": "Europe/Berlin"},
            "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
        },
    )
    phone.post(f"/api/v1/connections/{synced.pk}/sync", content_type="application/json")
    run_due()
    before = phone.get("/api/v1/occurrences", {**NOVEMBER, "q": "Stand-up"}).json()["results"]

    assert {entry["description"] for entry in before} == {"Who does what"}
    assert {entry["colour"] for entry in before} == {Calendar.objects.get().colour}
    event = before[0]["event"]
    keys = [f"{event}_202611{day}T080000Z" for day in ("02", "03", "04")]
    assert [entry["id"] for entry in before] == keys

    moved = {"dateTime": "2026-11-03T15:00:00", "timeZone": "Europe/Berlin"}
    ended = {"dateTime": "2026-11-03T15:15:00", "timeZone": "Europe/Berlin"}
    google.patch_event(ADA, series["id"], {"summary": "Stand-up, again"})
    google.patch_event(ADA, f"{series['id']}_20261103T080000Z", {"start": moved, "end": ended})
    phone.post(f"/api/v1/connections/{synced.pk}/sync", content_type="application/json")
    run_due()

    after = phone.get("/api/v1/occurrences", {**NOVEMBER, "q": "Stand-up"}).json()["results"]
    assert len({entry["id"] for entry in after}) == 3
    assert {keys[0], keys[2]} <= {entry["id"] for entry in after}


def test_pages_of_occurrences_are_whole_in_both_directions(
    phone: Client, synced: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = phone.get("/api/v1/occurrences", NOVEMBER).json()["results"]
    monkeypatch.setattr(occurrences, "TIMELINE", replace(TIMELINE, page_size=4))

    forwards, last = walk(phone, phone.get("/api/v1/occurrences", NOVEMBER).json(), "next")
    backwards, _first = walk(phone, phone.get(last["previous"]).json(), "previous")

    assert [entry for page in forwards for entry in page] == whole
    assert [entry for page in reversed(backwards) for entry in page] == whole[:8]


def walk(phone: Client, body: dict[str, Any], link: str) -> tuple[list[Any], dict[str, Any]]:
    pages = [body["results"]]
    while body[link]:
        body = phone.get(body[link]).json()
        pages.append(body["results"])
    return pages, body


@pytest.mark.parametrize(
    ("query", "status", "field", "code"),
    [
        ({}, 422, "start", "required"),
        ({"start": "2026-11-01", "end": "soon"}, 422, "end", "not-a-moment"),
        ({**NOVEMBER, "start": "2026-11-01T10:00:00"}, 422, "start", "not-a-moment"),
        ({**NOVEMBER, "start": "2026-11-01 10:00:00Z"}, 422, "start", "not-a-moment"),
        ({**NOVEMBER, "start": "2026-W44-1"}, 422, "start", "not-a-moment"),
        ({**NOVEMBER, "start": "20261101"}, 422, "start", "not-a-moment"),
        ({**NOVEMBER, "start": "2026-11-01T24:00:00Z"}, 422, "start", "not-a-moment"),
        ({"start": "0001-01-01", "end": "0001-01-02"}, 422, "start", "out-of-range"),
        ({"start": "9999-12-30", "end": "9999-12-31"}, 422, "end", "out-of-range"),
        ({"start": "2026-11-02", "end": "2026-11-01"}, 422, "end", "not-after-start"),
        ({"start": "2026-11-02", "end": "2036-11-01"}, 422, "end", "window-too-long"),
        ({**NOVEMBER, "calendar": "mine"}, 422, "calendar", "invalid"),
    ],
)
def test_bad_windows_are_said_by_field(
    phone: Client, query: dict[str, str], status: int, field: str, code: str
) -> None:
    answer = phone.get("/api/v1/occurrences", query)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert (field, code) in {(fault["field"], fault["code"]) for fault in answer.json()["errors"]}


@pytest.mark.parametrize(
    "start", ["2026-11-02T01:00:00Z", "2026-11-02T02:00:00+01:00", "2026-11-02T02:00+01:00"]
)
def test_a_moment_is_read_with_its_offset(phone: Client, synced: Connection, start: str) -> None:
    answer = phone.get("/api/v1/occurrences", {"start": start, "end": "2026-11-03T00:00:00Z"})
    assert [entry["summary"] for entry in answer.json()["results"]] == ["Meeting 2"]


def test_a_bad_cursor_is_unreadable(phone: Client) -> None:
    answer = phone.get("/api/v1/occurrences", {**NOVEMBER, "cursor": "AAAA"})

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-not-valid")


def test_another_persons_connection_does_not_exist(synced: Connection, charlie: User) -> None:
    phone = phone_of(charlie)

    assert phone.get("/api/v1/connections").json()["results"] == []
    assert phone.get("/api/v1/calendars").json()["results"] == []
    assert phone.get("/api/v1/occurrences", NOVEMBER).json()["results"] == []
    for method, path in (("get", ""), ("post", "/sync"), ("post", "/reconnect")):
        answer = getattr(phone, method)(
            f"/api/v1/connections/{synced.pk}{path}", content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", ["connections", "calendars", "occurrences"])
def test_nobody_sees_nothing(db: None, path: str) -> None:
    answer = Client().get(f"/api/v1/{path}", NOVEMBER)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_a_sync_on_request(
    google: Control, phone: Client, synced: Connection, run_due: RunDue
) -> None:
    google.add_event(
        ADA, {"summary": "New", "start": {"date": "2026-11-30"}, "end": {"date": "2026-12-01"}}
    )

    answer = phone.post(f"/api/v1/connections/{synced.pk}/sync", content_type="application/json")

    assert answer.status_code == 202
    run_due()
    found = phone.get("/api/v1/occurrences", {**NOVEMBER, "q": "New"}).json()["results"]
    assert [entry["summary"] for entry in found] == ["New"]


def test_the_number_of_statements_does_not_grow(
    google: Control, phone: Client, synced: Connection, run_due: RunDue
) -> None:
    phone.get("/api/v1/connections")  # the first use of a token confirms its generation
    few = statements_of_the_list(phone)
    for number in range(5):
        google.create_calendar(f"Calendar {number}", owner=ADA)
    phone.post(f"/api/v1/connections/{synced.pk}/sync", content_type="application/json")
    run_due()

    many = statements_of_the_list(phone)

    assert len(few) == len(many) == 4, many  # authentication, then three of the list
    assert len(phone.get("/api/v1/connections").json()["results"][0]["calendars"]) == 6


def statements_of_the_list(phone: Client) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        phone.get("/api/v1/connections")
    return statements(captured)
