"""The members of an event become columns by one set of rules, with a fault for each that can't."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from json import dumps
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.events.merging import EDITABLE
from calendars.events.values import MEMBERS, columns_of
from calendars.models import Event
from config.web.problems import DomainError, Kind

BERLIN = ZoneInfo("Europe/Berlin")
TIMED = {"start": "2026-12-01T09:15:00+01:00", "end": "2026-12-01T10:15:00+01:00"}


def event(**columns: Any) -> Event:
    """An unsaved event of Google's, with what only a source can bring."""
    values = {
        "summary": "Review",
        "start_at": datetime(2026, 12, 1, 8, 15, tzinfo=UTC),
        "end_at": datetime(2026, 12, 1, 9, 15, tzinfo=UTC),
        "time_zone": "America/New_York",
        "attendees": [
            {"email": "bob@example.org", "response": "accepted", "guests": 2, "organizer": True},
            {"name": "Room of the board", "resource": True},
        ],
    }
    return Event(**{**values, **columns})


def faults_of(given: Any, former: Event | None = None) -> dict[str, str]:
    with pytest.raises(DomainError) as refused:
        columns_of(given, zone=BERLIN, former=former)
    assert refused.value.kind is Kind.INVALID
    return {fault.field: fault.code for fault in refused.value.faults}


def test_a_timed_event() -> None:
    columns = columns_of({**TIMED, "summary": "  Re\u0301view\nof it "}, zone=BERLIN)
    assert columns == {
        "summary": "R\u00e9view of it",
        "start_at": datetime(2026, 12, 1, 8, 15, tzinfo=UTC),
        "end_at": datetime(2026, 12, 1, 9, 15, tzinfo=UTC),
        "all_day": False,
        "time_zone": "Europe/Berlin",
        "zone_definition": "",
        "recurrence": [],
    }


def test_a_time_without_an_offset_is_of_the_events_zone() -> None:
    local = {"start": "2026-12-01T09:15", "end": "2026-12-01T10:15"}
    assert columns_of(local, zone=BERLIN)["start_at"].hour == 8
    tokyo = columns_of({**local, "time_zone": "asia/tokyo"}, zone=BERLIN)
    assert (tokyo["start_at"].hour, tokyo["time_zone"]) == (0, "Asia/Tokyo")
    assert columns_of(local, zone=BERLIN, former=event())["start_at"].hour == 14


def test_dates_make_an_all_day_event_with_an_exclusive_end() -> None:
    days = {"start": "2026-12-01", "end": date(2026, 12, 3), "time_zone": "Asia/Tokyo"}
    columns = columns_of(days, zone=BERLIN)
    assert (columns["all_day"], columns["time_zone"]) == (True, "UTC")
    assert columns["end_at"] == datetime(2026, 12, 3, tzinfo=UTC)
    assert faults_of({**days, "end": "2026-12-01"}) == {"end": "ends-before-start"}
    assert faults_of({**days, "end": "2026-12-03T10:00"}) == {"end": "not-a-date"}
    assert faults_of({**days, "all_day": False}) == {"start": "not-a-time", "end": "not-a-time"}


def test_what_is_not_given_stays() -> None:
    former = event(recurrence=["RRULE:FREQ=DAILY", "EXDATE:20261203T081500Z"])
    assert columns_of({"summary": "Other"}, zone=BERLIN, former=former) == {"summary": "Other"}
    later = columns_of({"end": "2026-12-01T11:00:00Z"}, zone=BERLIN, former=former)
    assert (later["start_at"], later["time_zone"]) == (former.start_at, "America/New_York")
    assert "recurrence" not in later
    weekly = columns_of({"recurrence": ["RRULE:FREQ=WEEKLY"]}, zone=BERLIN, former=former)
    assert weekly == {"recurrence": ["RRULE:FREQ=WEEKLY"]}
    assert faults_of({"start": "2026-12-01"}, former) == {"end": "required"}
    assert faults_of({"start": "2026-12-02T10:00Z"}, former) == {"end": "ends-before-start"}


def test_guests_keep_what_only_their_source_knows() -> None:
    people = [{"email": "Bob@Example.org", "optional": True, "organizer": False}, "c@example.org"]
    columns = columns_of({"attendees": people}, zone=BERLIN, former=event())
    bob, other = columns["attendees"]
    assert bob == {
        "email": "bob@example.org", "response": "accepted", "optional": True,
        "organizer": True, "guests": 2,
    }  # fmt: skip
    assert other == {"email": "c@example.org"}


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({}, "start", "required"),
        ({**TIMED, "summary": "a\x00b"}, "summary", "control-character"),
        ({**TIMED, "summary": "a\ud800b"}, "summary", "control-character"),
        ({**TIMED, "summary": 5}, "summary", "not-text"),
        ({**TIMED, "summary": "x" * 1025}, "summary", "too-long"),
        ({**TIMED, "description": "x" * 100_000}, "description", "too-long"),
        ({**TIMED, "end": "2026-12-01T09:00:00+01:00"}, "end", "ends-before-start"),
        ({**TIMED, "start": "tomorrow"}, "start", "not-a-moment"),
        ({**TIMED, "start": None}, "start", "required"),
        ({**TIMED, "start": "1492-10-12"}, "start", "out-of-range"),
        ({**TIMED, "time_zone": "Middle/Earth"}, "time_zone", "invalid-time-zone"),
        ({**TIMED, "time_zone": 3}, "time_zone", "invalid-time-zone"),
        ({**TIMED, "all_day": "yes"}, "all_day", "not-a-boolean"),
        ({**TIMED, "recurrence": ["RRULE:FREQ=NEVER"]}, "recurrence.0", "invalid-recurrence"),
        ({**TIMED, "recurrence": ["DTSTART:20260101"]}, "recurrence.0", "not-a-line"),
        ({**TIMED, "recurrence": ["EXDATE:20261203T081500Z"]}, "recurrence", "no-rule"),
        ({**TIMED, "recurrence": "RRULE:FREQ=DAILY"}, "recurrence", "not-a-list"),
        ({**TIMED, "recurrence": ["RRULE:FREQ=DAILY"] * 501}, "recurrence", "too-many"),
        ({**TIMED, "status": "cancelled"}, "status", "not-a-choice"),
        ({**TIMED, "visibility": "secret"}, "visibility", "not-a-choice"),
        ({**TIMED, "attendees": ["nobody"]}, "attendees.0.email", "not-an-email"),
        ({**TIMED, "attendees": [{"name": "X"}]}, "attendees.0.email", "not-an-email"),
        ({**TIMED, "attendees": [{"email": "a@b.de", "x": 1}]}, "attendees.0.x", "unknown"),
        ({**TIMED, "attendees": [f"a{i}@b.de" for i in range(201)]}, "attendees", "too-many"),
        ({**TIMED, "reminders": {"overrides": [{"minutes": -1}]}},
         "reminders.overrides.0.minutes", "not-minutes"),
        ({**TIMED, "reminders": {"overrides": [{"minutes": 40_321}]}},
         "reminders.overrides.0.minutes", "not-minutes"),
        ({**TIMED, "reminders": {"overrides": [{"minutes": i} for i in range(6)]}},
         "reminders.overrides", "too-many"),
        ({**TIMED, "reminders": {"use_default": True, "overrides": [{"minutes": 5}]}},
         "reminders.overrides", "default-and-own"),
        ({**TIMED, "owner_id": 1}, "owner_id", "unknown"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_member(given: Any, field: str, code: str) -> None:
    assert faults_of(given)[field] == code


def test_every_fault_is_told_at_once() -> None:
    given = {"summary": "\x00", "start": "x", "end": "y", "attendees": ["x"], "reminders": 1}
    named = {"summary", "start", "end", "attendees.0.email", "reminders"}
    assert set(faults_of(given)) >= named


def test_one_date_of_a_series_cannot_repeat() -> None:
    instance = event(recurring_event_id="series")
    assert faults_of({"recurrence": ["RRULE:FREQ=DAILY"]}, instance) == {
        "recurrence": "is-an-instance"
    }
    assert columns_of({"recurrence": []}, zone=BERLIN, former=instance)["recurrence"] == []


def test_reminders_take_googles_form() -> None:
    own = {"overrides": [{"minutes": 5}, {"method": "popup", "minutes": 5}]}
    assert columns_of({"reminders": own}, zone=BERLIN, former=event())["reminders"] == {
        "useDefault": False,
        "overrides": [{"method": "popup", "minutes": 5}],
    }
    cleared = columns_of({"reminders": None}, zone=BERLIN, former=event(reminders={"overrides": 1}))
    assert cleared["reminders"] == {"useDefault": True}


long_text = st.text(max_size=30) | st.just("x" * 20_000)


@given(
    summary=long_text,
    visibility=st.sampled_from(["", "default", "private"]),
    transparency=st.sampled_from(["", "opaque", "transparent"]),
    reminders=st.sampled_from(
        [{}, {"useDefault": True}, {"overrides": [{"minutes": 9**9}]}, {"useDefault": False}]
    ),
    names=st.sets(st.sampled_from(MEMBERS)),
)
def test_what_an_event_has_is_accepted_and_changes_nothing(
    summary: str, visibility: str, transparency: str, reminders: Any, names: set[str]
) -> None:
    """A client may send back what it was given, whatever the source of the event brought."""
    former = event(
        summary=summary,
        description=summary,
        visibility=visibility,
        transparency=transparency,
        reminders=reminders,
        recurrence=["RRULE:FREQ=WEEKLY", "DURATION:PT1H"],
    )
    shown = {
        "summary": summary,
        "description": summary,
        "location": "",
        "start": "2026-12-01T03:15:00-05:00",
        "end": "2026-12-01T04:15:00-05:00",
        "all_day": False,
        "time_zone": "America/New_York",
        "recurrence": former.recurrence,
        "status": "confirmed",
        "visibility": visibility,
        "transparency": transparency,
        "attendees": [
            {"email": "bob@example.org", "name": "", "response": "accepted", "optional": False,
             "organizer": True, "self": False},
            {"email": "", "name": "Room of the board", "response": "needsAction",
             "optional": False, "organizer": False, "self": False},
        ],
        "reminders": {
            "use_default": reminders.get("useDefault", False),
            "overrides": [{"method": "popup", **one} for one in reminders.get("overrides", [])],
        },
    }  # fmt: skip
    columns = columns_of({name: shown[name] for name in names}, zone=BERLIN, former=former)
    assert columns == {name: getattr(former, name) for name in columns}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["email", "minutes", "overrides", "name", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(MEMBERS), json), st.booleans())
def test_any_value_is_columns_or_faults(given: dict[str, Any], is_new: bool) -> None:
    former = None if is_new else event()
    with suppress(DomainError):
        columns = columns_of(given, zone=BERLIN, former=former)
        assert set(columns) <= EDITABLE
        dumps([columns[name] for name in ("attendees", "reminders") if name in columns])
