"""The first page: for a visitor, on the first day, and on a normal day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.calendars.rows import make_calendar, make_connection, make_hour

pytestmark = pytest.mark.django_db


def test_a_visitor_reads_what_daybook_is(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "Create an account" in page
    assert "/accounts/login/" in page


def test_the_first_day_offers_to_connect(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/").content.decode()
    assert "Connect a Google account" in page
    assert "Nothing planned" not in page


@pytest.mark.quick
def test_a_day_lists_today_and_the_week_ahead_and_no_further(client: Client, alice: User) -> None:
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    today = timezone.now().date()
    for ahead, summary in [(-1, "Yesterday's"), (0, "Today's"), (6, "Sunday's"), (7, "Too far")]:
        make_hour(work, summary, today + timedelta(days=ahead), 9)
    client.force_login(alice)
    page = client.get("/").content.decode()
    shown = [
        one for one in ("Yesterday", "Today&#x27;s", "Sunday&#x27;s", "Too far") if one in page
    ]
    assert shown == ["Today&#x27;s", "Sunday&#x27;s"]
    assert "Connect a Google account" not in page


@pytest.mark.parametrize(
    ("path", "name"), [("/calendar/", "month"), ("/calendar/agenda/", "agenda")]
)
def test_the_current_one_is_where_the_person_is_now(
    client: Client, alice: User, path: str, name: str
) -> None:
    client.force_login(alice)
    assert client.get(path)["Location"] == f"/calendar/{name}/{timezone.now().date()}/"
