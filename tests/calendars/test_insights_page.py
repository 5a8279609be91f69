"""The page of insights: its numbers, a table behind each chart, the events behind each bar."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Calendar
from calendars.timeline.presets import PRESETS
from tests.calendars.rows import make_calendar, make_connection, make_day, make_hour

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 30)
RANGE = {"first": "2026-11-30", "last": "2026-12-06"}
SELF = {"email": "ada@example.com", "self": True}
BEA = {"email": "bea@example.com"}


@pytest.fixture
def calendar(alice: User, client: Client) -> Calendar:
    client.force_login(alice)
    return make_calendar(make_connection(alice), "Work & more", "#4a6fa5")


def page(client: Client, path: str = "/insights/", **query: str) -> str:
    response = client.get(path, query or RANGE)
    assert response.status_code == 200
    return response.content.decode()


def links(html: str, text: str) -> list[str]:
    """The addresses of links that are named so."""
    found = re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>([^<]+)</a>', html)
    return [unescape(address) for address, name in found if unescape(name).strip() == text]


def cells(html: str, label: str) -> list[str]:
    (row,) = re.findall(
        rf'<th scope="row">(?:<a[^>]*>)?{re.escape(label)}(?:</a>)?</th>(.*?)</tr>', html
    )
    return re.findall(r"<td>(.*?)</td>", row)


def test_hours_are_in_charts_and_in_tables(client: Client, calendar: Calendar) -> None:
    make_hour(calendar, "Dentist", ON, 9)
    make_hour(calendar, "Stand-up", ON, 10, attendees=[SELF, BEA])
    make_day(calendar, "Conference <in Lisbon>", ON, days=2)

    html = page(client)

    assert cells(html, "Health") == ["1 h", "0 h", "0"]
    assert cells(html, "Work &amp; more") == ["2 h", "1 h", "1"]
    assert cells(html, "Monday") == ["2 h", "1 h", "1"]
    assert cells(html, "Sunday") == ["0 h", "0 h", "0"]
    assert html.count('<svg class="chart"') == 4
    assert 'aria-label="Work &amp; more: 2 h, 1 meeting"' in html
    assert "Conference &lt;in Lisbon&gt;" in html
    assert " style=" not in html
    assert "<script>" not in html


def test_the_events_behind_a_bar_are_listed_in_pages(client: Client, calendar: Calendar) -> None:
    for number in range(120):
        make_hour(calendar, f"Yoga {number:03}", ON.replace(day=1 + number % 30), number % 20)
    make_hour(calendar, "Dentist", ON, 9)
    month = {"first": "2026-11-01", "last": "2026-11-30"}

    (address,) = links(page(client, **month), "Fitness")
    seen: list[str] = []
    pages = []
    while address:
        html = client.get(address).content.decode()
        assert "120 events" in html
        pages.append(re.findall(r"Yoga \d+", html))
        seen += pages[-1]
        address = next(iter(links(html, "Later")), "")

    assert [len(each) for each in pages] == [50, 50, 20]
    assert sorted(seen) == [f"Yoga {number:03}" for number in range(120)]
    earlier = client.get(links(html, "Earlier")[0]).content.decode()
    assert re.findall(r"Yoga \d+", earlier) == pages[1]
    assert "Dentist" not in earlier


@pytest.mark.parametrize("name", ["Health", "Monday", "Week of 30 November", "Work & more"])
def test_each_row_leads_to_its_events(client: Client, calendar: Calendar, name: str) -> None:
    event = make_hour(calendar, "Dentist", ON, 9)
    make_hour(calendar, "Yoga", date(2026, 12, 8), 9)

    (address,) = links(page(client), name)
    html = client.get(address).content.decode()

    assert f'href="/events/{event.pk}/"' in html
    assert "Yoga" not in html


def test_only_calendars_that_the_views_show_count(client: Client, calendar: Calendar) -> None:
    make_hour(calendar, "Dentist", ON, 9)
    Calendar.objects.filter(pk=calendar.pk).update(selected=False)

    html = page(client)

    assert "Nothing that keeps you busy" in html


def test_charlie_sees_nothing_of_it(client: Client, calendar: Calendar, charlie: User) -> None:
    make_hour(calendar, "Dentist", ON, 9)
    (address,) = links(page(client), "Work & more")
    client.force_login(charlie)

    assert "Nothing that keeps you busy" in page(client)
    assert client.get(address).status_code == 404
    assert Client().get("/insights/").status_code == 302


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_marked_as_shown(client: Client, calendar: Calendar, preset: str) -> None:
    html = page(client, range=preset)

    assert f'<a href="?range={preset}" aria-current="page">' in html


@pytest.mark.parametrize(
    "query",
    [
        {"first": "2026-12-06", "last": "2026-11-30"},
        {"first": "2026-01-01", "last": "2029-01-01"},
        {"first": "yesterday", "last": "2026-11-30"},
        {"first": "2026-11-30"},
    ],
)
def test_what_is_no_range_is_said_and_this_month_is_shown(
    client: Client, calendar: Calendar, query: dict[str, str]
) -> None:
    html = page(client, **query)

    assert "at most 800 days apart" in html
    assert '<a href="?range=month" aria-current="page">' in html


@pytest.mark.parametrize(
    "query",
    [
        {"by": "month", "key": "x"},
        {"by": "weekday", "key": "someday"},
        {"by": "week", "key": "soon"},
        {"by": "calendar", "key": str(uuid4())},
        {},
    ],
)
def test_a_row_that_cannot_be_is_not_found(
    client: Client, calendar: Calendar, query: dict[str, str]
) -> None:
    assert client.get("/insights/events/", RANGE | query).status_code == 404


def test_presets_are_whole_weeks_months_quarters_and_years() -> None:
    today = date(2026, 12, 31)
    ranges = {name: range_of(today, 6) for name, range_of in PRESETS.items()}

    assert ranges == {
        "week": (date(2026, 12, 27), date(2027, 1, 2)),
        "month": (date(2026, 12, 1), date(2026, 12, 31)),
        "30-days": (date(2026, 12, 2), date(2026, 12, 31)),
        "quarter": (date(2026, 10, 1), date(2026, 12, 31)),
        "year": (date(2026, 1, 1), date(2026, 12, 31)),
    }
