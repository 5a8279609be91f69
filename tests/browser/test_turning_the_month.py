"""Turning the month swaps a part of the page, and updates URL and title."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from calendars.models import Calendar
from tests.browser.page_checks import Console
from tests.calendars.rows import fill_month

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)


def mark(page: Page) -> None:
    """Mark the document; a full page load would remove the mark."""
    page.evaluate("document.body.dataset.marked = 'yes'")


def assert_same_page(page: Page) -> None:
    assert page.evaluate("document.body.dataset.marked") == "yes"


def test_the_next_month_comes_without_a_new_page(alice_page: Page) -> None:
    console = Console(alice_page)
    alice_page.goto(f"/calendar/month/{ON}/")
    mark(alice_page)
    alice_page.locator("#turn-next").click()
    expect(alice_page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(alice_page).to_have_url(re.compile("/calendar/month/2026-12-18/$"))
    expect(alice_page).to_have_title(re.compile("December 2026"))
    expect(alice_page.locator("#announcement")).to_have_text(re.compile("December"))
    assert_same_page(alice_page)
    assert console.complaints == []


def test_back_shows_the_month_before(alice_page: Page) -> None:
    alice_page.goto(f"/calendar/month/{ON}/")
    alice_page.locator("#turn-next").click()
    expect(alice_page.get_by_role("heading", name="December 2026")).to_be_visible()
    alice_page.go_back()
    expect(alice_page.get_by_role("heading", name="November 2026")).to_be_visible()
    expect(alice_page.get_by_role("navigation", name="View")).to_be_visible()


def test_an_unticked_calendar_leaves_the_month(alice_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    alice_page.goto(f"/calendar/month/{ON}/")
    mark(alice_page)
    stand_ups = alice_page.locator(".month .chip", has_text="Stand-up")
    assert stand_ups.count() > 0
    alice_page.get_by_label("Work").uncheck()
    expect(stand_ups).to_have_count(0)
    expect(alice_page.locator(".month .chip", has_text="Piano lesson").first).to_be_visible()
    assert_same_page(alice_page)
    assert not Calendar.objects.get(name="Work").selected


def test_the_mini_month_turns_without_the_page_and_leads_to_a_day(alice_page: Page) -> None:
    alice_page.goto(f"/calendar/month/{ON}/")
    mark(alice_page)
    mini = alice_page.locator("#mini-month")
    mini.get_by_role("link", name="Next month").click()
    expect(mini.get_by_text("December 2026")).to_be_visible()
    expect(mini.get_by_role("link", name="Next month")).to_be_focused()
    expect(alice_page.get_by_role("heading", name="November 2026")).to_be_visible()
    mini.get_by_role("link", name="Wednesday 9 December").click()
    expect(alice_page).to_have_url(re.compile("/calendar/month/2026-12-09/$"))
    expect(alice_page.locator("#view-title")).to_have_text("December 2026")
    assert_same_page(alice_page)


def test_a_key_leads_to_a_date(alice_page: Page) -> None:
    alice_page.goto(f"/calendar/month/{ON}/")
    mark(alice_page)
    alice_page.locator("[data-month][role=grid]").wait_for()
    alice_page.keyboard.press("g")
    expect(alice_page.get_by_label("Go to a date")).to_be_focused()
    alice_page.get_by_label("Go to a date").fill("2027-02-03")
    alice_page.keyboard.press("Enter")
    expect(alice_page.locator("#view-title")).to_have_text("February 2027")
    expect(alice_page).to_have_url(re.compile("/calendar/month/2027-02-03/$"))
    assert_same_page(alice_page)
