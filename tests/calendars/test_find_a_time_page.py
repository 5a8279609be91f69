"""The page "Find a time" shows who is busy and links free slots, without script."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.calendars.sharing import browser_of, share

pytestmark = pytest.mark.django_db
ADDRESS = "/calendar/find-a-time/"


def monday() -> date:
    """The Monday after next, so that nothing of its week is over."""
    today = timezone.now().date()
    return today + timedelta(days=14 - today.weekday())


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Orpheus", "#4a6fa5")


def ask(person: User, **query: Any) -> str:
    given: dict[str, Any] = {
        "start": str(monday()),
        "span": "7",
        "begins": "09:00",
        "ends": "12:00",
    }
    answer = browser_of(person).get(ADDRESS, given | query)
    assert answer.status_code == 200, answer.content
    return str(answer.content, "utf-8")


def test_slots_are_links_to_a_new_event_with_the_people(
    alice: User, bob: User, work: Calendar
) -> None:
    make_hour(work, "Secret", monday(), 10)
    share(work, bob, "busy")

    text = ask(bob, people="alice@example.org", days=["0"], minutes="60")

    links = [unescape(link) for link in re.findall(r'href="(/events/new/[^"]*)"', text)]
    assert {link.partition("&")[0][-25:] for link in links} == {
        f"{monday()}T09%3A00%3A00%2B00%3A00"[-25:],
        f"{monday()}T11%3A00%3A00%2B00%3A00"[-25:],
    }
    assert "busy 10:00 to 11:00" in text
    assert "Secret" not in text
    form = browser_of(bob)
    Calendar.objects.create(owner=bob, name="Own")
    filled = form.get(links[0]).content.decode()
    assert "alice@example.org" in filled
    assert str(monday()) in filled


def test_people_who_share_nothing_are_unknown_and_not_free(bob: User, work: Calendar) -> None:
    text = ask(bob, people="alice@example.org, nobody@example.net")

    assert "Nothing is known of the time of alice@example.org, nobody@example.net" in text
    assert text.count("Not shared with you") == 2 * 5


def test_one_opens_it_without_anything_and_gets_two_weeks(client: Client, bob: User) -> None:
    text = str(browser_of(bob).get(ADDRESS).content, "utf-8")
    assert text.count('class="plan-day"') in (10, 11)  # today may be over
    assert client.get(ADDRESS).status_code == 302


@pytest.mark.parametrize(
    "query",
    [
        {"people": "not an address"},
        {"begins": "18:00", "ends": "09:00"},
        {"start": "never"},
        {"minutes": "7"},
        {"people": ",".join(f"p{number}@example.org" for number in range(30))},
    ],
)
def test_what_was_typed_wrong_is_marked(bob: User, query: dict[str, str]) -> None:
    answer = browser_of(bob).get(ADDRESS, query)

    assert answer.status_code == 422
    assert "plan-day" not in answer.content.decode()
