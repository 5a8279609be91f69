"""Every view of the calendar: both themes, three widths, English and German."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page

from accounts.models import User
from calendars.pages.frame import VIEWS
from profiles.preferences import change_preferences
from profiles.services import change_profile
from tests.browser.conftest import ARTIFACTS, LOOKS, Look
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.browser.test_every_page import take_look
from tests.calendars.rows import fill_month

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)
WIDE = Look("wide-light", "light", 1920, 1080)
NAMES = [name for name, _label, _key in VIEWS]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("view", NAMES)
def test_a_view_in_every_look(alice_page: Page, alice: User, view: str, language: str) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin", "language": language})
    change_preferences(
        owner=alice, changes={"second_zone": "Asia/Tokyo", "week_numbers": language == "de"}
    )
    fill_month(alice, ON)
    console = Console(alice_page)

    answer = alice_page.goto(f"/calendar/{view}/{ON}/")

    assert answer is not None
    assert answer.status == 200
    assert alice_page.locator("html").get_attribute("lang") == language
    assert "2026" in alice_page.get_by_role("heading", level=1).inner_text()
    for look in (*LOOKS, WIDE):
        take_look(alice_page, look)
        alice_page.screenshot(path=ARTIFACTS / f"view-{view}-{language}-{look.name}.png")
        assert accessibility_faults(alice_page, theme_only=look.is_dark) == [], look.name
        assert overflow_pixels(alice_page) == 0, look.name
    assert console.complaints == []


def test_the_sidebar_is_a_sheet_on_a_phone(alice_page: Page, alice: User) -> None:
    fill_month(alice, ON)
    take_look(alice_page, LOOKS[2])
    alice_page.goto(f"/calendar/month/{ON}/")
    sheet = alice_page.get_by_role("complementary", name="Sidebar")
    assert not sheet.is_visible()

    alice_page.get_by_role("button", name="Sidebar").click()

    assert sheet.get_by_label("Work").is_checked()
    alice_page.screenshot(path=ARTIFACTS / "sidebar-phone-light.png")
    assert accessibility_faults(alice_page) == []
    alice_page.keyboard.press("Escape")
    assert not sheet.is_visible()
