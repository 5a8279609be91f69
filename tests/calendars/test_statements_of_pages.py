"""A view takes at most eight statements, however many events it shows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.models import Calendar
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.statements import statements

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 18)
MOST = 8  # those of the cookie, the session and the security context included
VIEWS = ("day", "week", "weeks", "month", "agenda")


@pytest.fixture
def calendar(alice: User) -> Calendar:
    make_calendar(make_connection(alice, email="other@example.com"), "Other", "#2f7d5d")
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


@pytest.fixture
def web(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def asked(web: Client, view: str) -> list[str]:
    address = f"/calendar/{view}/{ON}/"
    web.get(address)  # the first one stores which view was used last
    with CaptureQueriesContext(connection) as captured:
        answer = web.get(address)
    assert answer.status_code == 200
    return statements(captured)


def fill(calendar: Calendar, events: int, *, start: int = 0) -> None:
    for number in range(start, events):
        on = ON + timedelta(days=number % 31 - 15)
        make_hour(calendar, f"Meeting {number}", on, number * 7 % 24)


@pytest.mark.parametrize("view", VIEWS)
def test_eight_statements_show_five_events_or_five_hundred(
    web: Client, calendar: Calendar, view: str
) -> None:
    fill(calendar, 5)
    few = asked(web, view)
    fill(calendar, 500, start=5)
    many = asked(web, view)
    assert len(few) == len(many), many
    assert len(many) <= MOST, many
