"""Reminders on an open page, and the settings of notifications, in a browser."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from calendars.models import Event, Reminder
from tests.browser.conftest import ARTIFACTS, LOOKS, Look, NewContext
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.calendars.reminding import make_local, remind
from tests.calendars.rows import make_calendar, make_connection
from tests.product import ring_on

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOX = "#reminders"


def ring(event: Event) -> Reminder:
    now = timezone.now()
    reminder = Reminder.objects.create(
        id=uuid4(),
        owner_id=event.owner_id,
        event_id=event.pk,
        original_start_at=event.start_at,
        start_at=event.start_at,
        all_day=False,
        method="popup",
        state="ringing",
        minutes=10,
        due_at=now,
        handed_at=now,
        expires_at=now + timedelta(hours=1),
    )
    ring_on(now)
    return reminder


def open_week(page: Page) -> Console:
    console = Console(page)
    page.goto("/calendar/week/2026-11-30/")
    return console


def dentist(owner: User) -> Event:
    start_at = (timezone.now() + timedelta(minutes=10)).replace(second=0, microsecond=0)
    calendar = make_local(owner)
    return remind(calendar, start_at, summary="Dentist", location="Rue de la Gare 4")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_a_reminder_appears_on_an_open_page_and_goes_by_key(
    alice: User, new_context: NewContext, look: Look
) -> None:
    event = dentist(alice)
    page = new_context(look, person=alice).new_page()
    console = open_week(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_000)
    assert not [url for url in asked if "/reminders" in url], "nothing is loaded before"

    reminder = ring(event)

    box = page.locator(BOX)
    expect(box).to_contain_text("Dentist")
    expect(box).to_contain_text("Rue de la Gare 4")
    assert accessibility_faults(page, theme_only=look.is_dark) == []
    assert overflow_pixels(page) == 0
    page.screenshot(path=ARTIFACTS / f"reminder-{look.name}.png")
    box.get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    expect(box).to_have_count(0)
    reminder.refresh_from_db()
    assert reminder.state == "sent"
    assert console.complaints == []


def test_of_two_tabs_one_shows_it_and_both_know_when_it_is_answered(
    alice: User, new_context: NewContext
) -> None:
    event = dentist(alice)
    context = new_context(person=alice)
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        open_week(page)
    reminder = ring(event)
    shown = f"document.querySelectorAll('{BOX}').length"
    second.wait_for_timeout(4_000)

    counts = [page.evaluate(shown) for page in (first, second)]
    assert sum(counts) == 1
    page = (first, second)[counts.index(1)]
    page.locator(BOX).get_by_role("button", name="Snooze 5 min").click()
    expect(page.locator(BOX)).to_have_count(0)
    second.wait_for_timeout(1_500)
    assert [one.evaluate(shown) for one in (first, second)] == [0, 0]
    reminder.refresh_from_db()
    assert (reminder.state, reminder.snoozed) == ("scheduled", 1)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_settings_of_notifications(alice: User, new_context: NewContext, look: Look) -> None:
    make_local(alice)
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    work.default_reminders = [
        {"method": "popup", "minutes": 10},
        {"method": "email", "minutes": 1440},
    ]
    work.save()
    ring(dentist(alice))
    page = new_context(look, person=alice).new_page()
    console = Console(page)
    page.goto("/settings/notifications/")
    page.locator("summary", has_text="Work").click()

    assert accessibility_faults(page, theme_only=look.is_dark) == []
    assert overflow_pixels(page) == 0
    page.screenshot(path=ARTIFACTS / f"notifications-{look.name}.png", full_page=True)
    assert console.complaints == []
