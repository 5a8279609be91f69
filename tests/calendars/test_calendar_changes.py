"""GET and PATCH of one calendar: what is shown, and what of a calendar is the owner's to change."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Calendar
from tests.calendars.rows import make_calendar, make_connection
from tests.factories import bearer, make_session
from tests.http import Response

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


@pytest.fixture
def local(alice: User) -> Calendar:
    return Calendar.objects.create(owner=alice, name="Imported")


def patch(person: User, calendar: Calendar, body: Any) -> Response:
    phone = Client(headers=bearer(make_session(person)))
    return phone.patch(f"/api/v1/calendars/{calendar.pk}", body, "application/json")


def faults_of(answer: Response) -> dict[str, str]:
    return {fault["field"]: fault["code"] for fault in answer.json()["errors"]}


def test_a_calendar_is_hidden_and_shown_again(alice: User, connected: Calendar) -> None:
    for selected in (False, True):
        answer = patch(alice, connected, {"selected": selected})

        assert (answer.status_code, answer.json()["selected"]) == (200, selected)
        connected.refresh_from_db()
        assert connected.selected is selected


def test_one_is_read_by_its_id(alice: User, connected: Calendar) -> None:
    phone = Client(headers=bearer(make_session(alice)))
    (listed,) = phone.get("/api/v1/calendars").json()["results"]

    assert phone.get(f"/api/v1/calendars/{connected.pk}").json() == listed


def test_a_local_one_takes_a_name_a_colour_and_a_zone(alice: User, local: Calendar) -> None:
    body = {"name": "Club", "colour": "#AABB00", "time_zone": "europe/berlin"}
    answer = patch(alice, local, body)

    given = {"name": "Club", "colour": "#aabb00", "time_zone": "Europe/Berlin"}
    assert given.items() <= answer.json().items()
    assert Calendar.objects.filter(pk=local.pk, **given).exists()


def test_what_a_sync_would_write_over_is_refused(alice: User, connected: Calendar) -> None:
    before = Calendar.objects.values().get(pk=connected.pk)

    answer = patch(alice, connected, {"name": "Mine", "selected": False})

    assert answer.status_code == 422
    assert faults_of(answer) == {"name": "kept-by-provider"}
    assert Calendar.objects.values().get(pk=connected.pk) == before


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"name": " "}, {"name": "blank"}),
        ({"name": None}, {"name": "null"}),
        ({"name": "x" * 301}, {"name": "max_length"}),
        ({"name": "a\x00b"}, {"name": "null_characters_not_allowed"}),
        ({"colour": "red"}, {"colour": "invalid"}),
        ({"time_zone": "Mars/Olympus"}, {"time_zone": "invalid_time_zone"}),
        ({"selected": "perhaps"}, {"selected": "invalid"}),
        (
            {"read_only": False, "nmae": "x"},
            {"read_only": "not-changeable", "nmae": "not-changeable"},
        ),
        ({"\ud800": 1}, {"?": "not-changeable"}),
        ([], {"": "invalid"}),
    ],
)
def test_what_is_not_valid_changes_nothing(
    alice: User, local: Calendar, body: Any, faults: dict[str, str]
) -> None:
    before = Calendar.objects.values().get()

    answer = patch(alice, local, body)

    assert (answer.status_code, faults_of(answer)) == (422, faults)
    assert Calendar.objects.values().get() == before


def test_nothing_sent_changes_nothing(alice: User, local: Calendar) -> None:
    assert patch(alice, local, {}).status_code == 200


def test_another_persons_is_not_there(charlie: User, connected: Calendar) -> None:
    answer = patch(charlie, connected, {"selected": False})

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    connected.refresh_from_db()
    assert connected.selected


def test_a_removed_one_is_not_there(alice: User, connected: Calendar) -> None:
    Calendar.objects.update(removed_at=connected.created_at)

    assert patch(alice, connected, {"selected": False}).status_code == 404
