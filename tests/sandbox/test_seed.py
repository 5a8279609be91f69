"""The demo accounts: real holidays, and weeks with every kind of event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from sandbox.control import Control
from sandbox.seed import ADA, FAMILY, KENJI
from sandbox.server import SandboxServer
from tests.sandbox.client import Json, events_path, reason, signed_in

GERMANY = "en.german#holiday@group.v.calendar.google.com"


@pytest.fixture(scope="module")
def demo() -> Iterator[Control]:
    with SandboxServer(people="demo") as server:
        yield Control(server.url)


def test_two_people_at_home_in_different_zones(demo: Control) -> None:
    people = {one["email"]: one for one in demo.accounts()}
    assert people[ADA]["time_zone"] != people[KENJI]["time_zone"]
    for person in people.values():
        roles = {entry["summary"]: entry["accessRole"] for entry in person["calendars"]}
        assert roles["Work"] == "owner"
        assert list(roles.values()).count("reader") >= 2


def test_the_holidays_are_the_real_ones_and_cannot_be_watched_or_changed(demo: Control) -> None:
    events = demo.truth(GERMANY)["events"]
    year = date.today().year  # noqa: DTZ011
    known = holidays.country_holidays("DE", years=range(year - 1, year + 3), language="en_US")
    assert {event["start"]["date"]: event["summary"] for event in events} == {
        day.isoformat(): name for day, name in known.items()}  # fmt: skip
    ada = signed_in(demo, ADA)
    body = {"id": "one", "type": "web_hook", "address": "https://daybook.example/"}
    watch = ada.call("POST", events_path(GERMANY, "watch"), body)
    assert reason(watch) == (400, "pushNotSupportedForRequestedResource")
    write = ada.call("DELETE", events_path(GERMANY, events[0]["id"]))
    assert reason(write) == (403, "requiredAccessLevel")


def test_the_working_week_has_every_kind_of_event(demo: Control) -> None:
    truth = demo.truth(ADA)
    rules = " ".join(line for event in truth["events"] for line in event.get("recurrence", []))
    for part in (
        "EXDATE",
        "INTERVAL=2",
        "BYDAY=-1FR",
        "BYSETPOS=-1",
        "UNTIL=",
        "COUNT=",
        "BYDAY=MO,TU,WE,TH,FR",
    ):
        assert part in rules
    assert len(truth["cancelled_instances"]) == 1
    assert [e["summary"] for e in truth["events"] if "recurringEventId" in e] == [
        "Team meeting (moved)"]  # fmt: skip
    zones = {event["start"].get("timeZone") for event in truth["events"]}
    assert {None, "Europe/Berlin", "America/New_York", "Australia/Sydney"} <= zones
    answers = {guest["responseStatus"] for e in truth["events"] for guest in e.get("attendees", [])}
    assert answers == {"accepted", "declined", "tentative", "needsAction"}
    assert any(event["organizer"]["email"] not in (ADA, FAMILY) for event in truth["events"])
    assert any("conferenceData" in event for event in truth["events"])
    assert any(days_of(event) > 1 for event in truth["events"])
    assert demo.truth(FAMILY)["events"]


def days_of(event: Json) -> int:
    if "date" not in event["start"]:
        return 0
    ends = [date.fromisoformat(event[name]["date"]) for name in ("start", "end")]
    return (ends[1] - ends[0]).days


def test_there_is_something_to_see_around_today(demo: Control) -> None:
    now = datetime.now(UTC)
    for calendar in (ADA, KENJI):
        assert len(demo.instances(calendar, now, now + timedelta(days=7))) >= 5


def test_a_second_start_has_the_same_content(demo: Control) -> None:
    with SandboxServer(people="demo") as server:
        again = Control(server.url).truth(ADA)["events"]
    assert [(e["id"], e["start"]) for e in again] == [
        (e["id"], e["start"]) for e in demo.truth(ADA)["events"]]  # fmt: skip
