"""The theme follows the system until a user chooses one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import LOOKS, Look, NewContext

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK_LIGHT, DESK_DARK = LOOKS[0], LOOKS[1]


def is_dark(page: Page) -> bool:
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    return int(red) < 128


@pytest.mark.parametrize("look", [DESK_LIGHT, DESK_DARK], ids=lambda look: look.name)
def test_the_systems_theme_is_the_first(new_context: NewContext, look: Look) -> None:
    page = new_context(look).new_page()
    page.goto("/")
    assert is_dark(page) == (look is DESK_DARK)


def test_a_chosen_theme_stays_on_the_next_page(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Use the dark theme").click()
    assert is_dark(page)
    page.goto("/accounts/login/")
    assert is_dark(page)
    page.get_by_role("button", name="Use the light theme").click()
    page.reload()
    assert not is_dark(page)


def test_the_chosen_theme_is_there_before_the_first_paint(page: Page) -> None:
    """The script that sets it is neither deferred nor a module."""
    page.goto("/")
    script = page.locator("head script[src*='theme']")
    assert script.evaluate("script => !script.defer && !script.async && script.type === ''")
