"""The agenda goes on in both directions as it's scrolled, and keeps its place."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.calendars.rows import make_calendar, make_connection, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 11, 18)
DAY = timedelta(days=1)


def fill(alice: User, days: int) -> None:
    """Create three events on each day around ON."""
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    for number in range(-days, days):
        for hour in (8, 11, 15):
            make_hour(work, f"Meeting {hour}", ON + number * DAY, hour)


def top_of(page: Page, on: date) -> float:
    box = page.locator(f"#day-{on}").bounding_box()
    assert box
    return box["y"]


def test_it_opens_at_its_day_and_goes_on_when_its_end_is_reached(
    alice_page: Page, alice: User
) -> None:
    fill(alice, 40)
    alice_page.goto(f"/calendar/agenda/{ON}/")
    expect(alice_page.locator(f"#day-{ON}")).to_be_in_viewport()
    assert alice_page.locator(".agenda-day").count() == 14
    alice_page.locator(f"#day-{ON + 13 * DAY}").scroll_into_view_if_needed()
    before = top_of(alice_page, ON + 13 * DAY)
    expect(alice_page.locator(f"#day-{ON + 27 * DAY}")).to_be_attached()
    assert top_of(alice_page, ON + 13 * DAY) == pytest.approx(before, abs=2)
    expect(alice_page).to_have_url(re.compile(rf"/agenda/{ON}/\?days=28$"))


def test_earlier_days_come_above_and_the_place_is_kept(alice_page: Page, alice: User) -> None:
    fill(alice, 40)
    alice_page.goto(f"/calendar/agenda/{ON}/")
    expect(alice_page.locator(f"#day-{ON}")).to_be_in_viewport()
    alice_page.locator("#agenda-earlier").hover()
    expect(alice_page.locator(f"#day-{ON - 14 * DAY}")).to_be_attached()
    expect(alice_page.locator(f"#day-{ON}")).to_be_in_viewport()
    expect(alice_page).to_have_url(re.compile(rf"/agenda/{ON - 14 * DAY}/\?days=28$"))


def test_the_address_brings_all_days_again(alice_page: Page, alice: User) -> None:
    fill(alice, 40)
    alice_page.goto(f"/calendar/agenda/{ON}/?days=42")
    assert alice_page.locator(".agenda-day").count() == 40  # all that have events


def test_a_fortnight_without_events_is_followed_by_a_click_alone(
    alice_page: Page, alice: User
) -> None:
    fill(alice, 10)
    alice_page.goto(f"/calendar/agenda/{ON}/")
    alice_page.locator("#agenda-later").scroll_into_view_if_needed()
    expect(alice_page.locator(".agenda-empty")).to_have_count(1)
    alice_page.locator("#agenda-later").scroll_into_view_if_needed()
    alice_page.wait_for_timeout(400)
    assert alice_page.locator(".agenda-empty").count() == 1
    alice_page.locator("#agenda-later").click()
    expect(alice_page.locator(".agenda-empty")).to_have_count(2)
