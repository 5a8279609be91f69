"""The first page: for a visitor the landing page, for a person the view used last, at today."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from profiles.models import Preferences
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection

pytestmark = pytest.mark.django_db
FAR_AHEAD = "Pacific/Kiritimati"  # UTC+14


def test_a_visitor_reads_what_daybook_is(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "Create an account" in page
    assert "/accounts/login/" in page


@pytest.mark.quick
def test_a_person_gets_the_view_used_last(client: Client, alice: User, bob: User) -> None:
    make_calendar(make_connection(alice), "Work", "#4a6fa5")
    client.force_login(alice)
    client.get("/calendar/agenda/2026-11-18/")

    assert client.get("/")["Location"] == f"/calendar/agenda/{timezone.now().date()}/"
    assert Preferences.objects.get(owner=alice).view == "agenda"
    assert not Preferences.objects.filter(owner=bob).exists()


def test_a_turn_by_script_stores_no_view(client: Client, alice: User) -> None:
    client.force_login(alice)
    client.get("/calendar/agenda/2026-11-18/", headers={"HX-Request": "true", "HX-Target": "live"})

    assert not Preferences.objects.filter(owner=alice).exists()


@pytest.mark.parametrize("view", ["day", "month", "agenda"])
def test_a_view_without_a_date_is_today_where_the_person_is(
    client: Client, alice: User, view: str
) -> None:
    change_profile(owner=alice, changes={"timezone": FAR_AHEAD})
    client.force_login(alice)
    there = datetime.now(UTC).astimezone(ZoneInfo(FAR_AHEAD)).date()

    assert client.get(f"/calendar/{view}/")["Location"] == f"/calendar/{view}/{there}/"


@pytest.mark.parametrize("path", ["/calendar/year/", "/calendar/day/2026-02-30/"])
def test_what_is_no_view_is_not_found(client: Client, alice: User, path: str) -> None:
    client.force_login(alice)

    assert client.get(path).status_code == 404
