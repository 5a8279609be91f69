"""Every JSON response of every endpoint, validated against Google's discovery document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest

from sandbox.control import Control
from sandbox.routes import ROUTES, Route
from sandbox.server import SandboxServer
from tests.sandbox.client import ALICE, Google, Json, events_path, lunch, signed_in
from tests.sandbox.discovery import check_answer, document, methods, validator

LIST = "users/me/calendarList"
BODILESS = {"events.delete", "calendars.delete", "calendars.clear", "calendarList.delete",
            "channels.stop"}  # fmt: skip


class Walk:
    """Sends calls and records the methods that they used."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self.walked: set[str] = set()

    def __call__(self, kind: str, path: str, body: Json | None = None, **query: Any) -> Json:
        """Send a call with the verb of the document, and validate the response."""
        self.walked.add(kind)
        answer = self._google.call(methods()[kind]["httpMethod"], path, body, **query)
        if kind in BODILESS:
            assert (answer.status, answer.data) == (204, b"")
            return {}
        assert answer.status == 200, answer.data
        check_answer(kind, answer.json())
        return dict(answer.json())


@pytest.fixture
def walk(alice: Google) -> Walk:
    return Walk(alice)


def walk_events(walk: Callable[..., Json], other: str) -> None:
    event = walk("events.insert", events_path(), full_event())
    walk("events.get", events_path("primary", event["id"]))
    walk("events.patch", events_path("primary", event["id"]), {"summary": "Renamed"})
    walk("events.update", events_path("primary", event["id"]), lunch())
    series = walk("events.insert", events_path(), {**lunch(), "recurrence": ["RRULE:FREQ=DAILY"]})
    found = walk("events.instances", events_path("primary", series["id"], "instances"))
    walk("events.patch", events_path("primary", found["items"][1]["id"]), {"summary": "Special"})
    walk("events.delete", events_path("primary", found["items"][2]["id"]))
    walk("events.import", events_path("primary", "import"), {**lunch(), "iCalUID": "a@b.example"})
    walk("events.move", events_path("primary", event["id"], "move"), destination=other)
    page = walk("events.list", events_path(), maxResults="2")
    last = walk("events.list", events_path(), maxResults="2", pageToken=page["nextPageToken"])
    walk("events.list", events_path(), singleEvents="true", orderBy="startTime")
    walk("events.delete", events_path("primary", series["id"]))
    walk("events.list", events_path(), showDeleted="true")
    walk("events.list", events_path(), syncToken=last["nextSyncToken"])


def full_event() -> Json:
    return lunch(
        attendees=[{"email": ALICE, "responseStatus": "accepted", "optional": True}],
        reminders={"useDefault": False, "overrides": [{"method": "email", "minutes": 30}]},
        extendedProperties={"private": {"a": "b"}, "shared": {"c": "d"}},
        colorId="5", visibility="private", transparency="transparent", location="Canteen",
        source={"title": "Daybook", "url": "https://daybook.example/"}, guestsCanModify=True,
    )  # fmt: skip


def walk_lists(walk: Callable[..., Json], other: str) -> None:
    entry = f"{LIST}/{quote(other, safe='')}"
    page = walk("calendarList.list", LIST)
    walk("calendarList.get", entry)
    walk("calendarList.patch", entry, {"colorId": "7", "hidden": True})
    walk("calendarList.update", entry, {"summaryOverride": "Mine"})
    walk("calendarList.delete", entry)
    walk("calendarList.list", LIST, syncToken=page["nextSyncToken"])
    walk("calendarList.list", LIST, showDeleted="true", showHidden="true")
    walk("calendarList.insert", LIST, {"id": other})


def walk_calendars(walk: Callable[..., Json]) -> None:
    made = walk("calendars.insert", "calendars", {"summary": "New", "location": "Berlin"})
    path = f"calendars/{quote(made['id'], safe='')}"
    walk("calendars.get", path)
    walk("calendars.patch", path, {"description": "Described"})
    walk("calendars.update", path, {"summary": "Replaced"})
    walk("calendars.delete", path)
    walk("calendars.clear", "calendars/primary/clear")
    walk("colors.get", "colors")


def walk_channels(walk: Callable[..., Json]) -> None:
    body = {"id": "one", "type": "web_hook", "address": "http://127.0.0.1:9/hook", "token": "t"}
    walk("events.watch", events_path("primary", "watch"), body)
    opened = walk("calendarList.watch", f"{LIST}/watch", {**body, "id": "two"})
    walk("channels.stop", "channels/stop", {"id": "two", "resourceId": opened["resourceId"]})


def test_every_response_matches_googles_schema(walk: Walk, control: Control) -> None:
    other = control.create_calendar("Other", owner=ALICE)
    walk_events(walk, other)
    walk_lists(walk, other)
    walk_channels(walk)
    walk_calendars(walk)
    assert walk.walked == {route.kind for route in ROUTES}


def test_the_demo_people_have_events_that_google_could_give() -> None:
    with SandboxServer(people="demo") as server:
        control = Control(server.url)
        for account in control.accounts():
            google = signed_in(control, account["email"])
            for calendar in account["calendars"]:
                validator("CalendarListEntry").validate(calendar)
                page = google.events(calendar["id"], maxResults=2500)
                check_answer("events.list", page)
                assert page["items"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.kind)
def test_paths_verbs_and_scopes_are_the_documents(route: Route) -> None:
    known = methods()[route.kind]
    assert (route.method, "/".join(route.path)) == (known["httpMethod"], known["path"])
    assert route.scopes == {scope.rsplit("/", 1)[-1] for scope in known["scopes"]}


def test_the_check_refuses_what_the_document_does_not_name() -> None:
    for wrong in ({"kind": "calendar#event", "mood": "good"}, {"summary": 7},
                  {"start": {"date": "tomorrow"}}):  # fmt: skip
        with pytest.raises(jsonschema.ValidationError):
            validator("Event").validate(wrong)
    assert document()["batchPath"] == "batch/calendar/v3"
