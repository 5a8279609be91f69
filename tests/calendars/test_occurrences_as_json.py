"""What the list of occurrences writes is what its description says, and true to the second."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from accounts.models import User
from calendars.api.occurrences import OccurrenceJson, OccurrenceOut, occurrence_json
from calendars.models import Calendar, PendingChange
from calendars.timeline.occurrences import TimelineEntry
from tests.calendars.rows import make_calendar, make_connection, make_day, make_hour
from tests.factories import bearer, make_session

Json = dict[str, Any]
ON = datetime(2026, 11, 18, tzinfo=UTC).date()
WINDOW = {"start": "2026-11-18", "end": "2026-11-19"}
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Africa/Monrovia")
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
FIRST = datetime(1900, 1, 1, tzinfo=UTC)
moments = st.integers(0, 200 * 365 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))


@st.composite
def entries(draw: st.DrawFn) -> TimelineEntry:
    start_at = draw(moments)
    all_day = draw(st.booleans())
    if all_day:
        start_at = start_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return TimelineEntry(
        event_id=draw(st.uuids()),
        calendar_id=draw(st.uuids()),
        calendar_name="Work",
        colour="#4a6fa5",
        original_start_at=start_at,
        start_at=start_at,
        end_at=start_at + (timedelta(days=1) if all_day else timedelta(minutes=50)),
        all_day=all_day,
        summary=draw(texts),
        description=draw(texts),
        location=draw(texts),
        status=draw(st.sampled_from(["confirmed", "tentative"])),
        time_zone=draw(st.sampled_from(ZONES)),
        recurring=draw(st.booleans()),
    )


def written(entry: TimelineEntry) -> Json:
    found: Json = json.loads(msgspec.json.encode(occurrence_json(entry)))
    return found


@given(entry=entries())
def test_the_values_are_those_of_the_entry(entry: TimelineEntry) -> None:
    found = written(entry)
    texts = ("summary", "description", "location", "status", "colour", "all_day", "recurring")
    assert [found[name] for name in texts] == [getattr(entry, name) for name in texts]
    assert (found["event"], found["calendar"]) == (str(entry.event_id), str(entry.calendar_id))
    assert found["id"] == entry.key
    for name in ("start", "end", "original_start"):
        at = getattr(entry, f"{name}_at")
        assert found[name] == (str(at.date()) if entry.all_day else in_zone(at, entry.time_zone))


def in_zone(at: datetime, zone: str) -> str:
    """RFC 3339 in the event's zone, or in UTC if the zone's offset has seconds then."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.utcoffset()
    assert offset is not None
    return (local if offset % timedelta(minutes=1) == timedelta(0) else at).isoformat()


def test_the_members_are_those_of_the_description() -> None:
    assert OccurrenceJson.__struct_fields__ == tuple(OccurrenceOut().fields)


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


@pytest.fixture
def phone(alice: User) -> Client:
    return Client(headers=bearer(make_session(alice)))


def listed(phone: Client, **query: str) -> list[Json]:
    answer = phone.get("/api/v1/occurrences", {**WINDOW, **query})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    results: list[Json] = answer.json()["results"]
    return results


@pytest.mark.django_db
def test_the_answer_is_as_described(phone: Client, calendar: Calendar) -> None:
    make_hour(calendar, "Interview", ON, 9, time_zone="Asia/Kathmandu", description="Room 4")
    make_day(calendar, "Holiday", ON)
    schema = phone.get("/api/schema/?format=json").json()
    for each in schema["components"]["schemas"]["OccurrenceOut"]["properties"].values():
        if each.get("nullable"):  # OpenAPI 3.0's word
            each["type"] = [each["type"], "null"]
    one = {**schema, "$ref": "#/components/schemas/OccurrenceOut", "unevaluatedProperties": False}
    for found in listed(phone) + listed(phone, without="description"):
        Draft202012Validator(one).validate(found)


@pytest.mark.django_db
def test_the_description_is_left_out_on_demand(phone: Client, calendar: Calendar) -> None:
    make_hour(calendar, "Interview", ON, 9, description="A long story")
    (whole,), (short,) = listed(phone), listed(phone, without="description")
    assert whole.pop("description") == "A long story"
    assert short == whole


@pytest.mark.django_db
def test_only_the_description_can_be_left_out(phone: Client) -> None:
    answer = phone.get("/api/v1/occurrences", {**WINDOW, "without": "summary"})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["without"]


@pytest.mark.django_db
def test_what_the_account_has_not_confirmed_is_marked(
    phone: Client, calendar: Calendar, alice: User
) -> None:
    events = [make_hour(calendar, name, ON, hour) for hour, name in enumerate("abcd", 8)]
    for event, state in zip(events, PendingChange.State, strict=False):
        PendingChange.objects.create(
            event_id=event.pk,
            owner=alice,
            calendar=calendar,
            remote_id=event.remote_id,
            kind="update",
            base={},
            state=state,
        )
    assert [one["sync"] for one in listed(phone)] == ["pending", "conflict", "failed", "synced"]


@pytest.mark.django_db
def test_the_order_is_that_of_the_starts(phone: Client, calendar: Calendar) -> None:
    """Short events, long ones and those of the day before come from three scans."""
    for hour in (3, 14, 8):
        make_hour(calendar, f"At {hour}", ON, hour)
    make_day(calendar, "Fair", ON - timedelta(days=2), days=4)
    make_day(calendar, "Sabbatical", ON - timedelta(days=10), days=20)
    found = listed(phone)
    assert [one["summary"] for one in found] == ["Sabbatical", "Fair", "At 3", "At 8", "At 14"]
    assert all(one["start"] <= other["start"] for one, other in pairwise(found))
