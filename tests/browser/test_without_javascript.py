"""All pages work without JavaScript."""

from __future__ import annotations

import re
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
    page.get_by_role("button", name="Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Create an account")).to_be_visible()


def test_the_month_turns_and_leads_to_a_day(plain_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    plain_page.goto(f"/calendar/month/{ON}/")
    plain_page.locator("#turn-next").click()
    expect(plain_page.get_by_role("heading", name="December 2026")).to_be_visible()
    plain_page.locator("#day-2026-12-02").click()
    expect(plain_page).to_have_url(re.compile("/calendar/day/2026-12-02/$"))


def test_plus_n_leads_to_the_day(plain_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    plain_page.set_viewport_size({"width": 1280, "height": 620})
    plain_page.goto(f"/calendar/month/{ON}/")
    plain_page.locator(f"td:has(#day-{ON}) .more").click()
    expect(plain_page).to_have_url(re.compile(f"/calendar/day/{ON}/$"))


def test_the_agenda_goes_on_by_links(plain_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    plain_page.goto(f"/calendar/agenda/{ON}/")
    plain_page.get_by_role("link", name="Later days").click()
    expect(plain_page).to_have_url(re.compile("/calendar/agenda/2026-12-02/$"))
    plain_page.get_by_role("link", name="Earlier days").click()
    expect(plain_page).to_have_url(re.compile(f"/calendar/agenda/{ON}/$"))


def test_a_date_is_gone_to_with_a_button(plain_page: Page) -> None:
    plain_page.goto(f"/calendar/month/{ON}/")
    plain_page.get_by_label("Go to a date").fill("2027-02-03")
    plain_page.get_by_role("button", name="Go", exact=True).click()
    expect(plain_page).to_have_url(re.compile("/calendar/month/2027-02-03/$"))


def test_calendars_are_chosen_with_a_button(plain_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    plain_page.goto(f"/calendar/agenda/{ON}/")
    plain_page.get_by_label("Work").uncheck()
    plain_page.get_by_role("button", name="Show selected calendars").click()
    expect(plain_page.get_by_text("Stand-up")).to_have_count(0)
    assert not Calendar.objects.get(name="Work").selected
