"""Every page by keyboard: the skip link first, arrow keys in the month."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.calendars.rows import fill_month

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY = date(2026, 11, 18)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def open_month(page: Page) -> None:
    page.goto(f"/calendar/month/{WEDNESDAY}/")
    page.locator("[data-month][role=grid]").wait_for()
    page.locator(f"#day-{WEDNESDAY}").focus()


def test_the_first_tab_skips_to_the_content(alice_page: Page) -> None:
    alice_page.goto("/")
    alice_page.keyboard.press("Tab")
    skip = alice_page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    alice_page.keyboard.press("Enter")
    expect(alice_page.get_by_role("main")).to_be_focused()


def test_focus_can_be_seen(page: Page) -> None:
    page.goto("/accounts/login/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("ArrowLeft", "2026-11-17"),
        ("ArrowRight", "2026-11-19"),
        ("ArrowUp", "2026-11-11"),
        ("ArrowDown", "2026-11-25"),
        ("Home", "2026-11-16"),
        ("End", "2026-11-22"),
    ],
)
def test_a_key_moves_through_the_month(alice_page: Page, key: str, day: str) -> None:
    open_month(alice_page)
    alice_page.keyboard.press(key)
    assert focused(alice_page) == f"day-{day}"


@pytest.mark.parametrize(("key", "address"), [("PageDown", "2026-12-18"), ("PageUp", "2026-10-18")])
def test_a_page_key_turns_the_month_and_keeps_the_focus_in_it(
    alice_page: Page, key: str, address: str
) -> None:
    open_month(alice_page)
    alice_page.keyboard.press(key)
    expect(alice_page).to_have_url(re.compile(address))
    expect(alice_page.locator(f"#day-{address}")).to_be_focused()


def test_an_arrow_beyond_the_last_week_goes_on_in_the_next_month(alice_page: Page) -> None:
    open_month(alice_page)
    for _week in range(3):
        alice_page.keyboard.press("ArrowDown")
    expect(alice_page).to_have_url(re.compile("2026-12-18"))


def test_the_month_is_one_tab_stop_with_the_events_of_its_day(
    alice_page: Page, alice: User
) -> None:
    fill_month(alice, WEDNESDAY)
    open_month(alice_page)
    stops = alice_page.locator("[data-month] a:not([tabindex='-1'])")
    own = alice_page.locator(f"td:has(#day-{WEDNESDAY}) a")
    assert stops.count() == own.count() > 1


def test_enter_on_an_event_opens_it_beside_the_month(alice_page: Page, alice: User) -> None:
    fill_month(alice, WEDNESDAY)
    open_month(alice_page)
    alice_page.keyboard.press("ArrowDown")
    alice_page.keyboard.press("Tab")
    alice_page.keyboard.press("Enter")
    opened = alice_page.locator(".chosen details[open]")
    expect(opened).to_have_count(1)
    expect(opened.locator("summary")).to_be_focused()
