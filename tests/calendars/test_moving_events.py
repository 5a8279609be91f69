"""An event moves to another calendar, and at no moment it exists nowhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.events.history import Author
from calendars.events.moving import move_event
from calendars.events.undo import undo_act
from calendars.models import Calendar, Event, EventChange, PendingChange
from config.web.problems import DomainError
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, LUNCH, SERIES, Writer
from tests.product import send_change

TEAM = "team@group.calendar.sandbox.example"
EVE = "eve@sandbox.example"


@pytest.fixture
def her(
    google: Control, alice: User, connect: Connect, run_due: RunDue, quick_calls: None
) -> Writer:
    google.add_events(ADA, [LUNCH, SERIES])
    google.create_calendar("Team", calendar_id=TEAM, owner=ADA)
    google.create_account(EVE, time_zone="Europe/Berlin")
    connection = connect(alice)
    connect(alice, EVE)
    Calendar.objects.create(owner=alice, name="Home")
    run_due()
    return Writer(alice, connection, google, run_due)


def calendar(name: str) -> Calendar:
    return Calendar.objects.filter(remote_id=name).first() or Calendar.objects.get(name=name)


def move(her: Writer, event: Event, to: str, author: Author | None = None) -> Event:
    return move_event(
        owner_id=her.owner.pk,
        event_id=event.pk,
        base=event.change_set,
        calendar_id=calendar(to).pk,
        author=author or her.author,
    )


def places(her: Writer, summary: str) -> list[str]:
    """The calendars of Google's that have it."""
    return [
        place
        for place in (ADA, TEAM, EVE)
        for event in her.google.truth(place)["events"]
        if event["summary"] == summary and "recurringEventId" not in event
    ]


def send_one_by_one(her: Writer, summary: str, *, never_left_google: str = "") -> None:
    """Look after each change that was sent: the event is here once, and Google is never without
    it, under the title `never_left_google` or the present one."""
    for _round in range(20):
        assert Event.objects.filter(summary=summary, recurring_event_id="").count() == 1
        if never_left_google:
            assert places(her, summary) or places(her, never_left_google)
        ready = PendingChange.objects.ready(timezone.now()).values_list("pk", flat=True).first()
        if ready is None:
            return
        send_change(ready)
    raise AssertionError("it doesn't come to an end")


def with_exceptions(her: Writer) -> list[dict[str, Any]]:
    """A series of which one instance was changed and one was cancelled at Google."""
    her.google.patch_event(ADA, "series1_20261208T080000Z", {"location": "Roof"})
    her.google.delete_event(ADA, "series1_20261209T080000Z")
    her.sync()
    assert Event.objects.filter(recurring_event_id="series1").count() == 2
    return []


def test_google_moves_it_within_an_account(her: Writer, google: Control) -> None:
    moved = move(her, her.event(), TEAM)
    assert (moved.calendar, moved.remote_id) == (calendar(TEAM), "lunch1")
    assert not Event.objects.filter(calendar=calendar(ADA), remote_id="lunch1").exists()

    google.clear_requests()
    send_one_by_one(her, "Lunch", never_left_google="Lunch")

    assert her.calls()["move"] == 1
    assert "insert" not in her.calls()
    assert places(her, "Lunch") == [TEAM]
    her.assert_equal()


def test_a_series_moves_with_its_exceptions(her: Writer, google: Control) -> None:
    with_exceptions(her)
    move(her, her.event("series1"), TEAM)
    send_one_by_one(her, "Standup", never_left_google="Standup")
    her.sync()
    theirs = {event["id"] for event in google.truth(TEAM)["events"]}
    assert theirs == {"series1", "series1_20261208T080000Z"}
    assert len(google.truth(TEAM)["cancelled_instances"]) == 1
    her.assert_equal()


@pytest.mark.parametrize("to", ["Home", EVE])
@pytest.mark.parametrize("remote_id", ["lunch1", "series1"])
def test_it_is_copied_and_then_deleted(her: Writer, to: str, remote_id: str) -> None:
    with_exceptions(her)
    event = her.event(remote_id)
    moved = move(her, event, to)
    assert moved.calendar == calendar(to)
    exceptions = Event.objects.filter(recurring_event_id=moved.remote_id)
    assert exceptions.count() == (2 if remote_id == "series1" else 0)

    stays = event.summary if to == EVE else ""
    send_one_by_one(her, event.summary, never_left_google=stays)

    assert places(her, event.summary) == ([EVE] if to == EVE else [])
    assert not PendingChange.objects.exists()
    if to == EVE and remote_id == "series1":
        theirs = her.google.truth(EVE)
        assert [each.get("location") for each in theirs["events"]].count("Roof") == 1
        assert len(theirs["cancelled_instances"]) == 1


def test_from_a_local_calendar_to_google(her: Writer) -> None:
    home = move(her, her.event(), "Home")
    her.send()
    back = move(her, home, ADA)
    send_one_by_one(her, "Lunch")
    assert places(her, "Lunch") == [ADA]
    assert her.theirs(back.remote_id)["location"] == "Canteen"
    her.assert_equal()


def test_the_original_waits_for_the_copy(her: Writer, google: Control) -> None:
    move(her, her.event(), EVE)
    google.order_fault("google_error", "events.insert", always=True)
    her.send()
    her.send_later()
    assert places(her, "Lunch") == [ADA]
    her.sync()
    assert Event.objects.filter(summary="Lunch").count() == 1, "the original isn't brought again"

    google.clear_faults()
    her.send_later()
    assert places(her, "Lunch") == [EVE]


def test_a_lost_answer_of_the_move(her: Writer, google: Control) -> None:
    move(her, her.event(), TEAM)
    google.order_fault("lost_answer", "events.move")
    her.send()
    her.sync()
    her.send_later()
    assert places(her, "Lunch") == [TEAM]
    her.assert_equal()


def test_what_waits_to_be_sent_moves_too(her: Writer) -> None:
    her.change(summary="Brunch")
    moved = move(her, her.event(), TEAM)
    assert moved.summary == "Brunch"
    send_one_by_one(her, "Brunch", never_left_google="Lunch")
    assert places(her, "Brunch") == [TEAM]
    her.assert_equal()


def test_changed_at_google_while_it_waits_to_be_moved(her: Writer, google: Control) -> None:
    move(her, her.event(), TEAM)
    google.patch_event(ADA, "lunch1", {"location": "Bistro"})
    her.sync()
    assert Event.objects.filter(summary="Lunch").count() == 1
    her.send()
    assert her.theirs("lunch1", TEAM)["location"] == "Bistro"
    her.assert_equal()


def test_moved_before_it_was_ever_sent(her: Writer) -> None:
    made = her.create("Dentist")
    move(her, made, EVE)
    assert her.send() == 1
    assert places(her, "Dentist") == [EVE]


@pytest.mark.parametrize("to", [TEAM, EVE, "Home"])
@pytest.mark.parametrize("is_sent", [False, True])
def test_a_move_can_be_undone(her: Writer, to: str, is_sent: bool) -> None:
    remote_id = "series1"
    with_exceptions(her)
    event = her.event(remote_id)
    move(her, event, to)
    if is_sent:
        send_one_by_one(her, event.summary)
    undo = Author(EventChange.Door.UNDO, actor_id=her.owner.pk)
    undo_act(owner_id=her.owner.pk, act=her.author.act, author=undo)
    assert Event.objects.get(summary=event.summary, recurring_event_id="").calendar == calendar(ADA)

    stays = "" if to == "Home" and is_sent else event.summary
    send_one_by_one(her, event.summary, never_left_google=stays)

    assert places(her, event.summary) == [ADA]
    assert her.theirs(remote_id)["summary"] == event.summary
    assert not PendingChange.objects.exists()


def test_history_names_both_calendars(her: Writer) -> None:
    moved = move(her, her.event(), TEAM)
    kinds = EventChange.objects.filter(act=her.author.act).values_list(
        "calendar__remote_id", "kind"
    )
    assert set(kinds) == {(ADA, "deleted"), (TEAM, "created")}
    assert moved.summary == "Lunch"


def refusal(her: Writer, event: Event, to: UUID) -> str:
    with pytest.raises(DomainError) as refused:
        move_event(
            owner_id=her.owner.pk,
            event_id=event.pk,
            base=event.change_set,
            calendar_id=to,
            author=her.author,
        )
    return refused.value.code


def test_what_cannot_be_moved(her: Writer, google: Control, bob: User, connect: Connect) -> None:
    with_exceptions(her)
    one_date = Event.objects.get(recurring_event_id="series1", location="Roof")
    assert refusal(her, one_date, calendar(TEAM).pk) == "instance-not-movable"
    bobs = Calendar.objects.create(owner=bob, name="Bob's")
    assert refusal(her, her.event(), bobs.pk) == "not-found"
    Calendar.objects.filter(remote_id=TEAM).update(read_only=True)
    assert refusal(her, her.event(), calendar(TEAM).pk) == "calendar-read-only"
    Event.objects.filter(remote_id="lunch1").update(organizer={"email": "boss@x.example"})
    assert refusal(her, her.event(), calendar(EVE).pk) == "not-organizer"
    Event.objects.filter(remote_id="lunch1").update(organizer={}, event_type="birthday")
    assert refusal(her, her.event(), calendar(EVE).pk) == "kind-not-movable"
