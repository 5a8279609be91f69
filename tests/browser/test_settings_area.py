"""The settings by hand: the rail, colours, switches, toasts and the theme."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from calendars.models import Calendar
from tests.browser.conftest import LOOKS, NewContext
from tests.browser.page_checks import Console, accessibility_faults
from tests.calendars.rows import fill_month

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_rail_leads_everywhere_and_marks_the_place(alice_page: Page) -> None:
    alice_page.goto("/settings/")
    rail = alice_page.get_by_role("complementary", name="Settings")
    for name in ("Profile", "Time and language", "Calendars and accounts", "Security", "Your data"):
        rail.get_by_role("link", name=name, exact=True).click()
        expect(alice_page.get_by_role("heading", level=1)).to_have_text(name)
        expect(rail.locator("[aria-current=page]")).to_have_text(name)
    rail.get_by_role("link", name="Security", exact=True).click()
    rail.get_by_role("link", name="Two-step sign-in").click()
    expect(rail.locator("[aria-current=page]")).to_have_text("Two-step sign-in")


def test_on_a_phone_the_rail_is_a_list_and_a_way_back(new_context: NewContext, alice: User) -> None:
    page = new_context(LOOKS[2], alice).new_page()
    page.goto("/settings/")
    page.get_by_role("main").get_by_role("link", name="Your data").click()
    expect(page.get_by_role("complementary", name="Settings")).to_be_hidden()
    page.get_by_role("link", name="All settings").click()
    page.wait_for_url("**/settings/")
    page.get_by_role("link", name="Back to the calendar").first.click()
    page.wait_for_url("**/welcome/")


def test_a_colour_is_chosen_by_keyboard(alice_page: Page, alice: User) -> None:
    fill_month(alice, date(2026, 11, 18))
    console = Console(alice_page)
    alice_page.goto("/settings/calendars/")
    opener = alice_page.get_by_role("button", name="Colour of Work")
    opener.press("Enter")
    colours = alice_page.get_by_role("form", name="Colour of Work")
    expect(colours.get_by_role("button", pressed=True)).to_have_count(1)
    assert accessibility_faults(alice_page) == []
    colours.get_by_role("button").nth(8).press("Enter")
    expect(alice_page.locator("li", has_text="Work").locator("button .dot").first).to_have_class(
        "dot hue-9"
    )
    assert Calendar.objects.get(name="Work").own_colour
    assert console.complaints == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_calendar_is_hidden(new_context: NewContext, alice: User, javascript: bool) -> None:
    fill_month(alice, date(2026, 11, 18))
    page = new_context(person=alice, javascript=javascript).new_page()
    page.goto("/settings/calendars/")
    page.get_by_role("switch", name="Work").uncheck()
    if javascript:
        page.wait_for_load_state("networkidle")
    else:
        page.get_by_role("button", name="Save Work").click()
    expect(page.get_by_role("switch", name="Work")).not_to_be_checked()
    assert not Calendar.objects.get(name="Work").selected


def test_a_toast_is_announced_and_dismissed_and_a_fault_stays(alice_page: Page) -> None:
    alice_page.goto("/settings/time/")
    alice_page.get_by_label("Clock").select_option("12")
    alice_page.get_by_role("button", name="Save").click()
    toast = alice_page.get_by_role("status").get_by_text("Time and language were saved.")
    expect(toast).to_be_visible()
    alice_page.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)

    alice_page.clock.install()
    alice_page.goto("/settings/calendars/")
    alice_page.get_by_label("An own calendar").fill("  ")
    alice_page.get_by_role("button", name="Create").click()
    fault = alice_page.get_by_role("alert").get_by_text("Give the calendar a name")
    alice_page.clock.run_for(1_000)
    expect(fault).to_be_visible()
    alice_page.clock.run_for(60_000)
    expect(fault).to_be_visible()


def test_a_toast_leaves_by_itself(alice_page: Page) -> None:
    alice_page.clock.install()
    alice_page.goto("/settings/time/")
    alice_page.get_by_role("button", name="Save").click()
    toast = alice_page.get_by_text("Time and language were saved.")
    alice_page.clock.run_for(1_000)
    expect(toast).to_be_visible()
    alice_page.clock.run_for(30_000)
    expect(toast).to_have_count(0)


def test_the_theme_is_chosen_here_too(alice_page: Page) -> None:
    alice_page.goto("/settings/time/")
    expect(alice_page.get_by_label("As the system")).to_be_checked()
    alice_page.get_by_label("Dark").check()
    alice_page.reload()
    expect(alice_page.get_by_label("Dark")).to_be_checked()
    assert alice_page.evaluate("document.documentElement.dataset.theme") == "dark"
    alice_page.get_by_label("As the system").check()
    assert alice_page.evaluate("document.documentElement.dataset.theme ?? ''") == ""
