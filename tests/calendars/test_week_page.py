"""The week page: whose events, on which days, in whose zones, at what cost."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.models import Calendar
from calendars.pages.columns import DENSITIES, place
from calendars.pages.day import PAGE_OF_A_DAY
from profiles.preferences import change_preferences
from profiles.services import change_profile
from tests.calendars.rows import fill_month, make_calendar, make_connection, make_day, make_event
from tests.calendars.shown_times import ShownBlock, ShownTimes

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 18)
WEEK = f"/calendar/week/{ON}/"


def work_of(owner: User) -> Calendar:
    return make_calendar(make_connection(owner), "Work", "#4a6fa5")


def blocks(client: Client, on: date = ON) -> list[ShownBlock]:
    return ShownTimes(client.get(f"/calendar/week/{on}/").content.decode()).blocks


def days(page: str) -> list[str]:
    return re.findall(r'aria-labelledby="day-([\d-]+)"', page)


def test_a_visitor_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get(WEEK)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={WEEK}")


@pytest.mark.quick
def test_alice_sees_her_events_and_charlie_does_not(
    client: Client, alice: User, charlie: User
) -> None:
    fill_month(alice, ON)
    client.force_login(alice)
    assert "Piano lesson" in {block.summary for block in blocks(client)}
    client.force_login(charlie)
    page = client.get(WEEK).content
    assert b"Piano" not in page
    assert b"Home and family" not in page


def test_a_week_begins_on_the_readers_day(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert days(client.get(WEEK).content.decode())[0] == "2026-11-16"
    change_preferences(owner=alice, changes={"week_start": 6})
    shown = days(client.get(WEEK).content.decode())
    assert (shown[0], shown[-1], len(shown)) == ("2026-11-15", "2026-11-21", 7)


def test_a_late_event_is_on_the_readers_day(client: Client, alice: User) -> None:
    late = datetime(2026, 11, 18, 23, tzinfo=UTC)
    make_event(work_of(alice), "Call with Tokyo", late, late + timedelta(hours=1))
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    client.force_login(alice)
    (block,) = blocks(client)
    assert (block.day, "h8" in block.place) == ("2026-11-19", True)
    assert block.label == "Call with Tokyo, Thursday 19 November, 08:00–09:00, Work, past"  # noqa: RUF001


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_holiday_is_on_its_date_in_every_zone(client: Client, alice: User, zone: str) -> None:
    make_day(work_of(alice), "Buß- und Bettag", ON)
    change_profile(owner=alice, changes={"timezone": zone})
    client.force_login(alice)
    page = client.get(WEEK).content.decode()
    section = page.partition(f'aria-labelledby="day-{ON}"')[2].partition("</section>")[0]
    assert "Bettag" in section
    assert page.count(">Buß- und Bettag<") == 1


def test_states_are_named(client: Client, alice: User) -> None:
    work, nine = work_of(alice), datetime(2026, 11, 18, 9, tzinfo=UTC)
    states: dict[str, dict[str, Any]] = {
        "Maybe": {"status": "tentative"},
        "Reading": {"transparency": "transparent"},
        "Journey": {"location": "Oslo"},
    }
    for summary, fields in states.items():
        make_event(work, summary, nine, nine + timedelta(hours=20), **fields)
    client.force_login(alice)
    labels = {(block.summary, block.day): block.label for block in blocks(client)}
    assert ", From 09:00, Work, past, tentative, continues" in labels["Maybe", "2026-11-18"]
    assert labels["Reading", "2026-11-18"].endswith("past, shown as free, continues")
    assert ", Until 05:00, Work, Oslo, past, continued" in labels["Journey", "2026-11-19"]


def test_a_second_zone_is_beside_the_first(client: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    change_preferences(owner=alice, changes={"second_zone": "Asia/Kathmandu"})
    client.force_login(alice)
    page = client.get(WEEK).content.decode()
    assert re.search(r"Kathmandu <small>UTC\+5:45</small>.*Berlin <small>UTC\+1</small>", page)
    assert "<span>13:45</span><time>09:00</time>" in page


def test_a_day_with_another_difference_to_the_second_zone_says_so(
    client: Client, alice: User
) -> None:
    """Berlin's clocks go back on Sunday, 25 October 2026; Tokyo's don't."""
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    change_preferences(owner=alice, changes={"second_zone": "Asia/Tokyo"})
    client.force_login(alice)
    page = client.get("/calendar/week/2026-10-21/").content.decode()
    assert "<span>16:00</span><time>09:00</time>" in page
    sunday = page.partition('id="day-2026-10-25"')[2].partition("</h2>")[0]
    assert "<small>Tokyo +1 h</small>" in sunday
    assert page.count("Tokyo +1 h") == 1


def test_the_repeated_hour_is_named_once_more(client: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    client.force_login(alice)
    page = client.get("/calendar/week/2026-10-21/").content.decode()
    assert "tall-25" in page
    assert re.search(r"<time>02:00</time></li><li [^>]*><time>02:00 CET</time>", page)
    assert page.count("Clocks go back") == 1
    assert page.count(" band") == 6
    spring = client.get("/calendar/week/2027-03-28/").content.decode()
    assert spring.count("Clocks go forward") == 1
    assert spring.count(" band") == 1
    assert "tall-24" in spring


def test_twelve_hours_and_week_numbers_by_choice(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get(WEEK).content.decode()
    assert "<time>15:00</time>" in page
    assert "week-number" not in page.partition('id="grid"')[2]
    change_preferences(owner=alice, changes={"hour_cycle": "12", "week_numbers": True})
    page = client.get(WEEK).content.decode()
    assert re.search(r"<time>3\spm</time>", page, re.IGNORECASE)
    assert re.search(r'title="Week">W</abbr>47', page)


@pytest.mark.parametrize("density", DENSITIES)
def test_a_density_keeps_short_events_readable(client: Client, alice: User, density: str) -> None:
    nine = datetime(2026, 11, 18, 9, tzinfo=UTC)
    make_event(work_of(alice), "Short", nine, nine + timedelta(minutes=5))
    change_preferences(owner=alice, changes={"density": density})
    client.force_login(alice)
    assert f'class="grid {density} ' in client.get(WEEK).content.decode()
    (block,) = blocks(client)
    (slots,) = (int(name[1:]) for name in block.place if name.startswith("k"))
    assert slots * DENSITIES[density].hour / 12 >= 20


def test_htmx_gets_the_part_that_changes(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get(WEEK, headers={"HX-Request": "true", "HX-Target": "live"})
    assert b"<body" not in answer.content
    assert "<title>16–22 Nov 2026" in answer.content.decode()  # noqa: RUF001
    assert "HX-Target" in answer["Vary"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("view", ["week", "day"])
@pytest.mark.parametrize("on", ["1900-01-01", "2199-12-31"])
def test_the_ends_of_the_calendar_are_served(
    client: Client, alice: User, view: str, on: str
) -> None:
    client.force_login(alice)
    assert client.get(f"/calendar/{view}/{on}/").status_code == 200


@pytest.mark.parametrize("view", ["week", "day"])
def test_what_comes_from_google_is_text_not_markup(client: Client, alice: User, view: str) -> None:
    nine = datetime(2026, 11, 18, 9, tzinfo=UTC)
    script = '"><script>alert(1)</script>'
    make_event(work_of(alice), script, nine, nine + timedelta(hours=3), location=script)
    make_day(work_of(alice), script, ON, days=3)
    client.force_login(alice)
    page = client.get(f"/calendar/{view}/{ON}/").content.decode()
    assert "<script>alert" not in page
    assert page.count("&gt;&lt;script&gt;alert(1)") >= 4


@pytest.mark.parametrize("view", ["week", "day"])
def test_more_events_cost_no_more_queries(client: Client, alice: User, view: str) -> None:
    client.force_login(alice)
    fill_month(alice, ON)
    few = count_queries(client, view)
    fill_month(alice, ON)
    assert count_queries(client, view) == few


def count_queries(client: Client, view: str) -> int:
    client.get(f"/calendar/{view}/{ON}/")  # remembers the view used last
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/calendar/{view}/{ON}/")
    return len(queries)


def test_the_sheet_has_every_class_of_a_place() -> None:
    sheet = Path(settings.BASE_DIR, "static", "week.css").read_text()
    rules = set(re.findall(r"\.([a-z]+\d+)\{", sheet))
    slots = range(27 * 12 + 1)
    used = {name for start in slots for name in place(start, start).split()} - {"at"}
    most = PAGE_OF_A_DAY.page_size
    used |= {f"n{count}" for count in range(2, most + 1)}
    used |= {f"c{count}" for count in range(1, most)} | {
        f"w{count}" for count in range(2, most + 1)
    }
    used |= {f"d{count}" for count in range(2, 8)} | {f"r{count}" for count in range(1, 3)}
    assert used <= rules
