"""An event opens beside its chip, by mouse and by keyboard, and stays open over live updates."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Event
from tests.browser.conftest import ARTIFACTS, LOOKS, Look, NewContext
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.calendars.rows import fill_month, make_event, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)
MONTH = f"/calendar/month/{ON}/"
WIDTH = 360
SCREENS = [*LOOKS[:2], Look("wide-light", "light", 1920, 1080), Look("phone", "light", 390, 844)]
SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""
GUESTS = [
    {"email": "ada@example.com", "name": "Ada Lovelace", "response": "accepted", "self": True},
    {"email": "grace@example.com", "name": "Grace Hopper", "response": "accepted",
     "organizer": True},
    {"email": "bob@example.com", "name": "Bob Kahn", "optional": True},
    {"email": "mei@example.com", "name": "Mei Chen", "response": "declined"},
]  # fmt: skip


def make_review(work: Calendar) -> Event:
    at = datetime(2026, 11, 17, 17, 15, tzinfo=ZoneInfo("Asia/Tokyo"))
    return make_event(
        work,
        "Budget review",
        at,
        at + timedelta(hours=1),
        time_zone="Asia/Tokyo",
        location="Unter den Linden 1, 10117 Berlin",
        conference_url="https://meet.google.com/abc-defg-hij",
        description="Last quarter's figures.\nDraft: https://docs.example.com/budget",
        attendees=GUESTS,
        recurrence=["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270630T215959Z"],
        reminders={"overrides": [{"method": "popup", "minutes": 10}]},
        html_link="https://www.google.com/calendar/event?eid=x",
    )


def chip(page: Page, title: str = "Budget review") -> Locator:
    return page.locator("[data-event]:visible", has_text=title).first


def card(page: Page) -> Locator:
    return page.locator("#event-popover")


def opened(page: Page, title: str = "Budget review") -> Locator:
    chip(page, title).click()
    expect(card(page).get_by_role("link", name="All details")).to_be_visible()
    return card(page)


@pytest.fixture
def review(alice: User) -> Event:
    return make_review(fill_month(alice, ON)[0])


@pytest.mark.parametrize("look", SCREENS, ids=lambda look: look.name)
def test_how_it_looks(new_context: NewContext, alice: User, review: Event, look: Look) -> None:
    page = new_context(look=look, person=alice, time_zone="Europe/Berlin").new_page()
    console = Console(page)
    page.goto("/calendar/agenda/2026-11-17/" if look.width < 768 else MONTH)
    box = opened(page).bounding_box()
    assert box is not None
    if look.width < 768:
        assert (box["x"], box["width"]) == (0, look.width)
        assert box["y"] + box["height"] == pytest.approx(look.height, abs=1)
    else:
        assert box["width"] == pytest.approx(WIDTH, abs=2)
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= look.width
        assert box["y"] + box["height"] <= look.height
    page.screenshot(path=ARTIFACTS / f"event-popover-{look.name}.png")
    assert accessibility_faults(page) == []
    page.goto(f"/events/{review.pk}/")
    page.screenshot(path=ARTIFACTS / f"event-page-{look.name}.png", full_page=True)
    assert accessibility_faults(page) == []
    assert overflow_pixels(page) == 0
    assert console.complaints == []


def test_opening_moves_nothing(alice_page: Page, review: Event) -> None:
    alice_page.goto(MONTH)
    alice_page.wait_for_load_state("networkidle")
    alice_page.evaluate(SHIFTS)
    before = alice_page.evaluate("window.shifted")
    for _ in range(3):
        opened(alice_page)
        alice_page.keyboard.press("Escape")
        expect(card(alice_page)).to_be_hidden()
    assert alice_page.evaluate("window.shifted") - before <= 0.02


def test_the_keyboard_opens_reads_and_closes_it(alice_page: Page, review: Event) -> None:
    alice_page.goto(MONTH)
    chip(alice_page).focus()
    alice_page.keyboard.press("Enter")
    title = card(alice_page).get_by_role("heading", name="Budget review")
    expect(title).to_be_focused()
    expect(card(alice_page).get_by_role("link", name="All details")).to_be_visible()
    expect(alice_page.get_by_role("dialog", name="Budget review")).to_be_visible()
    alice_page.keyboard.press("Tab")
    expect(card(alice_page).get_by_role("button", name="Close")).to_be_focused()
    alice_page.keyboard.press("Escape")
    expect(card(alice_page)).to_be_hidden()
    expect(chip(alice_page)).to_be_focused()
    expect(alice_page).to_have_url(re.compile(f"{MONTH}$"))


def test_a_press_elsewhere_or_on_the_chip_again_closes_it(alice_page: Page, review: Event) -> None:
    alice_page.goto(MONTH)
    opened(alice_page)
    chip(alice_page).click()
    expect(card(alice_page)).to_be_hidden()
    opened(alice_page)
    alice_page.locator("#view-title").click()
    expect(card(alice_page)).to_be_hidden()
    opened(alice_page)
    card(alice_page).get_by_role("button", name="Close").click()
    expect(card(alice_page)).to_be_hidden()


def test_it_stays_open_over_a_live_update_and_shows_it(alice_page: Page, review: Event) -> None:
    alice_page.goto(MONTH)
    opened(alice_page)
    with acting_as(user_id=review.owner_id):
        make_hour(review.calendar, "New arrival", ON, 8)
        Event.objects.filter(pk=review.pk).update(location="Room 7")
    expect(card(alice_page)).to_contain_text("Room 7")
    expect(card(alice_page).get_by_role("heading", name="Budget review")).to_be_focused()
    with acting_as(user_id=review.owner_id):
        Event.objects.filter(pk=review.pk).delete()
    expect(card(alice_page)).to_be_hidden()


def test_turning_the_page_closes_it(alice_page: Page, review: Event) -> None:
    alice_page.goto(MONTH)
    opened(alice_page)
    alice_page.keyboard.press("Tab")
    alice_page.evaluate("document.getElementById('turn-next').click()")
    expect(card(alice_page)).to_be_hidden()


def test_without_javascript_the_event_has_a_page(
    new_context: NewContext, alice: User, review: Event
) -> None:
    page = new_context(person=alice, javascript=False).new_page()
    page.goto(MONTH)
    chip(page).click()
    expect(page).to_have_url(re.compile(f"/events/{review.pk}/"))
    expect(page.get_by_role("heading", name="Budget review")).to_be_visible()
    expect(page.get_by_role("heading", name="Next dates")).to_be_visible()
