"""The page of search: its form, its results and the way from them into the calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar
from profiles.preferences import change_preferences
from tests.calendars.rows import make_calendar, make_connection, make_day, make_hour

TODAY = timezone.now().date()
DAY = timedelta(days=1)


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Choir", "#4a6fa5")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    return client


def read(client: Client, **query: str) -> str:
    answer = client.get("/search/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_match_is_marked_and_leads_to_event_and_day(
    client: Client, calendar: Calendar, alice: User
) -> None:
    change_preferences(owner=alice, changes={"view": "agenda"})
    event = make_hour(calendar, "Zahnärztin <b>", TODAY + DAY, 9, location="Café Müller")

    html = read(client, q="zahnarz muller")

    assert "<mark>Zahnärz</mark>tin &lt;b&gt;" in html
    assert "Café <mark>Müller</mark>" in html
    assert f'href="/events/{event.pk}/"' in html
    key = f"{event.pk}_{event.start_at:%Y%m%dT%H%M%SZ}"
    assert f'href="/calendar/agenda/{TODAY + DAY}/#event-{key}"' in html


def test_it_is_said_why_an_event_was_found(client: Client, calendar: Calendar) -> None:
    ana = [{"email": "ana@example.org", "name": "Ana Petrović"}]
    make_hour(calendar, "Lunch", TODAY, 9, attendees=ana)
    words = "word " * 50 + "invoice" + " word" * 50
    make_hour(calendar, "Paper", TODAY, 9, description=f"<p>{words}</p>")

    assert "<mark>Ana</mark> Petrović" in read(client, q="ana")
    html = read(client, q="invoice")
    assert "word <mark>invoice</mark> word" in html
    assert html.count("word ") < 60


def test_typing_errors_stand_apart(client: Client, calendar: Calendar) -> None:
    make_hour(calendar, "Dentist", TODAY, 9)

    html = read(client, q="dentst")

    assert "Similar words" in html
    assert "<mark>Dentist</mark>" in html


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, "Search the titles, places, people and descriptions"),
        ({"q": "  "}, "Search the titles, places, people and descriptions"),
        ({"q": "picnic"}, "No event matches “picnic”."),
        ({"q": "picnic", "start": "2026-01-01"}, "or clear the filters"),
        ({"q": "%_\\ \u202e <x>"}, "No event matches “"),
        ({"q": "x" * 201}, "at most 200"),
        ({"q": "a\x00"}, "Null characters"),
        ({"q": "a", "start": "2026-02-30"}, "Check the filters."),
        ({"q": "a", "start": "9999-12-31"}, "Use a year"),
        ({"q": "a", "end": "9999-12-31"}, "Use a year"),
        ({"q": "a", "start": "2026-02-02", "end": "2026-02-01"}, "after the start"),
        ({"q": "a", "calendar": "x"}, "Check the filters."),
    ],
)
def test_each_state_says_what_to_do(client: Client, query: dict[str, str], text: str) -> None:
    assert text in read(client, **query)


def test_an_address_that_is_no_text(client: Client) -> None:
    answer = client.get("/search/?q=%ED%A0%80%FF%20x&person=%C3")

    assert "No event matches" in answer.content.decode()


def test_the_filters(client: Client, calendar: Calendar) -> None:
    home = make_calendar(calendar.connection, "Home", "#c07a1c")  # type: ignore[arg-type]
    make_day(calendar, "Picnic one", TODAY)
    make_day(home, "Picnic two", TODAY + 10 * DAY)

    for query in (
        {"calendar": str(home.pk)},
        {"start": str(TODAY + DAY)},
        {"start": str(TODAY + 10 * DAY), "end": str(TODAY + 10 * DAY)},
    ):
        html = read(client, q="picnic", **query)
        assert "<mark>Picnic</mark> two" in html
        assert "Picnic</mark> one" not in html


def test_pages_follow_each_other(client: Client, calendar: Calendar) -> None:
    for number in range(52):
        make_hour(calendar, f"Picnic {number}", TODAY + number * DAY, 9)

    html = read(client, q="picnic")
    link = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")

    assert html.count('class="hit ') == 50
    assert client.get(link).content.decode().count('class="hit ') == 2


def test_a_cut_address_leads_to_the_first_page(client: Client, calendar: Calendar) -> None:
    answer = client.get("/search/", {"q": "picnic", "cursor": "x"})

    assert (answer.status_code, answer["Location"]) == (302, "/search/?q=picnic")


def test_while_one_types_only_the_results_come(client: Client, calendar: Calendar) -> None:
    make_hour(calendar, "Picnic", TODAY, 9)

    answer = client.get(
        "/search/", {"q": "pic"}, headers={"HX-Request": "true", "HX-Target": "results"}
    )

    assert answer.content.decode().strip().startswith('<section id="results"')
    assert "HX-Target" in answer["Vary"]


def test_it_is_for_its_owner(calendar: Calendar, charlie: User) -> None:
    make_hour(calendar, "Secret picnic", TODAY, 9)
    client = Client()
    assert client.get("/search/?q=picnic").status_code == 302

    client.force_login(charlie, "accounts.password_backend.PasswordBackend")
    assert "Secret" not in read(client, q="picnic")
    assert "Choir" not in read(client, q="picnic")
