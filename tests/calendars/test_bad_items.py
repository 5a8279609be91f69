"""One bad item, calendar or series costs none of the others anything: it is set aside, or told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import connection_summaries
from calendars.events.expansion import derive_occurrences
from calendars.google.decoding import MOST_LEVELS, cut_below, is_too_deep
from calendars.google.resources import event_list
from calendars.models import Calendar, Event, Occurrence, QuarantinedEvent, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import ADA

WHEN = {"start": {"dateTime": "2026-12-01T10:00:00Z"}, "end": {"dateTime": "2026-12-01T11:00:00Z"}}

LONG_AGO = {
    "start": {"dateTime": "2010-12-01T10:00:00Z"},
    "end": {"dateTime": "2010-12-01T11:00:00Z"},
}


def body(**members: Any) -> str:
    return json.dumps({"id": "bad", **WHEN, **members})


def nested(depth: int) -> str:
    return f'{{"id": "bad", "extendedProperties": {"[" * depth}{"]" * depth}}}'


POISONS = [
    (body(recurrence=["RRULE:FREQ=DAILY", "EXRULE:FREQ=SECONDLY"]), "EXRULE"),
    (body(recurrence=["RRULE:FREQ=SECONDLY;COUNT=999999999"], **LONG_AGO), "too many instances"),
    (nested(1_100), "nested too deeply"),
    (nested(100_000), "nested too deeply"),
    (body(start={"date": "0001-01-01"}, end={"date": "2026-12-01"}), "too far"),
    (body(start={"dateTime": "0001-01-01T00:00:00+14:00"}), "isn't a date"),
]


@pytest.mark.parametrize(("poison", "reason"), POISONS)
def test_a_bad_item_is_set_aside_with_its_reason(
    google: Control, alice: User, connect: Connect, run_due: RunDue, poison: str, reason: str
) -> None:
    google.bulk(ADA, 5)
    google.order_fault("malformed_item", "events.list", always=True, json=poison)
    connect(alice)

    run_due()

    assert {event["id"] for event in google.truth(ADA)["events"]} == set(
        Event.objects.values_list("remote_id", flat=True)
    )
    aside = QuarantinedEvent.objects.get()
    assert aside.remote_id == "bad"
    assert reason in aside.reason
    assert not SyncState.objects.exclude(error_code="").exists()


def test_a_bad_master_among_its_exceptions_is_set_aside(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    """It is not expanded ahead, since an instance of it is replaced."""
    exception = {"id": "bad_1", "recurringEventId": "bad", "originalStartTime": WHEN["start"]}
    pair = body(recurrence=["RRULE:FREQ=DAILY", "EXRULE:FREQ=SECONDLY"])
    pair += "," + json.dumps({**WHEN, **exception})
    google.bulk(ADA, 5, recurring=0)
    google.order_fault("malformed_item", "events.list", always=True, json=pair)
    connect(alice)

    run_due()

    assert Event.objects.count() == 6
    assert QuarantinedEvent.objects.get().remote_id == "bad"


def test_a_series_that_cannot_be_expanded_any_more_costs_no_other_its_instances(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    for name in ("kept", "broken"):
        lines = ["RRULE:FREQ=DAILY;COUNT=3"]
        times = {key: {**value, "timeZone": "UTC"} for key, value in WHEN.items()}
        google.add_event(ADA, {"summary": name, "recurrence": lines, **times})
    connect(alice)
    run_due()
    broken = Event.objects.get(summary="broken")
    Event.objects.filter(pk=broken.pk).update(
        recurrence=["RRULE:FREQ=DAILY", "EXRULE:FREQ=SECONDLY"]
    )

    ids = list(Event.objects.values_list("remote_id", flat=True))
    derive_occurrences(calendar=broken.calendar, remote_ids=ids)

    assert Occurrence.objects.filter(event__summary="kept").count() == 3


def test_an_event_that_the_database_refuses_is_set_aside(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    """No check of ours knows why: here it is one of the database's own."""
    google.bulk(ADA, 20, recurring=0.2)
    connect(alice)
    run_due()
    for name in ("kept", "refused", "kept too"):
        google.add_event(ADA, {"summary": name, **WHEN})
    with database.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE calendars_event ADD CONSTRAINT none_refused"
            " CHECK (summary <> 'refused') NOT VALID"
        )
    SyncState.objects.update(due_at=timezone.now())

    run_due()

    assert Event.objects.filter(summary__startswith="kept").count() == 2
    assert QuarantinedEvent.objects.get().summary == "refused"
    assert not SyncState.objects.exclude(error_code="").exists()


def test_a_calendar_that_fails_as_no_check_foresaw_is_told_and_backed_off(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.create_calendar("Broken", calendar_id="broken", owner=ADA)
    google.bulk(ADA, 3, recurring=0)
    google.bulk("broken", 3, recurring=0)
    connect(alice)
    run_due()
    google.bulk(ADA, 2, recurring=0)
    broken = SyncState.objects.get(calendar__remote_id="broken")
    Calendar.objects.filter(remote_id="broken").update(time_zone="No/Where")
    states = SyncState.objects.exclude(calendar=None)  # the list would mend the calendar
    states.update(due_at=timezone.now(), full_wanted=True, last_synced_at=None)
    Event.objects.filter(calendar=broken.calendar).delete()

    run_due()

    broken.refresh_from_db()
    assert broken.error_code == "unforeseen"
    assert broken.due_at > timezone.now()
    assert broken.lease_until is None
    assert "internal error" in connection_summaries(owner=alice)[0].error_message
    assert Event.objects.filter(calendar__remote_id=ADA).count() == 5


@pytest.mark.parametrize("content", [b"[", b"]", b"[[]", b"{}}"])
def test_brackets_that_do_not_match_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="bracket"):
        cut_below(content, 0, lambda _: b"")


def test_texts_hold_no_brackets() -> None:
    assert not is_too_deep(b'"' + b"[" * 5000 + b'"')
    assert not is_too_deep(rb'["\"[[["' + b",[]" * MOST_LEVELS + b"]")
    assert is_too_deep(b"[" * (MOST_LEVELS + 1))
    assert cut_below(rb'{"a]": [1, {"b\"[": 2}], "c": [[3]]}', 2, lambda _: b"0") == (
        rb'{"a]": [1, 0], "c": [0]}'
    )


def test_a_page_that_was_cut_is_no_list() -> None:
    whole = b'{"items": [' + nested(1_100).encode() + b'], "nextSyncToken": "1"}'
    assert len(event_list(whole).items) == 1

    for length in range(len(whole) - 40, len(whole)):
        with pytest.raises(ValueError, match=r"."):
            event_list(whole[:length])
