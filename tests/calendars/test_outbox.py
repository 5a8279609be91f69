"""Changes of a person's reach Google once, in Google's form, and come back as no change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from calendars.events.editing import change_event
from calendars.events.history import Author
from calendars.events.merging import row_of
from calendars.events.pending import record_creation
from calendars.events.undo import undo_act
from calendars.events.writing import store_events
from calendars.models import Event, EventChange, PendingChange
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, LUNCH, SERIES, Writer
from tests.product import send_change

HOUR = timedelta(hours=1)


@pytest.fixture
def her(
    google: Control, alice: User, connect: Connect, run_due: RunDue, quick_calls: None
) -> Writer:
    google.add_events(ADA, [LUNCH, SERIES])
    connection = connect(alice)
    run_due()
    return Writer(alice, connection, google, run_due)


def pending() -> PendingChange:
    return PendingChange.objects.get()


def test_a_new_event_is_inserted_under_its_own_id(her: Writer, google: Control) -> None:
    made = her.create("Dentist", location="Praxis", description="Bring the card")

    assert her.send() == 1

    theirs = her.theirs(made.remote_id)
    assert (theirs["summary"], theirs["location"]) == ("Dentist", "Praxis")
    assert theirs["start"] == {
        "dateTime": "2026-12-01T13:00:00+01:00",
        "timeZone": "Europe/Berlin",
    }
    ours = her.event(made.remote_id)
    assert ours.etag == theirs["etag"]
    assert ours.html_link == theirs["htmlLink"]
    assert EventChange.objects.filter(event_id=ours.pk).count() == 1, (
        "the confirmation is no change"
    )
    her.assert_equal()


def test_only_what_was_changed_is_sent(her: Writer, google: Control) -> None:
    etag = her.event().etag
    her.change(summary="Lunch with Bob", notify="all")

    assert her.send() == 1

    request = google.requests("events.patch")[-1]
    assert ["sendUpdates", "all"] in request["query"]
    assert request["members"] == ["summary"]
    assert request["if_match"] == etag
    assert her.theirs()["summary"] == "Lunch with Bob"
    assert her.theirs()["location"] == "Canteen"
    her.assert_equal()


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_makes_no_version_stale(her: Writer) -> None:
    seen = her.create()
    her.send()
    confirmed = her.event(seen.remote_id)
    assert confirmed.change_set > seen.change_set, "clients hear that it is confirmed"

    change_event(
        owner_id=her.owner.pk,
        event_id=seen.pk,
        base=seen.change_set,
        changes={"summary": "Newer"},
        author=her.author,
    )

    her.send()
    her.assert_equal()


@pytest.mark.parametrize("series", [False, True])
def test_timed_becomes_all_day_and_back(her: Writer, series: bool) -> None:
    remote_id = "series1" if series else "lunch1"
    before = her.event(remote_id)
    day = datetime(2026, 12, 7, tzinfo=UTC)
    rule: dict[str, Any] = {"recurrence": ["RRULE:FREQ=DAILY;COUNT=3"] if series else []}
    her.change(
        remote_id,
        start_at=day,
        end_at=day + timedelta(days=2),
        all_day=True,
        time_zone="UTC",
        **rule,
    )
    assert her.send() == 1
    assert her.theirs(remote_id)["start"] == {"date": "2026-12-07"}
    assert her.theirs(remote_id)["end"] == {"date": "2026-12-09"}

    her.change(
        remote_id,
        start_at=before.start_at,
        end_at=before.end_at,
        all_day=False,
        time_zone="Europe/Berlin",
        **rule,
    )
    assert her.send() == 1
    assert "date" not in her.theirs(remote_id)["start"]
    assert her.theirs(remote_id)["start"]["timeZone"] == "Europe/Berlin"
    her.assert_equal()


def test_excluded_dates_are_sent_in_the_zone_of_the_series(her: Writer) -> None:
    her.change(
        "series1",
        recurrence=["RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20261208T080000Z"],
    )

    her.send()

    assert her.theirs("series1")["recurrence"] == [
        "RRULE:FREQ=DAILY;COUNT=5",
        "EXDATE;TZID=Europe/Berlin:20261208T090000",
    ]
    her.assert_equal()


def test_a_series_becomes_a_single_event(her: Writer) -> None:
    her.change("series1", recurrence=[])
    her.send()
    assert "recurrence" not in her.theirs("series1")
    her.assert_equal()


def test_texts_that_are_emptied_and_reminders(her: Writer) -> None:
    own = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]}
    her.change(location="", reminders=own, visibility="private", colour_id="5")
    her.send()
    theirs = her.theirs()
    assert "location" not in theirs
    assert (theirs["reminders"], theirs["visibility"], theirs["colorId"]) == (own, "private", "5")
    her.change(reminders={"useDefault": True}, visibility="", colour_id="")
    her.send()
    assert her.theirs()["reminders"] == {"useDefault": True}
    assert "visibility" not in her.theirs()
    her.assert_equal()


def test_guests_keep_what_google_knows_of_them(her: Writer, google: Control) -> None:
    google.patch_event(
        ADA,
        "lunch1",
        {
            "attendees": [
                {"email": "bob@x.example", "displayName": "Bob", "id": "4711", "comment": "Late"},
                {"email": "eve@x.example", "responseStatus": "accepted"},
            ]
        },
    )
    her.sync()
    people = her.event().attendees

    her.change(attendees=[people[0], {"email": "carl@x.example"}])

    assert her.send() == 2, "what Google knows is asked for first"
    bob, carl = her.theirs()["attendees"]
    assert (bob["id"], bob["displayName"], bob["comment"]) == ("4711", "Bob", "Late")
    assert carl["email"] == "carl@x.example"
    her.assert_equal()


def test_an_answer_changes_nothing_of_other_guests(her: Writer, google: Control) -> None:
    guests = [{"email": ADA}, {"email": "bob@x.example"}]
    google.patch_event(ADA, "lunch1", {"attendees": guests})
    her.sync()
    people = her.event().attendees
    her.change(attendees=[{**people[0], "response": "accepted", "comment": "Yes"}, *people[1:]])

    assert her.send() == 1

    ada, bob = her.theirs()["attendees"]
    assert (ada["responseStatus"], ada["comment"]) == ("accepted", "Yes")
    assert bob["email"] == "bob@x.example"
    her.assert_equal()


def test_a_deletion(her: Writer) -> None:
    her.delete()
    assert her.send() == 1
    assert her.theirs() == {}
    her.assert_equal()


def test_changes_that_wait_are_sent_as_one(her: Writer) -> None:
    made = her.create("A")
    her.change(made.remote_id, summary="B")
    her.change(made.remote_id, location="Here")
    assert her.send() == 1
    assert her.theirs(made.remote_id)["summary"] == "B"
    her.assert_equal()


def exception_of(her: Writer, day: int, **values: Any) -> Event:
    """An instance of the series, changed here."""
    series = her.event("series1")
    at = series.start_at + timedelta(days=day)
    row = row_of(series)._replace(
        remote_id=f"series1_{at:%Y%m%dT%H%M%SZ}",
        recurring_event_id="series1",
        original_start_at=at,
        start_at=at,
        end_at=at + (series.end_at - series.start_at),
        recurrence=[],
        etag="",
    )
    row = row._replace(**values)
    store_events(calendar=her.calendar, rows=[row], author=her.author)
    record_creation(her.calendar, row)
    return her.event(row.remote_id)


def test_an_instance_is_changed_under_googles_id(her: Writer) -> None:
    made = exception_of(her, 1, summary="Standup, long")

    assert her.send() == 2, "the instance's version, then the change"

    theirs = her.theirs(made.remote_id)
    assert (theirs["summary"], theirs["recurringEventId"]) == ("Standup, long", "series1")
    her.assert_equal()


def test_an_instance_is_cancelled(her: Writer, google: Control) -> None:
    made = exception_of(her, 2, status="cancelled")

    assert her.send() == 3

    assert made.remote_id in [each["id"] for each in google.truth(ADA)["cancelled_instances"]]
    her.assert_equal()


def test_an_exception_waits_for_its_series(her: Writer, google: Control) -> None:
    made = her.create(recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    at = made.start_at + timedelta(days=1)
    row = row_of(made)._replace(
        remote_id=f"{made.remote_id}_{at:%Y%m%dT%H%M%SZ}",
        recurring_event_id=made.remote_id,
        original_start_at=at,
        start_at=at + HOUR,
        end_at=at + 2 * HOUR,
        recurrence=[],
    )
    store_events(calendar=her.calendar, rows=[row], author=her.author)
    record_creation(her.calendar, row)
    exception = her.event(row.remote_id)
    send_change(exception.pk)
    assert not PendingChange.objects.filter(pk=exception.pk, attempts__gt=0).exists()
    assert her.theirs(row.remote_id) == {}

    her.send()

    assert her.theirs(row.remote_id)["start"]["dateTime"] == "2026-12-02T14:00:00+01:00"
    her.assert_equal()


def test_deleted_while_it_waits_it_is_never_sent(her: Writer) -> None:
    made = her.create()
    her.delete(made.remote_id)
    assert her.send() == 0
    her.assert_equal()


def test_what_is_brought_back_is_restored_at_google(her: Writer) -> None:

    her.delete()
    her.send()
    undo_act(owner_id=her.owner.pk, act=her.author.act, author=Author(EventChange.Door.UNDO))
    assert her.send() <= 3
    assert her.theirs()["summary"] == "Lunch"
    her.assert_equal()
