"""The month page: whose events, on which days, at what cost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.models import Calendar
from profiles.services import change_profile
from tests.calendars.rows import fill_month, make_calendar, make_connection, make_day, make_event

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 18)
MONTH = f"/calendar/month/{ON}/"


def work_of(owner: User) -> Calendar:
    return make_calendar(make_connection(owner), "Work", "#4a6fa5")


def cell(client: Client, on: date) -> str:
    """Return what the month shows in the cell of a day."""
    page = client.get(f"/calendar/month/{on}/").content.decode()
    return page.partition(f'id="day-{on}"')[2].partition("</td>")[0]


def test_a_visitor_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get(MONTH)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={MONTH}")


@pytest.mark.quick
def test_alice_sees_her_events_and_charlie_does_not(
    client: Client, alice: User, charlie: User
) -> None:
    fill_month(alice, ON)
    client.force_login(alice)
    assert b"Conference in Lisbon" in client.get(MONTH).content
    client.force_login(charlie)
    page = client.get(MONTH).content
    assert b"Conference" not in page
    assert b"Home and family" not in page


def test_a_late_event_lies_on_the_viewers_day(client: Client, alice: User) -> None:
    late = datetime(2026, 11, 18, 23, tzinfo=UTC)
    make_event(work_of(alice), "Call with Tokyo", late, late + timedelta(hours=1))
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    client.force_login(alice)
    assert "08:00–09:00" in cell(client, date(2026, 11, 19))  # noqa: RUF001
    assert "Tokyo" not in cell(client, ON)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_holiday_lies_on_its_date_in_every_zone(client: Client, alice: User, zone: str) -> None:
    make_day(work_of(alice), "Buß- und Bettag", ON)
    change_profile(owner=alice, changes={"timezone": zone})
    client.force_login(alice)
    days = [ON + timedelta(days=n) for n in (-1, 0, 1)]
    assert ["Bettag" in cell(client, day) for day in days] == [False, True, False]


def test_htmx_gets_the_part_that_changes(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get(MONTH, headers={"HX-Request": "true", "HX-Target": "live"})
    assert b"<body" not in answer.content
    assert b"<title>November 2026" in answer.content
    assert "HX-Target" in answer["Vary"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0001-01-01", "9999-12-31", "today"])
def test_a_date_that_is_none_is_not_found(client: Client, alice: User, day: str) -> None:
    client.force_login(alice)
    assert client.get(f"/calendar/month/{day}/").status_code == 404


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
def test_the_ends_of_the_calendar_are_served(client: Client, alice: User, day: str) -> None:
    client.force_login(alice)
    assert client.get(f"/calendar/month/{day}/").status_code == 200
    assert client.get(f"/calendar/agenda/{day}/").status_code == 200


def test_what_comes_from_google_is_text_not_markup(client: Client, alice: User) -> None:
    nine = datetime(2026, 11, 18, 9, tzinfo=UTC)
    make_event(
        work_of(alice),
        "<script>alert(1)</script>",
        nine,
        nine,
        description="&lt;img src=x onerror=alert(2)&gt; <a href='javascript:alert(3)'>here</a>",
        location='"><script>alert(4)</script>',
    )
    client.force_login(alice)
    page = client.get(MONTH).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "javascript:" not in page


def test_more_events_cost_no_more_queries(client: Client, alice: User) -> None:
    client.force_login(alice)
    fill_month(alice, ON)
    count_queries(client)  # the first visit stores the view
    few = count_queries(client)
    fill_month(alice, ON)
    assert count_queries(client) == few


def count_queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(MONTH)
    return len(queries)


def test_a_calendar_of_alices_is_not_charlies_to_untick(
    client: Client, alice: User, charlie: User
) -> None:
    calendar = work_of(alice)
    client.force_login(charlie)
    client.post("/calendar/selection/", {"next": MONTH})
    calendar.refresh_from_db()
    assert calendar.selected


@pytest.mark.parametrize("place", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_the_way_back_stays_on_this_site(client: Client, alice: User, place: str) -> None:
    client.force_login(alice)
    answer = client.post("/calendar/selection/", {"next": place})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_an_event_in_a_zone_that_its_file_defines_is_shown_with_the_time_there(
    client: Client, alice: User
) -> None:
    definition = (
        "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0317\n"
        "TZOFFSETTO:+0317\nEND:STANDARD\nEND:VTIMEZONE"
    )
    nine = datetime(2026, 11, 18, 9, tzinfo=UTC)
    zone: dict[str, Any] = {"time_zone": "Our office", "zone_definition": definition}
    event = make_event(work_of(alice), "Round table", nine, nine + timedelta(hours=1), **zone)
    client.force_login(alice)
    assert "12:17–13:17 in Our office" in client.get(f"/events/{event.pk}/").content.decode()  # noqa: RUF001
