"""The month fits its window: as many lanes as there is room for, and "+n" counts the others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import NewContext
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.calendars.rows import fill_month, make_calendar, make_connection, make_day, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)
PHONE = {"width": 390, "height": 844}
# What each cell shows, and whether all of it is within the row.
CELLS = """
() => [...document.querySelectorAll("#month td")].map((cell) => {
  const inside = (one) => one.getBoundingClientRect().bottom
    <= cell.closest("tr").getBoundingClientRect().bottom + 0.5;
  const seen = [...cell.querySelectorAll(".chip, .more")].filter((one) => one.checkVisibility());
  const more = seen.find((one) => one.matches(".more"));
  const numbers = more ? [...more.children].filter((one) => one.checkVisibility()) : [];
  return {
    day: cell.querySelector(".day-number").id,
    numbers: numbers.map((one) => one.textContent.trim()).filter((text) => /^.\\d/.test(text)),
    fits: seen.every(inside),
  };
})
"""


def cells(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(CELLS)
    return found


def fill(alice: User) -> None:
    """Create days with few and with many events, and trips across them."""
    fill_month(alice, ON)
    extra = make_calendar(make_connection(alice), "Extra", "#8a5fb0")
    for day in range(1, 29):
        on = date(2026, 11, day)
        for number in range(day % 11):
            make_hour(extra, f"Extra {number}", on, 7 + number)
    for day in (2, 10, 17, 26):
        make_day(extra, f"Trip {day}", date(2026, 11, day), days=4)


def totals(page: Page) -> dict[str, int]:
    """Return the number of events that each day says to a screen reader."""
    found: dict[str, int] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".day-number")].map((link) =>
          [link.id, Number(link.textContent.match(/, (\\d+) event/)?.[1] ?? 0)]))"""
    )
    return found


@pytest.mark.parametrize("view", ["month", "weeks"])
def test_at_every_height_what_is_shown_and_plus_n_are_all_events(
    alice_page: Page, alice: User, view: str
) -> None:
    fill(alice)
    alice_page.goto(f"/calendar/{view}/{ON}/")
    expected = totals(alice_page)
    assert max(expected.values()) > 10
    lanes = set()
    for height in (420, 560, 640, 720, 800, 900, 1080, 1440, 2000):
        alice_page.set_viewport_size({"width": 1280, "height": height})
        shown = cells(alice_page)
        covers = spans(alice_page)
        for cell in shown:
            assert len(cell["numbers"]) <= 1, (height, cell)
            rest = int(cell["numbers"][0][1:]) if cell["numbers"] else 0
            assert covers[cell["day"]] + rest == expected[cell["day"]], (height, cell)
            assert cell["fits"], (height, cell)
        lanes.add(max(covers.values()))
        assert overflow_pixels(alice_page) == 0
    assert len(lanes) > 4


def spans(page: Page) -> dict[str, int]:
    """Return how many visible chips lie over each day, by their places on the screen."""
    found: dict[str, int] = page.evaluate(
        """() => {
          const chips = [...document.querySelectorAll("#month .chip")]
            .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect());
          return Object.fromEntries([...document.querySelectorAll("#month td")].map((cell) => {
            const box = cell.getBoundingClientRect(), middle = (box.left + box.right) / 2;
            const over = chips.filter((one) => one.left < middle && middle < one.right
              && one.top >= box.top && one.top < box.bottom);
            return [cell.querySelector(".day-number").id, over.length];
          }));
        }"""
    )
    return found


def test_nothing_shifts_when_the_month_is_turned(alice_page: Page, alice: User) -> None:
    fill(alice)
    alice_page.goto(f"/calendar/month/{ON}/")
    alice_page.evaluate(
        """() => { window.shifted = 0; new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.shifted += entry.value;
        }).observe({ type: "layout-shift", buffered: true }); }"""
    )
    for title in ("December 2026", "January 2027"):
        alice_page.locator("#turn-next").click()
        expect(alice_page.locator("#view-title")).to_have_text(title)
    alice_page.wait_for_timeout(300)
    assert alice_page.evaluate("window.shifted") <= 0.02


def test_on_a_phone_a_cell_opens_the_list_of_its_day(new_context: NewContext, alice: User) -> None:
    fill_month(alice, ON)
    page = new_context(person=alice).new_page()
    console = Console(page)
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto(f"/calendar/month/{ON}/")
    page.locator("[data-month][role=grid]").wait_for()
    cell = page.locator(f"td:has(#day-{ON})")
    box = cell.bounding_box()
    assert box
    assert box["width"] >= 44
    assert box["height"] >= 44
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 20)
    listed = page.locator("#day-list")
    expect(listed).to_contain_text("Dinner with Ingrid & Ola <at theirs>")
    expect(page).to_have_url(f"{page.url}")
    assert all(
        link.bounding_box()["height"] >= 44  # type: ignore[index]
        for link in listed.locator(".chip").all()
    )
    assert accessibility_faults(page) == []
    assert overflow_pixels(page) == 0
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    assert console.complaints == []
