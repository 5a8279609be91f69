"""Local calendars are made, changed, deleted and restored, over the API and on the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.changes import changes_since
from calendars.models import Calendar, Event, Share
from calendars.sharing.local_calendars import KEPT, delete_calendar, restore_calendar
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.calendars.sharing import ON, WEEK, browser_of, phone_of, share
from tests.product import call_command

pytestmark = pytest.mark.django_db


@pytest.fixture
def club(alice: User) -> Calendar:
    calendar = Calendar.objects.create(owner=alice, name="Club", time_zone="Europe/Berlin")
    make_hour(calendar, "Rehearsal", ON, 18)
    return calendar


def new(person: User, **body: Any) -> Any:
    return phone_of(person).post("/api/v1/calendars", body, "application/json")


def names(person: User) -> list[str]:
    return [one["name"] for one in phone_of(person).get("/api/v1/calendars").json()["results"]]


def test_one_is_made_with_what_is_given(alice: User) -> None:
    body = {"name": "Club", "colour": "#AABB00", "time_zone": "Asia/Tokyo", "description": "Choir"}

    answer = new(alice, **body)

    assert answer.status_code == 201
    made = Calendar.objects.get()
    assert (made.name, made.colour, made.time_zone) == ("Club", "#aabb00", "Asia/Tokyo")
    told = answer.json()
    assert (told["id"], told["connection"], told["read_only"]) == (str(made.pk), None, False)
    assert told["description"] == "Choir"
    assert answer["ETag"] == f'"{alice.public_id}.{made.change_set}"'


def test_each_gets_a_colour_that_no_other_has(alice: User) -> None:
    colours = [new(alice, name=f"Calendar {number}").json()["colour"] for number in range(9)]

    assert len(set(colours)) == 9


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x", "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"name": "x", "colour": "red"}, "colour"),
        ({"name": "x", "selected": False}, "selected"),
    ],
)
def test_what_is_not_valid_makes_nothing(alice: User, body: dict[str, Any], field: str) -> None:
    answer = new(alice, **body)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not Calendar.objects.exists()


@pytest.mark.django_db(transaction=True)  # a version is that of a transaction
def test_a_version_that_changed_since_is_not_written_over(alice: User, club: Calendar) -> None:
    phone = phone_of(alice)
    address = f"/api/v1/calendars/{club.pk}"
    seen = phone.get(address)["ETag"]
    headers = {"If-Match": seen}
    assert phone.patch(address, {"name": "A"}, "application/json", headers=headers).status_code == (
        200
    )
    stale = phone.patch(address, {"name": "B"}, "application/json", headers=headers)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    assert phone.delete(address, headers=headers).status_code == 412
    assert names(alice) == ["A"]


def test_a_deleted_one_is_gone_with_its_events_and_comes_back_with_them(
    alice: User, bob: User, club: Calendar
) -> None:
    share(club, bob)
    phone = phone_of(alice)
    rehearsal = Event.objects.get()

    assert phone.delete(f"/api/v1/calendars/{club.pk}").status_code == 204

    assert names(alice) == []
    assert phone.get("/api/v1/occurrences", WEEK).json()["results"] == []
    assert phone.get(f"/api/v1/events/{rehearsal.pk}").status_code == 404
    assert phone.get("/api/v1/shares").json()["results"] == []
    assert phone_of(bob).get("/api/v1/shares/received").json()["results"] == []
    assert phone.delete(f"/api/v1/calendars/{club.pk}").status_code == 404

    restored = phone.post(f"/api/v1/calendars/{club.pk}/restore")
    assert (restored.status_code, restored.json()["name"]) == (200, "Club")
    found = phone.get("/api/v1/occurrences", WEEK).json()["results"]
    assert [one["event"] for one in found] == [str(rehearsal.pk)]
    assert len(phone_of(bob).get("/api/v1/shares/received").json()["results"]) == 1
    assert phone.post(f"/api/v1/calendars/{club.pk}/restore").status_code == 404


def test_the_undo_ends_and_then_it_is_deleted(alice: User, bob: User, club: Calendar) -> None:
    share(club, bob)
    kept = Calendar.objects.create(owner=alice, name="Kept", removed_at=timezone.now())
    connected = make_calendar(make_connection(alice), "Left its account", "#4a6fa5")
    long_ago = timezone.now() - KEPT - timedelta(minutes=1)
    Calendar.objects.filter(pk__in=[club.pk, connected.pk]).update(removed_at=long_ago)

    assert phone_of(alice).post(f"/api/v1/calendars/{club.pk}/restore").status_code == 404
    call_command("prune")

    assert set(Calendar.objects.values_list("pk", flat=True)) == {kept.pk, connected.pk}
    assert not Event.objects.exists()
    assert not Share.objects.exists()


def test_a_connected_accounts_calendar_is_not_deleted_here(alice: User) -> None:
    connected = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    answer = phone_of(alice).delete(f"/api/v1/calendars/{connected.pk}")

    assert (answer.status_code, answer.json()["code"]) == (409, "kept-by-provider")
    assert names(alice) == ["Work"]


def test_others_can_do_nothing(charlie: User, club: Calendar) -> None:
    phone = phone_of(charlie)
    address = f"/api/v1/calendars/{club.pk}"

    assert phone.delete(address).status_code == 404
    Calendar.objects.update(removed_at=timezone.now())
    assert phone.post(f"{address}/restore").status_code == 404
    browser = browser_of(charlie)
    for name in ("edit", "share", "share/end", "delete", "restore", "shown"):
        path = f"/settings/calendars/{club.pk}/{name}/"
        assert browser.post(path, {"email": "x@example.net", "level": "read"}).status_code == 404
    assert browser.get(f"/settings/calendars/{club.pk}/edit/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_change_sequence_tells_a_deletion_and_sends_a_restored_one_again(
    alice: User, club: Calendar
) -> None:
    make_hour(club, "Concert", ON, 20)
    cursor = told(alice, None)[1]
    with acting_as(user_id=alice.pk), transaction.atomic():
        delete_calendar(owner=alice, calendar_id=club.pk)
    changes, cursor = told(alice, cursor)
    assert changes == [("calendar", "gone")]

    with acting_as(user_id=alice.pk):
        restore_calendar(owner=alice, calendar_id=club.pk)
    changes, cursor = told(alice, cursor)
    assert sorted(changes) == [
        *(("calendar", "Club"), ("event", "Concert"), ("event", "Rehearsal")),
    ]

    with acting_as(user_id=alice.pk):
        delete_calendar(owner=alice, calendar_id=club.pk)
    Calendar.objects.update(removed_at=timezone.now() - KEPT - timedelta(days=1))
    _changes, cursor = told(alice, cursor)
    call_command("prune")
    assert told(alice, cursor)[0] == [("calendar", "gone")]
    assert told(alice, None)[0] == []


def told(person: User, cursor: Any) -> tuple[list[tuple[str, str]], Any]:
    with acting_as(user_id=person.pk):
        page = changes_since(owner_id=person.pk, cursor=cursor)
    rows = [(one.kind, "gone" if one.row is None else str(one.row)) for one in page.changes]
    return rows, page.cursor


def test_the_page_renames_shares_deletes_and_restores(
    alice: User, bob: User, club: Calendar
) -> None:
    browser = browser_of(alice)
    address = f"/settings/calendars/{club.pk}"
    form = {"name": "Choir", "description": "Alto", "time_zone": "asia/tokyo", "hue": "4"}

    assert browser.post(f"{address}/edit/", form).status_code == 302
    club.refresh_from_db()
    assert (club.name, club.description, club.time_zone) == ("Choir", "Alto", "Asia/Tokyo")
    assert club.shown_colour == "#438f31"

    browser.post(f"{address}/share/", {"email": bob.email, "level": "busy"})
    assert Share.objects.get().level == "busy"
    browser.post(f"{address}/share/", {"email": bob.email, "level": "read"})
    assert Share.objects.get().level == "read"
    assert bob.email in page_of(browser, f"{address}/edit/")
    assert "Shared by alice@example.org" in page_of(browser_of(bob), "/settings/calendars/")
    browser.post(f"{address}/share/end/", {"email": bob.email})
    assert not Share.objects.exists()

    browser.post(f"{address}/delete/")
    text = page_of(browser, "/settings/calendars/")
    assert "Deleted calendars" in text
    browser.post(f"{address}/restore/")
    assert "Deleted calendars" not in page_of(browser, "/settings/calendars/")
    assert Calendar.objects.of(alice.pk).get().name == "Choir"


def page_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return str(answer.content, "utf-8")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("edit/", {"name": "", "time_zone": "UTC"}),
        ("edit/", {"name": "x", "time_zone": "Mars/Olympus"}),
        ("share/", {"email": "nobody", "level": "read"}),
        ("share/", {"email": "alice@example.org", "level": "read"}),
        ("share/", {"email": "x@example.net", "level": "write"}),
    ],
)
def test_what_was_typed_wrong_is_marked(
    alice: User, club: Calendar, path: str, form: dict[str, str]
) -> None:
    answer = browser_of(alice).post(f"/settings/calendars/{club.pk}/{path}", form)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Share.objects.exists()
    club.refresh_from_db()
    assert club.name == "Club"


def test_a_reader_hides_a_shared_calendar_on_the_page(bob: User, club: Calendar) -> None:
    share(club, bob)
    browser = browser_of(bob)
    browser.post(f"/settings/calendars/{club.pk}/shown/", {"show": "no"})

    received = phone_of(bob).get("/api/v1/shares/received").json()["results"]
    assert [one["selected"] for one in received] == [False]
