"""The typed line: what is understood is marked and drawn before it is saved."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from calendars.models import Calendar, Event
from tests.browser.conftest import ARTIFACTS, LOOKS, Look, NewContext
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.calendars.rows import make_calendar, make_connection

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = Look("phone", "light", 390, 844)


@pytest.fixture
def garden(alice: User) -> Calendar:
    connection = make_connection(alice)
    make_calendar(connection, "Work", "#4a6fa5")
    return make_calendar(connection, "Garden", "#2f7d5d")


def wednesday() -> date:
    """Return a Wednesday to come, so that nothing that is typed has passed."""
    today = timezone.now().date()
    return today + timedelta(days=(2 - today.weekday()) % 7 + 7)


def line() -> str:
    return f"Lunch with Ana {wednesday():%-d %B %Y} 12:30-13:30 at Luigi's #garden"


def open_week(page: Page) -> None:
    page.goto(f"/calendar/week/{wednesday()}/")
    page.locator("[data-grid][data-ready]").wait_for()


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="New event in one line")


def type_line(page: Page, text: str) -> None:
    page.keyboard.press("n")
    expect(field(page)).to_be_focused()
    with page.expect_response("**/events/quick/"):
        page.keyboard.type(text)


def test_n_marks_draws_and_saves_a_line(alice_page: Page, garden: Calendar) -> None:
    console = Console(alice_page)
    open_week(alice_page)
    type_line(alice_page, line())
    said = alice_page.locator("#typed-said")
    expect(said).to_contain_text("12:30–13:30")  # noqa: RUF001
    expect(said).to_contain_text("Luigi's")
    expect(said).to_contain_text("Garden")
    marks = alice_page.locator("#typed .typed-marks mark")
    expect(marks.filter(has_text="12:30")).to_have_count(1)
    ghost = alice_page.locator(f".day-column:has(#day-{wednesday()}) .ghost")
    expect(ghost).to_contain_text("Lunch with Ana")
    assert Event.objects.count() == 0
    alice_page.keyboard.press("Enter")
    expect(alice_page.locator("#messages")).to_contain_text("Lunch with Ana")
    expect(alice_page.locator("[data-event]", has_text="Lunch with Ana")).to_be_focused()
    event = Event.objects.get()
    start = datetime.combine(wednesday(), datetime.min.time(), UTC).replace(hour=12, minute=30)
    assert (event.start_at, event.end_at) == (start, start + timedelta(hours=1))
    assert (event.calendar, event.location) == (garden, "Luigi's")
    assert console.complaints == []


def test_the_marks_lie_under_the_letters(alice_page: Page, garden: Calendar) -> None:
    open_week(alice_page)
    type_line(alice_page, line())
    expect(alice_page.locator("#typed-said")).to_contain_text("12:30–13:30")  # noqa: RUF001
    layer = alice_page.locator("#typed .typed-marks")
    assert layer.evaluate("e => e.textContent") == line()
    fonts = [
        one.evaluate("e => getComputedStyle(e).font + getComputedStyle(e).paddingLeft")
        for one in (layer, field(alice_page))
    ]
    assert fonts[0] == fonts[1]


def test_a_line_without_a_time_is_asked_about(alice_page: Page, garden: Calendar) -> None:
    open_week(alice_page)
    type_line(alice_page, "Lunch with Ana")
    expect(alice_page.locator("#typed-said")).to_contain_text("No day or time yet")
    alice_page.keyboard.press("Enter")
    expect(alice_page.locator("#typed").get_by_role("alert")).to_contain_text("Say when it is")
    assert Event.objects.count() == 0
    alice_page.keyboard.press("Escape")
    expect(field(alice_page)).to_be_hidden()


def test_a_repetition_names_its_next_dates(alice_page: Page, garden: Calendar) -> None:
    open_week(alice_page)
    type_line(alice_page, f"Choir every other Tuesday from {wednesday():%-d %B %Y} 19:00")
    said = alice_page.locator("#typed-said")
    expect(said).to_contain_text("Every 2 weeks")
    expect(said.get_by_text(re.compile("Tue .* · Tue "))).to_be_visible()


def test_shift_enter_opens_the_whole_form(alice_page: Page, garden: Calendar) -> None:
    open_week(alice_page)
    type_line(alice_page, line())
    alice_page.keyboard.press("Shift+Enter")
    alice_page.wait_for_url("**/events/new/**")
    expect(alice_page.get_by_role("textbox", name="Title")).to_have_value("Lunch with Ana")
    expect(alice_page.get_by_role("textbox", name="Place")).to_have_value("Luigi's")
    assert Event.objects.count() == 0


@pytest.mark.parametrize("look", [*LOOKS[:2], PHONE], ids=lambda look: look.name)
def test_how_it_looks(new_context: NewContext, alice: User, garden: Calendar, look: Look) -> None:
    page = new_context(look, person=alice).new_page()
    open_week(page)
    page.get_by_role("link", name=re.compile("^New")).locator("visible=true").click()
    field(page).fill(f"{line()} every week")
    expect(page.locator("#typed-said")).to_contain_text("12:30–13:30")  # noqa: RUF001
    page.screenshot(path=ARTIFACTS / f"typed-line-{look.name}.png", caret="initial")
    assert accessibility_faults(page) == []
    assert overflow_pixels(page) == 0


def test_without_javascript_a_page_asks_first(
    new_context: NewContext, alice: User, garden: Calendar
) -> None:
    page = new_context(person=alice, javascript=False).new_page()
    page.goto("/events/quick/")
    page.get_by_label("In one line").fill(line())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Lunch with Ana")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("12:30–13:30")  # noqa: RUF001
    assert Event.objects.count() == 0
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Lunch with Ana")
    assert Event.objects.get().calendar == garden
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone")).to_be_visible()
    assert Event.objects.count() == 0
