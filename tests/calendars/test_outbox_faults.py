"""Whatever happens to a call that writes: the change arrives once, or is shown, never lost."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.connections.disconnecting import disconnect
from calendars.models import Calendar, Connection, Event, PendingChange, SyncState
from calendars.sync import outbox
from calendars.sync.delivery import deliver
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, LUNCH, SERIES, Writer
from tests.product import audit_collection, send_change, sweep_outbox

LATER = timedelta(seconds=1)


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


def test_the_answer_of_an_insertion_is_lost(her: Writer, google: Control) -> None:
    made = her.create("Dentist")
    google.order_fault("lost_answer", "events.insert")
    her.send()
    assert (pending().state, pending().error_code) == ("pending", "google-unavailable")
    assert pending().due_at > timezone.now()
    her.change(made.remote_id, location="Praxis")

    her.send_later()

    assert her.calls() == {"insert": 1, "get": 1, "patch": 1}
    theirs = her.theirs(made.remote_id)
    assert (theirs["summary"], theirs["location"]) == ("Dentist", "Praxis")
    her.assert_equal()


def test_an_insertion_whose_answer_is_lost_and_that_a_sync_brings(
    her: Writer, google: Control
) -> None:
    made = her.create("Dentist")
    google.order_fault("lost_answer", "events.insert")
    her.send()

    her.sync()

    assert Event.objects.filter(summary="Dentist").count() == 1
    assert her.event(made.remote_id).etag
    her.assert_equal()


@pytest.mark.parametrize("is_synced", [False, True])
def test_an_event_whose_creation_may_have_arrived_is_deleted(
    her: Writer, google: Control, is_synced: bool
) -> None:
    made = her.create("Dentist")
    google.order_fault("lost_answer", "events.insert")
    her.send()
    her.delete(made.remote_id)
    if is_synced:
        her.sync()
        assert not Event.objects.filter(summary="Dentist").exists(), "it isn't resurrected"

    her.send_later()

    assert her.theirs(made.remote_id) == {}
    her.assert_equal()


def test_the_answer_of_a_change_is_lost(her: Writer, google: Control) -> None:
    her.change(summary="Brunch")
    google.order_fault("lost_answer", "events.patch")
    her.send()
    her.change(location="Garden")

    her.send_later()

    assert her.calls() == {"patch": 2, "get": 1}
    assert (her.theirs()["summary"], her.theirs()["location"]) == ("Brunch", "Garden")
    her.assert_equal()


def test_a_field_changed_again_after_a_lost_answer_is_no_conflict(
    her: Writer, google: Control
) -> None:
    her.change(summary="Brunch")
    google.order_fault("lost_answer", "events.patch")
    her.send()
    her.change(summary="Lunch")

    her.send_later()

    assert her.theirs()["summary"] == "Lunch"
    her.assert_equal()


@pytest.mark.parametrize("fault", ["lost_answer", "drop"])
def test_the_answer_of_a_deletion_is_lost(her: Writer, google: Control, fault: str) -> None:
    her.delete()
    google.order_fault(fault, "events.delete")
    her.send()
    assert her.send_later() <= 2
    her.assert_equal()


def test_fields_that_do_not_collide_merge_when_google_refuses_the_version(
    her: Writer, google: Control
) -> None:
    her.change(summary="Brunch")
    google.patch_event(ADA, "lunch1", {"location": "Bistro"})

    her.send()

    assert her.calls() == {"patch": 2, "get": 1}
    assert (her.theirs()["summary"], her.theirs()["location"]) == ("Brunch", "Bistro")
    assert her.event().location == "Bistro"
    her.assert_equal()


def test_a_guest_answers_while_another_is_invited(her: Writer, google: Control) -> None:
    google.patch_event(
        ADA, "lunch1", {"attendees": [{"email": "bob@x.example"}, {"email": "eve@x.example"}]}
    )
    her.sync()
    bob, _eve = her.event().attendees
    her.change(attendees=[bob, {"email": "carl@x.example"}])
    answers = [{"email": name, "responseStatus": "accepted"} for name in ("bob@x.example",)]
    google.patch_event(ADA, "lunch1", {"attendees": [*answers, {"email": "eve@x.example"}]})

    her.send()

    people = {each["email"]: each["responseStatus"] for each in her.theirs()["attendees"]}
    assert people == {"bob@x.example": "accepted", "carl@x.example": "needsAction"}
    her.assert_equal()


def test_fields_that_collide_are_a_conflict(her: Writer, google: Control) -> None:
    her.change(summary="Mine")
    google.patch_event(ADA, "lunch1", {"summary": "Theirs"})

    her.send()

    assert her.calls() == {"patch": 1, "get": 1}
    theirs: dict[str, Any] = pending().theirs or {}
    assert (pending().state, theirs["summary"]) == ("conflict", "Theirs")
    assert (her.event().summary, her.theirs()["summary"]) == ("Mine", "Theirs")
    assert her.send() == 0, "a conflict waits for a person"


def test_deleted_there_and_changed_here(her: Writer, google: Control) -> None:
    her.change(summary="Mine")
    google.delete_event(ADA, "lunch1")
    her.send()
    assert (pending().state, pending().theirs_deleted) == ("conflict", True)
    assert her.event().summary == "Mine"


def test_changed_there_and_deleted_here(her: Writer, google: Control) -> None:
    her.delete()
    google.patch_event(ADA, "lunch1", {"location": "Bistro"})
    her.send()
    theirs: dict[str, Any] = pending().theirs or {}
    assert (pending().state, pending().kind) == ("conflict", "delete")
    assert theirs["location"] == "Bistro"
    assert her.theirs()["location"] == "Bistro"


def test_deleted_on_both_sides(her: Writer, google: Control) -> None:
    her.delete()
    google.delete_event(ADA, "lunch1")
    her.send()
    her.assert_equal()


def begin(change: PendingChange) -> Any:
    """A worker that waits for Google's answer."""
    claim = outbox._claim(change.pk)
    assert claim is not None
    return claim, outbox._begin(claim)


def end(begun: Any, her: Writer) -> None:
    """The answer arrives and is stored."""
    claim, change = begun
    outcome = deliver(change, outbox._client(change))
    outbox._commit(claim, partial(outbox._take, outcome))


def test_a_change_during_the_call_survives(her: Writer) -> None:
    her.change(summary="Brunch")
    begun = begin(pending())
    her.change(summary="Supper", location="Garden")
    end(begun, her)

    assert her.event().summary == "Supper"
    assert pending().mine == {"summary": "Supper", "location": "Garden"}
    assert (pending().base or {})["summary"] == "Brunch"
    assert her.send() == 1
    assert her.theirs()["summary"] == "Supper"
    her.assert_equal()


def test_a_change_taken_back_during_the_call(her: Writer) -> None:
    her.change(summary="Brunch")
    begun = begin(pending())
    her.change(summary="Lunch")
    end(begun, her)
    her.send()
    assert her.theirs()["summary"] == "Lunch"
    her.assert_equal()


def test_deleted_during_the_creation(her: Writer) -> None:
    made = her.create()
    begun = begin(pending())
    her.delete(made.remote_id)
    end(begun, her)

    assert not Event.objects.filter(pk=made.pk).exists()
    assert her.send() == 1
    assert her.theirs(made.remote_id) == {}
    her.assert_equal()


def test_a_sync_during_the_call(her: Writer, google: Control) -> None:
    """The page may hold our change, or a newer one of others."""
    her.change(summary="Brunch")
    claim, change = begin(pending())
    outcome = deliver(change, outbox._client(change))
    google.patch_event(ADA, "lunch1", {"location": "Bistro"})
    her.sync()
    assert her.event().location == "Canteen"
    outbox._commit(claim, partial(outbox._take, outcome))

    assert her.event().location == "Bistro"
    her.assert_equal()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("rateLimitExceeded", "rate-limited"),
        ("quotaExceeded", "usage-limit"),
        ("backendError", "google-unavailable"),
    ],
)
def test_a_passing_refusal_is_waited_out(
    her: Writer, google: Control, error: str, code: str
) -> None:
    her.change(summary="Brunch")
    google.order_fault("google_error", "events.patch", error=error)
    her.send()
    waits = pending()
    assert (waits.state, waits.error_code, waits.attempts) == ("pending", code, 1)
    hours = (waits.due_at - timezone.now()) / timedelta(hours=1)
    assert (hours > 2) == (error == "quotaExceeded")
    her.send_later()
    her.assert_equal()


def test_a_refusal_for_good_says_why(her: Writer, google: Control) -> None:
    her.change(summary="Brunch")
    google.order_fault("google_error", "events.patch", error="forbiddenForNonOrganizer")
    her.send()
    assert (pending().state, pending().error_code) == ("failed", "not-organizer")
    assert pending().error_message
    assert her.event().summary == "Brunch"
    her.change(location="Garden")
    her.send()
    her.assert_equal()


def test_without_the_permission_it_waits_and_reading_goes_on(
    her: Writer, google: Control, connect: Connect
) -> None:
    her.change(summary="Brunch")
    google.order_fault("google_error", "events.patch", error="insufficientPermissions")
    her.send()
    assert (pending().state, pending().error_code) == ("pending", "write-access-missing")
    her.connection.refresh_from_db()
    assert her.connection.status == "active"

    connect(her.owner)

    her.send()
    her.assert_equal()


def test_with_read_access_alone_nothing_is_tried(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.add_event(ADA, LUNCH)
    reader = Writer(alice, connect(alice, write=False), google, run_due)
    run_due()
    reader.change(summary="Brunch")
    assert pending().error_code == "write-access-missing"
    assert reader.send() == 0

    connect(alice, write=True)

    assert pending().error_code == ""
    assert reader.send() == 1
    reader.assert_equal()


def test_after_a_revoked_grant_it_waits_for_the_reconnect(
    her: Writer, google: Control, connect: Connect
) -> None:
    her.change(summary="Brunch")
    google.revoke_grant(ADA)
    her.send()
    her.connection.refresh_from_db()
    assert her.connection.status == "reconnect_required"
    PendingChange.objects.update(due_at=timezone.now())
    assert her.send() == 0
    assert sweep_outbox() == 0

    connect(her.owner)

    her.send()
    her.assert_equal()


def test_two_workers_send_a_change_once(her: Writer) -> None:
    her.change(summary="Brunch")
    begun = begin(pending())
    assert send_change(pending().pk) == 0
    end(begun, her)
    her.assert_equal()


def test_a_killed_worker_is_followed_when_its_lease_lapses(her: Writer) -> None:
    her.create()
    begin(pending())
    assert her.send() == 0
    PendingChange.objects.update(lease_until=timezone.now() - LATER)
    assert her.send() == 1
    her.assert_equal()


def test_a_full_list_during_a_creation(her: Writer) -> None:
    made = her.create()
    begun = begin(pending())
    her.sync(full=True)
    end(begun, her)
    her.sync(full=True)
    assert Event.objects.filter(pk=made.pk).exists()
    her.assert_equal()


def test_what_is_only_here_is_no_suspicious_list(her: Writer, google: Control) -> None:
    """Google's list lacks most of what is here, because it doesn't have it yet."""
    google.order_fault("google_error", "events.insert", always=True)
    made = [her.create(f"New {number}") for number in range(12)]
    her.send()

    her.sync(full=True)
    audit_collection(SyncState.objects.get(calendar=her.calendar).pk)

    state = SyncState.objects.get(calendar=her.calendar)
    assert (state.deletions, state.held_count) == ("applied", 0)
    assert Event.objects.filter(pk__in=[each.pk for each in made]).count() == 12


def test_disconnected_and_connected_again(her: Writer, connect: Connect) -> None:
    her.change(summary="Brunch")
    begun = begin(pending())
    disconnect(owner=her.owner, connection_id=her.connection.pk, keep_data=True)
    assert Calendar.objects.filter(connection=her.connection).exists()
    assert pending().lease_token is None
    assert her.send() == 0
    with pytest.raises(Connection.DoesNotExist):
        Connection.objects.get(pk=her.connection.pk, status="active")
    connect(her.owner)
    her.send()
    assert begun
    her.assert_equal()
