"""A member that is not of its type never spoils an event; only what says when it is must be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from calendars.events.rows import Deletion, EventRow, MalformedEvent
from calendars.google.resources import event_list, event_resource, whole_item
from calendars.google.wire import event_row

WHOLE: dict[str, Any] = {
    "id": "a1",
    "summary": "Tea",
    "start": {"dateTime": "2026-12-01T10:00:00Z"},
    "end": {"dateTime": "2026-12-01T11:00:00Z"},
    "sequence": 3,
    "updated": "2026-11-01T10:00:00Z",
    "organizer": {"email": "a@example.org"},
    "attendees": [{"email": "b@example.org"}],
}
NEEDED = ("start", "end", "originalStartTime", "recurrence")
OPTIONAL = ("summary", "sequence", "updated", "organizer", "attendees", "etag", "colorId")
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.just([]),
    st.just([1]), st.just({}), st.just({"dateTime": 5}), st.just({"date": "2026-12-01"}),
)  # fmt: skip


def row_of(item: dict[str, Any]) -> EventRow | Deletion:
    return event_row(event_resource(Raw(json.dumps(item).encode())), "Europe/Berlin")


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize("value", [None, True, 1.5, [[]] * 2, {"in": 1}], ids=repr)
def test_what_is_of_another_type_counts_as_left_out(name: str, value: object) -> None:
    if name == "organizer" and isinstance(value, dict):
        value = [value]
    if name == "attendees" and isinstance(value, list):
        value = {}
    without = {member: held for member, held in WHOLE.items() if member != name}

    assert row_of({**WHOLE, name: value}) == row_of(without)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"start": None}, "it has no start"),
        ({"start": 5}, "its start isn't a date or time"),
        ({"start": {"dateTime": 5}}, "its start isn't a date or time"),
        ({"end": [1]}, "its end isn't a date or time"),
        ({"recurrence": "RRULE:FREQ=DAILY"}, "its recurrence can't be read"),
        ({"recurrence": [1]}, "its recurrence can't be read"),
        ({"id": 5}, "it has no usable id"),
        ({"status": "sleeping"}, "its status is unknown: sleeping"),
    ],
)
def test_an_event_that_cannot_be_kept_says_why(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedEvent, match=reason):
        row_of({**WHOLE, **change})


@pytest.mark.parametrize("item", ["null", "5", '"text"', "[]"])
def test_what_is_no_event_at_all_has_no_id(item: str) -> None:
    raw = Raw(item.encode())

    assert whole_item(raw) == {}
    with pytest.raises(MalformedEvent, match="no usable id"):
        event_row(event_resource(raw), "UTC")


def test_a_list_that_is_not_utf8_is_no_json() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        event_list(b'{"items": [{"id": "a", "kind": "\xff"}]}')


@pytest.mark.parametrize("content", ['{"items": 5}', '{"items": [1', '{"nextPageToken": 5}'])
def test_what_is_no_list_of_events_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        event_list(content.encode())


@given(st.dictionaries(st.sampled_from([*WHOLE, *NEEDED, *OPTIONAL, "kind"]), ANYTHING))
def test_one_odd_member_changes_nothing_of_the_others(changes: dict[str, Any]) -> None:
    """`kind` is of no interest; a number there, and the same event with one odd member, which is
    read the long way, are read alike."""
    item = {**WHOLE, **changes}
    try:
        expected: object = row_of({**item, "visibility": ""})
    except MalformedEvent as error:
        expected = str(error)
    try:
        found: object = row_of({**item, "visibility": 5})
    except MalformedEvent as error:
        found = str(error)
    assert found == expected
