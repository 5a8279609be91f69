"""Shortcuts: each does what a click does, rests while one types, and can be switched off."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from calendars.models import Calendar
from calendars.pages.frame import VIEWS
from tests.calendars.rows import fill_month

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)


@pytest.fixture
def month(alice_page: Page, alice: User) -> Page:
    """Alice's month, with its scripts loaded."""
    fill_month(alice, ON)
    alice_page.goto(f"/calendar/month/{ON}/")
    alice_page.locator("[data-month][role=grid]").wait_for()
    return alice_page


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, _label, key in VIEWS])
def test_a_key_opens_a_view(month: Page, name: str, key: str) -> None:
    month.keyboard.press(key)
    month.wait_for_url(f"**/calendar/{name}/{ON}/")
    expect(month.locator(f"#view-{name}")).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize(
    ("key", "on"), [("j", "2026-12"), ("k", "2026-10"), ("ArrowRight", "2026-12")]
)
def test_a_key_turns_the_month(month: Page, key: str, on: str) -> None:
    month.keyboard.press(key)
    month.wait_for_url(f"**/calendar/month/{on}-*/")


def test_t_opens_today(month: Page) -> None:
    month.keyboard.press("t")
    month.wait_for_url(f"**/calendar/month/{timezone.now().date()}/")


def test_n_opens_the_typed_line(month: Page) -> None:
    month.keyboard.press("n")
    expect(month.get_by_role("textbox", name="New event in one line")).to_be_focused()


def test_e_edits_the_focused_event(month: Page) -> None:
    month.locator("[data-event]", has_text="Stand-up").first.focus()
    month.keyboard.press("e")
    month.wait_for_url("**/events/*/edit/*")
    expect(month.get_by_role("textbox", name="Title")).to_have_value("Stand-up")


def test_a_number_hides_a_calendar(month: Page, alice: User) -> None:
    assert month.get_by_text("Stand-up").first.is_visible()
    boxes = month.locator("#calendar-choice input[type=checkbox]")
    names = [
        month.locator(f"label[for={box.get_attribute('id')}]").inner_text() for box in boxes.all()
    ]

    month.keyboard.press(str(names.index("Work") + 1))

    expect(month.locator("#live").get_by_text("Stand-up")).to_have_count(0)
    assert Calendar.objects.get(owner=alice, name="Work").selected is False


def test_the_question_mark_lists_the_keys(month: Page) -> None:
    month.keyboard.press("?")
    expect(month.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    month.keyboard.press("Escape")
    expect(month.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()


def test_the_bracket_folds_the_sidebar_for_good(month: Page) -> None:
    sidebar = month.get_by_role("complementary", name="Sidebar")
    month.keyboard.press("[")
    expect(sidebar).to_be_hidden()
    month.reload()
    expect(sidebar).to_be_hidden()
    month.keyboard.press("[")
    expect(sidebar).to_be_visible()


def test_keys_can_be_switched_off(month: Page) -> None:
    month.keyboard.press("?")
    month.get_by_label("Single keys are shortcuts").uncheck()
    month.keyboard.press("Escape")
    month.keyboard.press("a")
    month.reload()
    month.keyboard.press("a")
    month.keyboard.press("n")
    month.locator("[data-event]", has_text="Stand-up").first.focus()
    month.keyboard.press("Shift+ArrowDown")
    month.keyboard.press("e")
    assert "/calendar/month/" in month.url
    expect(month.locator(".ghost, #typed")).to_have_count(0)


def test_typing_is_no_shortcut(month: Page) -> None:
    month.evaluate("document.querySelector('#live').append(document.createElement('textarea'))")
    month.locator("#live textarea").focus()
    month.keyboard.type("a ? [ 1")
    assert "/calendar/month/" in month.url
    expect(month.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()
