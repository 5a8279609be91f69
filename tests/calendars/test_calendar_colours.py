"""A person's own colour for a calendar, kept apart from the provider's."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Calendar
from calendars.models.palette import PALETTE, hued
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.factories import bearer, make_session
from tests.http import Response

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 18)


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def choose(person: User, calendar: Calendar, hue: object) -> Response:
    client = Client()
    client.force_login(person)
    return client.post(f"/settings/calendars/{calendar.pk}/", {"hue": hue})


def patch(person: User, calendar: Calendar, colour: str | None) -> Response:
    phone = Client(headers=bearer(make_session(person)))
    body = {"colour": colour}
    return phone.patch(f"/api/v1/calendars/{calendar.pk}", body, "application/json")


def shown(person: User) -> dict[str, int]:
    return {one.name: one.hue for one in hued(Calendar.objects.of(person.pk))}


@pytest.mark.parametrize("hue", PALETTE)
def test_any_of_the_palette_is_shown_as_chosen(alice: User, work: Calendar, hue: int) -> None:
    make_calendar(work.connection, "Home", PALETTE[hue][1])  # type: ignore[arg-type]
    assert choose(alice, work, hue).status_code == 302
    work.refresh_from_db()
    assert (work.colour, work.own_colour) == ("#4a6fa5", PALETTE[hue][1])
    assert shown(alice)["Work"] == hue
    assert shown(alice)["Home"] != hue, "the other one gives way"


def test_both_may_be_chosen_alike(alice: User, work: Calendar) -> None:
    home = make_calendar(work.connection, "Home", "#c07a1c")  # type: ignore[arg-type]
    choose(alice, work, 4)
    choose(alice, home, 4)
    assert shown(alice) == {"Work": 4, "Home": 4}


def test_the_accounts_colour_comes_back(alice: User, work: Calendar) -> None:
    before = shown(alice)["Work"]
    choose(alice, work, 1)
    choose(alice, work, "")
    work.refresh_from_db()
    assert work.own_colour == ""
    assert shown(alice)["Work"] == before


@pytest.mark.parametrize("hue", ["0", "11", "red", "-1", "4\x00", "٤"])
def test_no_other_is_taken(alice: User, work: Calendar, hue: str) -> None:
    assert choose(alice, work, hue).status_code == 404
    work.refresh_from_db()
    assert work.own_colour == ""


def test_the_api_does_the_same_and_tells_it(alice: User, work: Calendar) -> None:
    make_hour(work, "Stand-up", ON, 9)
    answer = patch(alice, work, "#C34F4B")
    assert (answer.status_code, answer.json()["colour"]) == (200, "#c34f4b")
    phone = Client(headers=bearer(make_session(alice)))
    window = "start=2026-11-18T00:00:00Z&end=2026-11-19T00:00:00Z"
    (entry,) = phone.get(f"/api/v1/occurrences?{window}").json()["results"]
    assert entry["colour"] == "#c34f4b"
    work.refresh_from_db()
    assert (work.colour, work.own_colour) == ("#4a6fa5", "#c34f4b")
    assert patch(alice, work, None).json()["colour"] == "#4a6fa5"


def test_a_sync_leaves_it(google: Control, alice: User, connect: Connect, run_due: RunDue) -> None:
    connection = connect(alice)
    run_due()
    calendar = connection.calendars.get(primary=True)
    choose(alice, calendar, 9)
    Calendar.objects.filter(pk=calendar.pk).update(name="Former")
    google.invalidate_sync_tokens()
    client = Client()
    client.force_login(alice)
    client.post(f"/settings/calendars/accounts/{connection.pk}/sync/")
    run_due()
    calendar.refresh_from_db()
    assert calendar.own_colour == PALETTE[9][1]


def test_another_persons_stays(charlie: User, work: Calendar) -> None:
    assert choose(charlie, work, 1).status_code == 404
    assert patch(charlie, work, "#c34f4b").status_code == 404
    work.refresh_from_db()
    assert work.own_colour == ""


def test_a_calendar_is_hidden_and_shown_on_the_page(alice: User, work: Calendar) -> None:
    client = Client()
    client.force_login(alice)
    address = f"/settings/calendars/{work.pk}/"
    for sent, expected in ({"show": "no"}, False), ({"show": ["no", "yes"]}, True):
        assert client.post(address, sent).status_code == 302
        work.refresh_from_db()
        assert work.selected is expected
