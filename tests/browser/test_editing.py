"""Events are created, changed, deleted and brought back: in the popover by keyboard, on a phone,
and without JavaScript."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Event, Occurrence
from profiles.services import change_profile
from tests.browser.conftest import ARTIFACTS, LOOKS, Look, NewContext
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.calendars.rows import fill_month, make_event
from tests.calendars.test_event_actions import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 12, 1)
MONTH, AGENDA = f"/calendar/month/{ON}/", f"/calendar/agenda/{ON}/"
NINE = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
PHONE = Look("phone", "light", 390, 844)
REFUSED = "Failed to load resource: the server responded with a status of 4"


@pytest.fixture
def own(alice: User) -> Calendar:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    return Calendar.objects.create(owner=alice, name="Own")


def card(page: Page) -> Locator:
    return page.locator("#event-popover")


def chip(page: Page, title: str) -> Locator:
    return page.locator("[data-event]:visible", has_text=title).first


def edit(page: Page, title: str) -> Locator:
    """Open the event by keyboard, and the editor by its key."""
    chip(page, title).focus()
    page.keyboard.press("Enter")
    expect(card(page).get_by_role("link", name="Edit")).to_be_visible()
    page.keyboard.press("e")
    form = card(page).locator("#editor")
    expect(form.get_by_label("Title")).to_be_focused()
    return form


def stored(owner_id: int) -> list[str]:
    with acting_as(user_id=owner_id):
        shown = Occurrence.objects.order_by("start_at").select_related("event")
        return [f"{one.start_at:%d %H:%M} {one.event.summary}" for one in shown]


def test_an_event_is_changed_by_keyboard_and_the_change_undone(
    alice_page: Page, own: Calendar
) -> None:
    make(own, location="Room 4")
    console = Console(alice_page)
    alice_page.goto(MONTH)
    form = edit(alice_page, "Review")
    form.get_by_label("Title").fill("Retro")
    form.get_by_label("Start time").fill("11:00")
    form.get_by_label("Start time").press("Tab")
    expect(form.get_by_label("End time")).to_have_value("12:00")
    form.get_by_label("Title").press("Enter")
    expect(card(alice_page)).to_be_hidden()
    expect(chip(alice_page, "Retro")).to_be_visible()
    assert stored(own.owner_id) == ["01 10:00 Retro"]
    alice_page.get_by_role("button", name="Undo").click()
    expect(chip(alice_page, "Review")).to_be_visible()
    assert stored(own.owner_id) == ["01 09:15 Review"]
    assert console.complaints == []


def test_what_is_typed_is_not_lost_by_a_press_or_a_live_update(
    alice_page: Page, own: Calendar
) -> None:
    make(own)
    alice_page.goto(MONTH)
    form = edit(alice_page, "Review")
    form.get_by_label("Title").fill("Retro")
    with acting_as(user_id=own.owner_id):
        make_event(own, "New arrival", NINE, NINE + HOUR)
    expect(chip(alice_page, "New arrival")).to_be_visible()
    expect(form.get_by_label("Title")).to_have_value("Retro")
    questions: list[str] = []

    def stay(dialog: object) -> None:
        questions.append(dialog.message)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    alice_page.once("dialog", stay)
    alice_page.locator("#view-title").click()
    alice_page.once("dialog", stay)
    alice_page.keyboard.press("Escape")
    assert questions == ["Discard what you typed?"] * 2
    expect(form.get_by_label("Title")).to_have_value("Retro")
    alice_page.once("dialog", lambda dialog: dialog.accept())
    form.get_by_role("button", name="Cancel").click()
    expect(card(alice_page)).to_be_hidden()
    assert "01 09:15 Review" in stored(own.owner_id)


def test_a_series_and_its_dates_in_the_popover(alice_page: Page, own: Calendar) -> None:
    make(own, "RRULE:FREQ=WEEKLY;COUNT=4")
    alice_page.goto(MONTH)
    alice_page.locator("[data-event]:visible", has_text="Review").nth(1).focus()
    alice_page.keyboard.press("Enter")
    expect(card(alice_page).get_by_role("link", name="Edit")).to_be_visible()
    alice_page.keyboard.press("e")
    form = card(alice_page).locator("#editor")
    expect(form.get_by_label("Start", exact=True)).to_have_value("2026-12-08")
    form.get_by_label("Repeats").select_option("daily")
    expect(form.get_by_text("Every day, 4 times")).to_be_visible()
    form.get_by_label("Title").press("Enter")
    expect(form.get_by_text("One date can't repeat by itself")).to_be_visible()
    form.get_by_label("Repeats").select_option("weekly")
    form.get_by_label("Title").fill("Retro")
    form.get_by_text("This and following").click()
    form.get_by_role("button", name="Save").click()
    expect(card(alice_page)).to_be_hidden()
    assert stored(own.owner_id) == [
        "01 09:15 Review", "08 09:15 Retro", "15 09:15 Retro", "22 09:15 Retro"]  # fmt: skip
    chip(alice_page, "Retro").click()
    card(alice_page).get_by_role("link", name="Delete").click()
    expect(card(alice_page).get_by_role("heading", name="Delete “Retro”?")).to_be_visible()
    card(alice_page).get_by_text("All dates").click()
    card(alice_page).get_by_role("button", name="Delete").click()
    expect(chip(alice_page, "Retro")).to_have_count(0)
    alice_page.get_by_role("button", name="Undo").last.click()
    expect(chip(alice_page, "Retro")).to_be_visible()


def test_people_are_suggested_to_the_keyboard(alice_page: Page, own: Calendar) -> None:
    ana = {"email": "ana@example.com", "name": "Ana Müller"}
    make(own, attendees=[ana])
    alice_page.goto("/events/new/?start=2026-12-01T10:15")
    box = alice_page.get_by_role("combobox", name="Add people")
    box.press_sequentially("mul")
    expect(alice_page.get_by_role("option", name="Ana Müller")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    assert accessibility_faults(alice_page) == []
    box.press("Enter")
    expect(alice_page.get_by_role("button", name="Remove ana@example.com")).to_be_visible()
    expect(alice_page.get_by_role("combobox", name="Add people")).to_be_focused()
    alice_page.get_by_label("Title").fill("Lunch")
    alice_page.get_by_label("Title").press("Enter")
    expect(alice_page.get_by_text("“Lunch” was created.")).to_be_visible()
    with acting_as(user_id=own.owner_id):
        assert Event.objects.get(summary="Lunch").attendees == [{"email": "ana@example.com"}]


def test_without_javascript(new_context: NewContext, alice: User, own: Calendar) -> None:
    page = new_context(person=alice, javascript=False).new_page()
    page.goto("/events/new/?start=2026-12-01T10:15")
    page.get_by_label("Title").fill("Review")
    page.get_by_label("Repeats").select_option("weekly")
    page.get_by_label("Ends").select_option("count")
    page.get_by_label("Times").fill("3")
    page.get_by_label("Add people").fill("ana@example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Remove ana@example.com")).to_be_visible()
    page.get_by_role("button", name="Show dates and conflicts").click()
    expect(page.get_by_text("Every week on Tuesday, 3 times")).to_be_visible()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("“Review” was created.")).to_be_visible()
    assert stored(own.owner_id) == ["01 09:15 Review", "08 09:15 Review", "15 09:15 Review"]
    page.goto(AGENDA)
    chip(page, "Review").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Retro")
    page.get_by_role("button", name="Save").last.click()
    expect(page).to_have_url(re.compile("/events/"))
    assert stored(own.owner_id)[0] == "01 09:15 Retro"
    page.get_by_role("link", name="Delete").click()
    page.get_by_text("All dates").click()
    page.get_by_role("button", name="Delete").click()
    assert stored(own.owner_id) == []
    page.get_by_role("button", name="Undo").click()
    assert len(stored(own.owner_id)) == 3


@pytest.mark.parametrize("look", [*LOOKS[:2], PHONE], ids=lambda look: look.name)
def test_how_it_looks(new_context: NewContext, alice: User, own: Calendar, look: Look) -> None:
    fill_month(alice, ON)
    guests = [{"email": "mei@example.com", "name": "Mei Chen", "response": "accepted"}]
    make(
        own,
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270630T215959Z",
        attendees=guests,
        location="Unter den Linden 1, Berlin",
        reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]},
    )
    page = new_context(look=look, person=alice, time_zone="Europe/Berlin").new_page()
    console = Console(page)
    page.goto(AGENDA if look.width < 768 else MONTH)
    edit(page, "Review")
    expect(page.get_by_text("At the same time:")).to_be_visible()
    page.screenshot(path=ARTIFACTS / f"editor-popover-{look.name}.png")
    assert accessibility_faults(page, theme_only=look.is_dark) == []
    assert overflow_pixels(page) == 0
    box = card(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] + box["height"] <= look.height + 1
    page.goto(page.locator("#editor").get_attribute("action") or "")
    page.screenshot(path=ARTIFACTS / f"editor-page-{look.name}.png", full_page=True)
    assert accessibility_faults(page, theme_only=look.is_dark) == []
    assert overflow_pixels(page) == 0
    assert console.complaints == []
