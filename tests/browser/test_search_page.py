"""Search in a browser: found while one types, by the keyboard, and shown in the calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import NewContext
from tests.browser.test_every_page import assert_good
from tests.calendars.rows import fill_month, make_event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def filled(alice: User) -> None:
    work, home, _holidays = fill_month(alice, NOW.date())
    ana = [{"email": "ana@example.org", "name": "Ana Petrović"}]
    for days, title in ((4, "Dinner with Ana"), (-40, "Dinner at Luigi's"), (-400, "Old dinner")):
        make_event(
            home, title, NOW + days * DAY, NOW + days * DAY + DAY / 12,
            location="Café Müller, Berlin", attendees=ana,
        )  # fmt: skip
    make_event(
        work, "Offsite", NOW + 30 * DAY, NOW + 31 * DAY,
        description="<p>Travel on Monday, team dinner on Tuesday, and a walk in the hills if the"
        " weather lets us. Bring shoes.</p>",
    )  # fmt: skip
    make_event(work, "Diner tour", NOW + 50 * DAY, NOW + 51 * DAY)


@pytest.mark.parametrize(
    ("name", "query"),
    [("found", "?q=dinner"), ("start", ""), ("nothing", "?q=picnic&start=2026-01-01")],
)
def test_every_state_is_good(filled: None, alice_page: Page, name: str, query: str) -> None:
    assert_good(alice_page, f"search-{name}", f"/search/{query}")


def test_by_the_keyboard_to_the_day(filled: None, alice_page: Page) -> None:
    page = alice_page
    page.goto("/search/")
    page.locator("#main").focus()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("dinner ana")
    results = page.get_by_role("region", name="Results")
    expect(results.get_by_role("listitem")).to_have_count(3)
    expect(page).to_have_url("/search/?q=dinner%20ana&person=&calendar=&category=&start=&end=")

    first = results.get_by_role("link", name="Dinner with Ana", exact=True)
    first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/calendar/week/{(NOW + 4 * DAY).date()}/#event-*")
    expect(page.get_by_role("link", name="Dinner with Ana").first).to_be_visible()


def test_without_javascript(filled: None, alice: User, new_context: NewContext) -> None:
    page = new_context(person=alice, javascript=False).new_page()
    page.goto("/search/")
    page.get_by_role("searchbox").fill("dinner")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Dinner at Luigi's", exact=True).click()

    expect(page.get_by_role("heading", name="Dinner at Luigi's")).to_be_visible()
