"""Characters that JSON allows and PostgreSQL doesn't are removed; the rest of the page is
stored."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from calendars.google.decoding import decode_json
from calendars.models import Event, QuarantinedEvent
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

WORK = "ada@sandbox.example"
TIMES = {
    "start": {"dateTime": "2026-12-01T10:00:00Z"},
    "end": {"dateTime": "2026-12-01T11:00:00Z"},
}


def answer_once(google: Control, *events: Mapping[str, object], escape: str) -> None:
    """Make the next lists of events return these, with every @ replaced by an escape of JSON."""
    body = json.dumps({"items": events, "nextSyncToken": "1"}).replace("@", escape)
    # The request for the current month is such a list too.
    google.order_fault("status", "events.list", last=2, status=200, body=body, calendar=WORK)


@pytest.mark.parametrize(("escape", "left"), [("\\u0000", ""), ("\\ud800", "?"), ("\\udfff", "?")])
def test_an_event_is_stored_without_them(
    google: Control, alice: User, connect: Connect, run_due: RunDue, escape: str, left: str
) -> None:
    attendees = [{"email": "a@", "@": "b"}]
    whole = {"id": "whole", "summary": "a@b", "attendees": attendees, **TIMES}
    answer_once(google, whole, {"id": "bad@", "summary": "c@"}, escape=escape)
    connect(alice)

    run_due()

    event = Event.objects.get()
    assert (event.summary, event.attendees) == (f"a{left}b", [{"email": f"a{left}"}])
    aside = QuarantinedEvent.objects.get()
    assert (aside.remote_id, aside.payload["summary"]) == (f"bad{left}", f"c{left}")


def test_an_event_nested_deeply_is_stored(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    nested: dict[str, object] = {}
    for _ in range(300):
        nested = {"in": nested}
    answer_once(google, {"id": "deep", "reminders": nested, **TIMES}, escape="@")
    connect(alice)

    run_due()

    assert Event.objects.get().reminders == nested


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
)


@given(JSON)
def test_whatever_comes_can_be_stored(value: object) -> None:
    decoded = decode_json(json.dumps(value).encode())

    text = json.dumps(decoded, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode()


@pytest.mark.parametrize("content", [b"<html>", b'{"items": [', b"[" * 5000 + b"]" * 5000])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_json(content)
