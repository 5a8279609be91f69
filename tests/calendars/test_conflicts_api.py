"""Conflicts and failed changes are decided over the API; nothing is dropped without being shown."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from calendars.models import Event, EventChange, PendingChange
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, LUNCH, SERIES, Writer
from tests.calendars.phone import Phone
from tests.http import Response

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def her(
    google: Control, alice: User, connect: Connect, run_due: RunDue, quick_calls: None
) -> Writer:
    google.add_events(ADA, [LUNCH, SERIES])
    connection = connect(alice)
    run_due()
    return Writer(alice, connection, google, run_due)


@pytest.fixture
def phone(alice: User) -> Phone:
    return Phone(alice)


class Lunch:
    """The event, as its owner's phone reaches it; its id stays when it's deleted."""

    def __init__(self, her: Writer, phone: Phone) -> None:
        self.her, self.phone = her, phone
        self.id = str(her.event().pk)

    def ask(self, method: str = "GET", path: str = "", body: Any = None, **more: str) -> Response:
        return self.phone.send(method, f"events/{self.id}{path}", body, **more)

    def change_both(self, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        assert self.ask("PATCH", "", ours).status_code == 200
        self.her.google.patch_event(ADA, "lunch1", theirs)
        self.her.sync()

    def decide(self, **decision: Any) -> Response:
        return self.ask("POST", "/conflict", decision)


@pytest.fixture
def lunch(her: Writer, phone: Phone) -> Lunch:
    return Lunch(her, phone)


def test_three_versions_are_shown(lunch: Lunch, alice: User, bob: User) -> None:
    lunch.change_both(
        {"summary": "Ours", "start": "2026-12-01T11:00:00Z", "location": "Here"},
        {"summary": "Theirs", "description": "A note"},
    )

    assert lunch.ask().json()["sync"] == "conflict"
    told = lunch.ask("GET", "/conflict").json()
    versions = [told[name]["summary"] for name in ("base", "mine", "theirs")]
    assert versions == ["Lunch", "Ours", "Theirs"]
    assert told["fields"] == ["summary"]
    assert told["mine"]["description"] == "A note", "what doesn't collide is merged"
    assert told["mine"]["start"] == "2026-12-01T12:00:00+01:00"
    assert told["theirs"]["start"] == "2026-12-01T13:00:00+01:00"
    stranger = Phone(bob)
    assert stranger.send("GET", f"events/{lunch.id}/conflict").status_code == 404
    assert stranger.send("POST", f"events/{lunch.id}/revert").status_code == 404


@pytest.mark.parametrize(
    ("decision", "summary"),
    [
        ({"keep": "mine"}, "Ours"),
        ({"keep": "theirs"}, "Theirs"),
        ({"fields": {"summary": "mine"}}, "Ours"),
        ({"fields": {"summary": "theirs"}}, "Theirs"),
    ],
)
def test_a_decision_makes_both_sides_equal(
    lunch: Lunch, her: Writer, decision: dict[str, Any], summary: str
) -> None:
    lunch.change_both({"summary": "Ours", "location": "Here"}, {"summary": "Theirs"})
    history = EventChange.objects.count()

    answer = lunch.decide(**decision)

    assert answer.status_code == 200
    assert (answer.json()["summary"], answer.json()["sync"]) == (summary, "pending")
    assert answer.json()["location"] == "Here", "what doesn't collide is kept"
    her.send()
    assert (her.theirs()["summary"], her.theirs()["location"]) == (summary, "Here")
    her.assert_equal()
    assert EventChange.objects.count() == history + (summary == "Theirs")
    assert lunch.ask("GET", "/conflict").status_code == 404


def test_times_are_decided_as_one(lunch: Lunch, her: Writer) -> None:
    lunch.change_both(
        {"start": "2026-12-01T11:00:00Z", "summary": "Ours"},
        {
            "end": {"dateTime": "2026-12-01T15:00:00Z", "timeZone": "Europe/Berlin"},
            "summary": "Theirs",
        },
    )
    assert set(lunch.ask("GET", "/conflict").json()["fields"]) == {"times", "summary"}
    for wrong in ({"fields": {"times": "mine"}}, {"fields": {"color": "mine"}}, {}, {"keep": "us"}):
        assert lunch.decide(**wrong).status_code == 422
    told = lunch.decide(fields={"times": "theirs", "summary": "mine"}).json()
    assert (told["summary"], told["end"]) == ("Ours", "2026-12-01T16:00:00+01:00")
    her.send()
    her.assert_equal()


def test_a_version_of_googles_that_was_not_seen_is_not_decided(lunch: Lunch, her: Writer) -> None:
    lunch.change_both({"summary": "Ours"}, {"summary": "Theirs"})
    seen = lunch.ask("GET", "/conflict")["ETag"]
    her.google.patch_event(ADA, "lunch1", {"summary": "Theirs again"})
    her.sync()
    answer = lunch.ask("POST", "/conflict", {"keep": "mine"}, if_match=seen)
    assert answer.status_code == 412
    assert lunch.ask("GET", "/conflict").json()["theirs"]["summary"] == "Theirs again"


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_deleted_there_and_changed_here(lunch: Lunch, her: Writer, keep: str) -> None:
    assert lunch.ask("PATCH", "", {"summary": "Ours"}).status_code == 200
    her.google.delete_event(ADA, "lunch1")
    her.sync()
    told = lunch.ask("GET", "/conflict").json()
    assert (told["mine"]["summary"], told["theirs"]) == ("Ours", None)
    assert lunch.decide(fields={"summary": "mine"}).status_code == 422

    answer = lunch.decide(keep=keep)

    assert answer.status_code == (200 if keep == "mine" else 204)
    her.send()
    assert her.theirs().get("summary") == ("Ours" if keep == "mine" else None)
    her.assert_equal()


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_changed_there_and_deleted_here(lunch: Lunch, her: Writer, phone: Phone, keep: str) -> None:
    assert lunch.ask("DELETE").status_code == 204
    her.google.patch_event(ADA, "lunch1", {"summary": "Theirs"})
    her.sync()
    assert lunch.ask().status_code == 404
    (waiting,) = phone.send("GET", "events/unconfirmed", sync="conflict").json()["results"]
    assert (waiting["event"], waiting["kind"]) == (lunch.id, "delete")
    told = lunch.ask("GET", "/conflict").json()
    assert (told["mine"], told["theirs"]["summary"]) == (None, "Theirs")

    answer = lunch.decide(keep=keep)

    assert answer.status_code == (204 if keep == "mine" else 200)
    her.send()
    assert her.theirs().get("summary") == ("Theirs" if keep == "theirs" else None)
    her.assert_equal()


def test_a_series_that_returns_has_its_changed_instances(her: Writer, phone: Phone) -> None:
    series = Lunch(her, phone)
    series.id = str(her.event("series1").pk)
    moved = {"scope": "this", "original_start": "2026-12-08T09:00:00+01:00"}
    assert series.ask("PATCH", "", {"summary": "Other"}, **moved).status_code == 200
    her.send()
    assert series.ask("DELETE", scope="all").status_code == 204
    her.google.patch_event(ADA, "series1", {"summary": "Theirs"})
    her.sync()
    assert series.decide(keep="theirs").status_code == 200
    her.sync()
    assert set(Event.objects.values_list("summary", flat=True)) == {"Lunch", "Theirs", "Other"}
    her.assert_equal()


def refuse(her: Writer, call: str) -> None:
    her.google.order_fault("google_error", call, always=True, error="forbiddenForNonOrganizer")


def test_a_failed_change_says_why_and_is_reverted(lunch: Lunch, her: Writer) -> None:
    refuse(her, "events.patch")
    assert lunch.ask("PATCH", "", {"summary": "Ours"}).status_code == 200
    her.send()
    told = lunch.ask().json()
    assert (told["sync"], told["summary"]) == ("failed", "Ours")
    assert told["sync_error"]["code"]
    assert told["sync_error"]["message"]

    answer = lunch.ask("POST", "/revert")

    assert (answer.status_code, answer.json()["summary"]) == (200, "Lunch")
    assert (answer.json()["sync"], answer.json()["sync_error"]) == ("synced", None)
    her.assert_equal()
    assert lunch.ask("POST", "/revert").status_code == 404


def test_a_failed_change_is_sent_again(lunch: Lunch, her: Writer) -> None:
    refuse(her, "events.patch")
    lunch.ask("PATCH", "", {"summary": "Ours"})
    her.send()
    her.google.clear_faults()
    assert lunch.ask("POST", "/retry").status_code == 202
    her.send()
    assert her.theirs()["summary"] == "Ours"
    her.assert_equal()
    assert lunch.ask("POST", "/retry").status_code == 404


def test_a_failed_creation_goes_and_a_failed_deletion_returns(
    lunch: Lunch, her: Writer, phone: Phone
) -> None:
    for call in ("events.insert", "events.delete"):
        refuse(her, call)
    made = her.create("New")
    lunch.ask("DELETE")
    her.send()
    states = PendingChange.objects.values_list("kind", "state")
    assert set(states) == {("create", "failed"), ("delete", "failed")}

    assert phone.send("POST", f"events/{made.pk}/revert").status_code == 204
    assert lunch.ask("POST", "/revert").json()["summary"] == "Lunch"

    assert not Event.objects.filter(pk=made.pk).exists()
    her.assert_equal()


def test_a_change_is_undone_from_the_history(lunch: Lunch, her: Writer, bob: User) -> None:
    lunch.ask("PATCH", "", {"summary": "Second"})
    her.send()
    (first,) = lunch.ask("GET", "/history").json()["results"]
    lunch.ask("PATCH", "", {"location": "Elsewhere"})
    refused = lunch.ask("POST", f"/history/{first['id']}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "changed-since")
    later = lunch.ask("GET", "/history").json()["results"][0]
    assert (
        Phone(bob).send("POST", f"events/{lunch.id}/history/{later['id']}/undo").status_code == 404
    )
    assert lunch.ask("POST", f"/history/{later['id']}/undo").json()["location"] == "Canteen"
    her.send()
    her.assert_equal()


def test_a_deleted_event_returns_from_its_history(lunch: Lunch, her: Writer) -> None:
    lunch.ask("DELETE")
    her.send()
    (gone,) = lunch.ask("GET", "/history").json()["results"]
    assert gone["kind"] == "deleted"
    answer = lunch.ask("POST", f"/history/{gone['id']}/undo")
    assert answer.json()["summary"] == "Lunch"
    her.send()
    assert her.theirs()["summary"] == "Lunch"
