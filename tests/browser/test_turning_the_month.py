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
    alice_page.get_by_role("link", name="Next month, December 2026").click()
    expect(alice_page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(alice_page).to_have_url(re.compile("/calendar/month/2026-12-18/$"))
    expect(alice_page).to_have_title(re.compile("December 2026"))
    expect(alice_page.locator("#announcement")).to_have_text(re.compile("December"))
    assert_same_page(alice_page)
    assert console.complaints == []


def test_back_shows_the_month_before(alice_page: Page) -> None:
    alice_page.goto(f"/calendar/month/{ON}/")
    alice_page.get_by_role("link", name="Next month, December 2026").click()
    expect(alice_page.get_by_role("heading", name="December 2026")).to_be_visible()
    alice_page.go_back()
    expect(alice_page.get_by_role("heading", name="November 2026")).to_be_visible()
    expect(alice_page.get_by_role("navigation", name="Main")).to_be_visible()


def test_an_unticked_calendar_leaves_the_month(alice_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    alice_page.goto(f"/calendar/month/{ON}/")
    mark(alice_page)
    stand_ups = alice_page.locator(".bar", has_text="Stand-up")
    assert stand_ups.count() > 0
    alice_page.get_by_label("Work").uncheck()
    expect(stand_ups).to_have_count(0)
    expect(alice_page.locator(".bar", has_text="Piano lesson").first).to_be_visible()
    assert_same_page(alice_page)
    assert not Calendar.objects.get(name="Work").selected


def test_an_event_opens_where_its_day_is_listed(alice_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    alice_page.goto("/calendar/month/2026-11-02/")
    alice_page.locator(".bar", has_text="Dinner with Ingrid").or_(
        alice_page.locator(".bar", has_text="Conference in Lisbon")
    ).first.click()
    details = alice_page.locator(".chosen details[open]")
    expect(details).to_contain_text("all day")
