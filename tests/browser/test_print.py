"""The views on paper: A4, black on white, everything of the period, without the page's controls."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import ARTIFACTS
from tests.calendars.rows import fill_month, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)
LANDSCAPE, PORTRAIT = (842, 595), (595, 842)
SIGNS = """
() => [...document.querySelectorAll(".chip")].map((chip) => [
  chip.title.split(" · ")[2], getComputedStyle(chip, "::before").content[1]])
"""


def print_of(page: Page, view: str) -> list[tuple[int, int]]:
    """Print the view, keep it as an artefact, and return the sizes of its pages."""
    page.goto(f"/calendar/{view}/{ON}/")
    page.emulate_media(media="print", color_scheme="dark")
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    paper = page.pdf(path=ARTIFACTS / f"print-{view}.pdf", prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


@pytest.mark.parametrize(
    ("view", "pages"),
    [
        ("month", [LANDSCAPE]),
        ("weeks", [LANDSCAPE]),
        ("week", [LANDSCAPE]),
        ("agenda", [PORTRAIT] * 2),
    ],
)
def test_a_view_has_its_pages(
    alice_page: Page, alice: User, view: str, pages: list[tuple[int, int]]
) -> None:
    fill_month(alice, ON)
    assert print_of(alice_page, view) == pages
    for control in ("#sidebar", "#turn-next", "#turn-today", ".views", ".agenda-turn"):
        assert alice_page.locator(f"{control}:visible").count() == 0
    expect(alice_page.locator("#view-title")).to_be_visible()
    assert alice_page.locator("body").evaluate("e => getComputedStyle(e).colorScheme") == "light"


@pytest.mark.parametrize("view", ["month", "weeks", "agenda"])
def test_calendars_are_told_apart_by_signs(alice_page: Page, alice: User, view: str) -> None:
    names = {calendar.name for calendar in fill_month(alice, ON)}
    print_of(alice_page, view)
    signs = {tuple(one) for one in alice_page.evaluate(SIGNS)}
    assert {name for name, _sign in signs} == names
    assert len({sign for _name, sign in signs}) == len(signs) == len(names)
    for name in names:
        expect(alice_page.locator(".print-legend li", has_text=name)).to_be_visible()


def test_a_crowded_day_shows_all_that_was_drawn_and_counts_the_others(
    alice_page: Page, alice: User
) -> None:
    work, *_ = fill_month(alice, ON)
    for call in range(6):
        make_hour(work, f"Call {call}", ON, 20)
    print_of(alice_page, "month")
    cell = alice_page.locator(f"td:has(#day-{ON})")
    shown = cell.locator(".chip:visible").count()
    total = 15
    covered = 1  # Grandmother's stay began on another day
    (number,) = [
        text
        for text in cell.locator(".more:visible > span:visible").all_text_contents()
        if text.startswith("+")
    ]
    assert shown + covered + int(number[1:]) == total
    assert shown >= 6
