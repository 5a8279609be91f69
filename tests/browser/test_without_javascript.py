"""All pages work without JavaScript."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from calendars.models import Calendar
from tests.browser.conftest import NewContext
from tests.calendars.rows import fill_month
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)


@pytest.fixture
def plain_page(new_context: NewContext, alice: User) -> Page:
    return new_context(person=alice, javascript=False).new_page()


def test_a_person_signs_in_and_out(new_context: NewContext, alice: User) -> None:
    page = new_context(javascript=False).new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    page.get_by_role("button", name="Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Create an account")).to_be_visible()


def test_the_month_turns_and_a_day_is_chosen(plain_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    plain_page.goto(f"/calendar/month/{ON}/")
    plain_page.get_by_role("link", name="Next month, December 2026").click()
    expect(plain_page.get_by_role("heading", name="December 2026")).to_be_visible()
    plain_page.locator("#day-2026-12-02").click()
    expect(plain_page.get_by_role("heading", name="Wednesday 2 December")).to_be_visible()


def test_an_event_opens_by_its_address(plain_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    plain_page.goto(f"/calendar/month/{ON}/")
    plain_page.locator(".bar", has_text="Conference in Lisbon").first.click()
    details = plain_page.locator(".chosen details", has_text="Conference in Lisbon").first
    expect(details).to_have_attribute("open", "")


def test_calendars_are_chosen_with_a_button(plain_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    plain_page.goto(f"/calendar/agenda/{ON}/")
    plain_page.get_by_label("Work").uncheck()
    plain_page.get_by_role("button", name="Show selected calendars").click()
    expect(plain_page.get_by_text("Stand-up")).to_have_count(0)
    assert not Calendar.objects.get(name="Work").selected
