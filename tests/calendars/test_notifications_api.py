"""`GET, PUT notifications`: how a person is reminded, calendar by calendar."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.models import Calendar, ReminderRoll
from config.web.push_keys import public_push_key
from tests.calendars.reminding import make_local
from tests.calendars.rows import make_calendar, make_connection
from tests.factories import bearer, make_session
from tests.http import Response

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/notifications"
SIX = [{"method": "popup", "minutes": number} for number in range(6)]
WAYS = {"mail": True, "popup": True, "push": True, "all_day_at": "09:00"}


def get(person: User) -> Any:
    return Client().get(ADDRESS, headers=bearer(make_session(person))).json()


def put(person: User, body: dict[str, Any]) -> Response:
    headers = bearer(make_session(person))
    return Client().put(ADDRESS, body, content_type="application/json", headers=headers)


@pytest.mark.quick
def test_the_defaults_are_those_of_the_account_or_of_daybook(alice: User) -> None:
    local = make_local(alice)
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    work.default_reminders = [{"method": "email", "minutes": 30}]
    work.save()

    answer = get(alice)

    assert {name: answer[name] for name in WAYS} == WAYS
    assert answer["push_key"] == public_push_key(settings.WEB_PUSH_PRIVATE_KEY)
    by_id = {one.pop("calendar"): one for one in answer["calendars"]}
    assert by_id == {
        str(local.pk): {
            "reminders": None,
            "all_day": [{"method": "popup", "days": 1}],
            "mail": True,
            "account_reminders": [{"method": "popup", "minutes": 10}],
        },
        str(work.pk): {
            "reminders": None,
            "all_day": [],
            "mail": False,
            "account_reminders": [{"method": "email", "minutes": 30}],
        },
    }


def test_what_is_put_is_what_is_got(alice: User) -> None:
    calendar = make_local(alice)
    ReminderRoll.objects.create(owner=alice, rolled_until=calendar.created_at)
    chosen = {
        "calendar": str(calendar.pk),
        "reminders": [{"method": "popup", "minutes": 0}, {"method": "email", "minutes": 1440}],
        "all_day": [{"method": "email", "days": 0}],
        "mail": False,
    }
    ways = {"mail": False, "popup": True, "push": False, "all_day_at": "18:30"}

    answer = put(alice, {**ways, "calendars": [chosen]})

    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in ways} == ways
    account = {"account_reminders": [{"method": "popup", "minutes": 10}]}
    assert get(alice)["calendars"] == [{**chosen, **account}]
    assert ReminderRoll.objects.get().rolled_until is None, "they are made again"


def test_calendars_that_are_not_named_stay(alice: User) -> None:
    calendar = make_local(alice)
    own = {"timed": [{"method": "popup", "minutes": 5}], "all_day": [], "mail": True}
    Calendar.objects.filter(pk=calendar.pk).update(own_reminders=own)

    assert put(alice, WAYS).status_code == 200

    calendar.refresh_from_db()
    assert calendar.own_reminders == own


def test_own_reminders_go_back_to_the_account(alice: User) -> None:
    calendar = make_local(alice)
    given = {"calendar": str(calendar.pk), "all_day": [], "mail": True}
    one = [{"method": "popup", "minutes": 5}]
    put(alice, {**WAYS, "calendars": [{**given, "reminders": one}]})
    put(alice, {**WAYS, "calendars": [{**given, "reminders": None}]})

    assert get(alice)["calendars"][0]["reminders"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reminders": [{"method": "popup", "minutes": -1}]}, "calendars.0.reminders.0.minutes"),
        ({"reminders": [{"method": "popup", "minutes": 40321}]}, "calendars.0.reminders.0.minutes"),
        ({"reminders": [{"method": "sms", "minutes": 5}]}, "calendars.0.reminders.0.method"),
        ({"all_day": [{"method": "popup", "days": 29}]}, "calendars.0.all_day.0.days"),
        (
            {"reminders": [{"method": "popup", "minutes": n} for n in range(6)]},
            "calendars.0.reminders",
        ),
        ({"colour": "#000000"}, "calendars.0.colour"),
    ],
)
def test_what_is_no_reminder_is_refused(alice: User, changes: dict[str, Any], field: str) -> None:
    calendar = make_local(alice)
    given: Any = {"calendar": str(calendar.pk), "reminders": None, "all_day": [], "mail": True}

    answer = put(alice, {**WAYS, "calendars": [{**given, **changes}]})

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    calendar.refresh_from_db()
    assert calendar.own_reminders is None


def test_anothers_calendar_is_not_found(alice: User, charlie: User) -> None:
    calendar = make_local(alice)
    given: Any = {"calendar": str(calendar.pk), "reminders": None, "all_day": [], "mail": True}

    answer = put(charlie, {**WAYS, "calendars": [given]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "not-found"
    assert get(charlie)["calendars"] == []


def test_it_takes_as_many_statements_for_a_calendar_as_for_twenty(alice: User) -> None:
    def count() -> int:
        headers = bearer(make_session(alice))
        with CaptureQueriesContext(connection) as made:
            Client().get(ADDRESS, headers=headers)
        return len(made)

    make_local(alice)
    one = count()
    for number in range(20):
        make_local(alice, f"Calendar {number}")

    assert count() == one


def test_without_a_sign_in_it_is_refused() -> None:
    assert Client().get(ADDRESS).status_code == 401
