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
MONTH = """
- grid "November 2026":
  - rowgroup:
    - row:
      - columnheader "Monday"
      - columnheader "Tuesday"
      - columnheader "Wednesday"
      - columnheader "Thursday"
      - columnheader "Friday"
      - columnheader "Saturday"
      - columnheader "Sunday"
  - rowgroup:
    - row /^Monday 16 November, 2 events/:
      - gridcell /^Tuesday 17 November, 2 events/:
        - link "Tuesday 17 November, 2 events"
        - text: Grandmother stays with us, continued
        - link /^09:00 Stand-up/
      - gridcell /^Wednesday 18 November, 9 events/:
        - link "Wednesday 18 November, 9 events"
        - text: Grandmother stays with us, continued
        - link /^Buß- und Bettag/
        - link /^09:00 Stand-up/
        - link /^10:00 Interview at 10/
        - link "+5 more events on Wednesday 18 November"
      - gridcell /^Friday 20 November, 2 events/:
        - link "Friday 20 November, 2 events"
        - link /^Conference in Lisbon.* continues$/
        - link /^09:00 Stand-up/
    - row /^Monday 23 November, 2 events/:
      - gridcell:
        - link "Monday 23 November, 2 events"
        - link /^Conference in Lisbon.* continued$/
        - link /^09:00 Stand-up/
"""


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
    own = alice_page.locator(f"td:has(#day-{WEDNESDAY}) a:not(.slot)")
    assert stops.count() == own.count() > 1


def test_enter_on_plus_n_lists_the_day_and_escape_leads_back(alice_page: Page, alice: User) -> None:
    fill_month(alice, WEDNESDAY)
    alice_page.set_viewport_size({"width": 1280, "height": 620})
    open_month(alice_page)
    more = alice_page.locator(f"td:has(#day-{WEDNESDAY}) .more")
    links = alice_page.locator(f"td:has(#day-{WEDNESDAY}) a:not(.slot):visible")
    for _link in range(links.count() - 1):
        alice_page.keyboard.press("Tab")
    expect(more).to_be_focused()
    alice_page.keyboard.press("Enter")
    listed = alice_page.locator("#day-list")
    expect(listed.get_by_role("link", name="Wednesday 18 November")).to_be_focused()
    expect(listed).to_contain_text("Dinner with Ingrid")
    alice_page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(more).to_be_focused()


def test_the_month_as_a_screen_reader_has_it(alice_page: Page, alice: User) -> None:
    fill_month(alice, WEDNESDAY)
    open_month(alice_page)
    expect(alice_page.locator("#month")).to_match_aria_snapshot(MONTH)
