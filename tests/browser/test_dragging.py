"""Events are created, moved and resized in the grids, by mouse, by finger and by keyboard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.editing import create_event
from calendars.events.history import Author, Door
from calendars.models import Calendar, Event
from tests.browser.conftest import ARTIFACTS, LOOKS, Look, NewContext
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.calendars.rows import make_calendar, make_connection, make_day, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY = date(2026, 11, 18)
WEEK = f"/calendar/week/{WEDNESDAY}/"
MONTH = f"/calendar/month/{WEDNESDAY}/"
HOUR = 48
PHONE = Look("phone", "light", 390, 844)


@pytest.fixture
def work(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def open_week(page: Page, address: str = WEEK) -> None:
    page.goto(address)
    page.locator("[data-grid][data-ready]").wait_for()
    page.locator("#grid").evaluate("e => { e.scrollTop = 7 * 48; }")
    ready(page)


def ready(page: Page) -> None:
    """Move the mouse over the grid, and wait for the modules that this loads: the last thing that
    they do is to request the form."""
    with page.expect_response("**/events/create/"):
        page.mouse.move(700, 400)
    page.locator("#creation").wait_for(state="attached")


def point(page: Page, on: date, hour: float) -> tuple[float, float]:
    """Return where an hour of a day is on the screen."""
    box = page.locator(f".day-column:has(#day-{on}) .hours").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + hour * HOUR


def cell(page: Page, on: date) -> tuple[float, float]:
    box = page.locator(f"td:has(#day-{on})").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] - 12


def creation(page: Page) -> Locator:
    return page.get_by_role("dialog", name="New event")


def test_a_click_creates_an_hour(alice_page: Page, work: Calendar) -> None:
    console = Console(alice_page)
    open_week(alice_page)
    alice_page.mouse.click(*point(alice_page, WEDNESDAY, 10.1))
    form = creation(alice_page)
    expect(form.get_by_role("textbox", name="Title")).to_be_focused()
    expect(form).to_contain_text("10:00–11:00")  # noqa: RUF001
    alice_page.keyboard.type("Lunch with Ana")
    expect(alice_page.locator(".ghost")).to_contain_text("Lunch with Ana")
    alice_page.keyboard.press("Enter")
    expect(alice_page.locator("#messages")).to_contain_text("Lunch with Ana")
    expect(alice_page.locator("[data-event]", has_text="Lunch with Ana")).to_be_focused()
    expect(alice_page.locator(".ghost")).to_have_count(0)
    event = Event.objects.get()
    assert (event.summary, event.calendar) == ("Lunch with Ana", work)
    assert event.start_at == datetime(2026, 11, 18, 10, tzinfo=UTC)
    assert event.end_at == datetime(2026, 11, 18, 11, tzinfo=UTC)
    assert console.complaints == []


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    for part in (0.3, 0.6, 1):
        page.mouse.move(*(a + (b - a) * part for a, b in zip(start, end, strict=True)))
    page.mouse.up()


def stored(event: Event) -> Event:
    with acting_as(user_id=event.owner_id):
        return Event.objects.get(pk=event.pk)


def times_of(event: Event) -> tuple[datetime, datetime]:
    now = stored(event)
    return now.start_at, now.end_at


def settled(page: Page) -> None:
    """Wait until the page shows what the server stored."""
    page.locator("html:not([data-held])").wait_for()
    expect(page.locator(".ghost")).to_have_count(0)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_drag_over_empty_hours_creates_a_span(alice_page: Page, work: Calendar) -> None:
    open_week(alice_page)
    drag(alice_page, point(alice_page, WEDNESDAY, 13.05), point(alice_page, WEDNESDAY, 14.75))
    expect(creation(alice_page)).to_contain_text("13:00–14:45")  # noqa: RUF001
    expect(creation(alice_page).get_by_role("textbox", name="Title")).to_be_focused()
    alice_page.keyboard.type("Workshop")
    creation(alice_page).get_by_role("button", name="Save").click()
    expect(alice_page.locator("#messages")).to_contain_text("Workshop")
    assert times_of(Event.objects.get()) == (at(18, 13), at(18, 14, 45))


def test_a_drag_moves_an_event_to_another_day_and_time(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    start = point(alice_page, WEDNESDAY, 9.5)
    drag(alice_page, start, point(alice_page, WEDNESDAY + timedelta(days=1), 11.8))
    expect(alice_page.locator("#messages")).to_contain_text("Review")
    settled(alice_page)
    assert times_of(review) == (at(19, 11, 15), at(19, 12, 15))
    chip = alice_page.locator(".day-column:has(#day-2026-11-19) .block", has_text="Review")
    expect(chip).to_contain_text("11:15–12:15")  # noqa: RUF001


def test_a_drag_of_the_lower_edge_resizes(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    x, y = point(alice_page, WEDNESDAY, 10)
    drag(alice_page, (x, y - 4), (x, y + HOUR * 1.3))
    settled(alice_page)
    assert times_of(review) == (at(18, 9), at(18, 11, 15))


def test_escape_gives_a_drag_up(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    alice_page.mouse.move(*point(alice_page, WEDNESDAY, 9.5))
    alice_page.mouse.down()
    alice_page.mouse.move(*point(alice_page, WEDNESDAY, 12))
    expect(alice_page.locator(".ghost")).to_have_count(1)
    alice_page.keyboard.press("Escape")
    expect(alice_page.locator(".ghost, .lifted")).to_have_count(0)
    alice_page.mouse.up()
    expect(alice_page.locator("#event-popover")).to_be_hidden()
    assert times_of(review) == (at(18, 9), at(18, 10))


def test_a_drag_in_the_month_keeps_the_time(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    alice_page.goto(MONTH)
    alice_page.locator("[data-month][role=grid]").wait_for()
    ready(alice_page)
    chip = alice_page.locator("[data-event]", has_text="Review").bounding_box()
    assert chip is not None
    drag(alice_page, (chip["x"] + 20, chip["y"] + 8), cell(alice_page, date(2026, 11, 26)))
    settled(alice_page)
    assert times_of(review) == (at(26, 9), at(26, 10))


def test_a_drag_into_the_lane_makes_it_last_the_day_and_back(
    alice_page: Page, work: Calendar
) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    lane = alice_page.locator(f".day-column:has(#day-{WEDNESDAY}) > .slot").bounding_box()
    assert lane is not None
    above = (lane["x"] + 40, lane["y"] + 10)
    drag(alice_page, point(alice_page, WEDNESDAY, 9.5), above)
    settled(alice_page)
    assert stored(review).all_day
    assert times_of(review) == (at(18, 0), at(19, 0))
    drag(alice_page, above, point(alice_page, date(2026, 11, 20), 14.1))
    settled(alice_page)
    assert not stored(review).all_day
    assert times_of(review) == (at(20, 14), at(20, 15))


def test_undo_puts_a_moved_event_back(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    drag(
        alice_page,
        point(alice_page, WEDNESDAY, 9.5),
        point(alice_page, WEDNESDAY, 12.5),
    )
    settled(alice_page)
    assert times_of(review)[0] == at(18, 12)
    alice_page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(alice_page.locator("#messages")).to_contain_text("Undone")
    assert times_of(review) == (at(18, 9), at(18, 10))


def test_a_read_only_event_says_why_it_stays(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    Calendar.objects.filter(pk=work.pk).update(read_only=True)
    open_week(alice_page)
    drag(
        alice_page,
        point(alice_page, WEDNESDAY, 9.5),
        point(alice_page, WEDNESDAY, 12.5),
    )
    expect(alice_page.get_by_role("alert")).to_contain_text("reading only")
    settled(alice_page)
    assert times_of(review) == (at(18, 9), at(18, 10))


def test_a_stale_version_puts_it_back(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    alice_page.mouse.move(*point(alice_page, WEDNESDAY, 9.5))
    alice_page.mouse.down()
    with alice_page.expect_response("**/times/"):
        alice_page.mouse.move(*point(alice_page, WEDNESDAY, 11))
    with acting_as(user_id=review.owner_id):
        Event.objects.filter(pk=review.pk).update(location="Room 7")
    alice_page.mouse.move(*point(alice_page, WEDNESDAY, 12.5))
    alice_page.mouse.up()
    expect(alice_page.get_by_role("alert")).to_contain_text("has changed")
    settled(alice_page)
    expect(alice_page.locator(".lifted")).to_have_count(0)
    assert times_of(review) == (at(18, 9), at(18, 10))


def test_live_updates_wait_for_a_drag(alice_page: Page, work: Calendar) -> None:
    make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    alice_page.mouse.move(*point(alice_page, WEDNESDAY, 9.5))
    alice_page.mouse.down()
    alice_page.mouse.move(*point(alice_page, WEDNESDAY, 12.5))
    with acting_as(user_id=work.owner_id):
        make_hour(work, "New arrival", WEDNESDAY, 15)
    alice_page.wait_for_timeout(2_000)
    expect(alice_page.locator(".ghost")).to_have_count(1)
    expect(alice_page.locator("[data-event]")).to_have_count(1)
    alice_page.keyboard.press("Escape")
    alice_page.mouse.up()
    expect(alice_page.locator("[data-event]", has_text="New arrival")).to_be_visible()


def test_a_live_update_leaves_an_open_form_and_its_ghost(alice_page: Page, work: Calendar) -> None:
    open_week(alice_page)
    alice_page.mouse.click(*point(alice_page, WEDNESDAY, 10.1))
    title = creation(alice_page).get_by_role("textbox", name="Title")
    expect(title).to_be_focused()
    alice_page.keyboard.type("Lunch")
    with acting_as(user_id=work.owner_id):
        make_hour(work, "New arrival", WEDNESDAY, 15)
    expect(alice_page.locator("[data-event]", has_text="New arrival")).to_be_visible()
    expect(title).to_be_focused()
    expect(title).to_have_value("Lunch")
    expect(alice_page.locator(".ghost")).to_contain_text("Lunch")


SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
  }).observe({ type: "layout-shift" });
}"""


@pytest.mark.parametrize("look", [*LOOKS[:2], PHONE], ids=lambda look: look.name)
def test_nothing_shifts_and_all_can_be_read(
    new_context: NewContext, alice: User, work: Calendar, look: Look
) -> None:
    make_hour(work, "Review", WEDNESDAY, 9)
    page = new_context(look, person=alice, touch=look is PHONE).new_page()
    open_on_phone(page) if look is PHONE else open_week(page)
    page.evaluate(SHIFTS)
    if look is PHONE:
        page.touchscreen.tap(*point(page, WEDNESDAY, 12.1))
    else:
        drag(page, point(page, WEDNESDAY, 9.5), point(page, WEDNESDAY, 11.5))
        settled(page)
        page.mouse.click(*point(page, WEDNESDAY, 13.1))
    expect(creation(page)).to_be_visible()
    assert page.evaluate("window.shifted") <= 0.02
    page.screenshot(path=ARTIFACTS / f"creation-{look.name}.png", caret="initial")
    assert accessibility_faults(page) == []
    assert overflow_pixels(page) == 0


# --- By keyboard ---


def test_keys_move_an_event_and_say_where_it_is(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    alice_page.locator("[data-event]", has_text="Review").focus()
    for _press in range(3):
        alice_page.keyboard.press("Shift+ArrowDown")
    alice_page.keyboard.press("Shift+ArrowRight")
    expect(alice_page.locator("#announcement")).to_have_text("Thu 19 Nov, 09:45–10:45")  # noqa: RUF001
    expect(alice_page.locator(".ghost")).to_contain_text("09:45–10:45")  # noqa: RUF001
    expect(alice_page.locator("#messages")).to_contain_text("Review")
    settled(alice_page)
    assert times_of(review) == (at(19, 9, 45), at(19, 10, 45))
    expect(alice_page.locator("[data-event]", has_text="Review")).to_be_focused()
    alice_page.keyboard.press("z")
    expect(alice_page.locator("#messages")).to_contain_text("Undone")
    settled(alice_page)
    assert times_of(review) == (at(18, 9), at(18, 10))


def test_keys_make_it_longer_and_escape_gives_up(alice_page: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_week(alice_page)
    alice_page.locator("[data-event]", has_text="Review").focus()
    alice_page.keyboard.press("+")
    expect(alice_page.locator("#announcement")).to_have_text("Wed 18 Nov, 09:00–10:15")  # noqa: RUF001
    alice_page.keyboard.press("Escape")
    settled(alice_page)
    assert times_of(review) == (at(18, 9), at(18, 10))
    alice_page.keyboard.press("-")
    expect(alice_page.locator("#messages")).to_contain_text("Review")
    settled(alice_page)
    assert times_of(review) == (at(18, 9), at(18, 9, 45))


def test_delete_leads_to_the_event_beside_it(alice_page: Page, work: Calendar) -> None:
    make_hour(work, "Review", WEDNESDAY, 9)
    make_hour(work, "Lunch", WEDNESDAY, 12)
    open_week(alice_page)
    alice_page.locator("[data-event]", has_text="Review").focus()
    alice_page.keyboard.press("Delete")
    expect(alice_page.locator("[data-event]", has_text="Review")).to_have_count(0)
    expect(alice_page.locator("[data-event]", has_text="Lunch")).to_be_focused()
    alice_page.keyboard.press("z")
    expect(alice_page.locator("[data-event]", has_text="Review")).to_have_count(1)


def test_keys_move_by_weeks_in_the_month(alice_page: Page, work: Calendar) -> None:
    fair = make_day(work, "Fair", WEDNESDAY, days=2)
    alice_page.goto(MONTH)
    alice_page.locator("[data-month][role=grid]").wait_for()
    ready(alice_page)
    alice_page.locator("[data-event]", has_text="Fair").first.focus()
    alice_page.keyboard.press("Shift+ArrowUp")
    expect(alice_page.locator("#announcement")).to_have_text("Wed 11 Nov – Thu 12 Nov")  # noqa: RUF001
    alice_page.keyboard.press("+")
    expect(alice_page.locator("#messages")).to_contain_text("Fair")
    settled(alice_page)
    assert times_of(fair) == (at(11, 0), at(14, 0))


def test_a_series_asks_which_dates(alice_page: Page, alice: User, work: Calendar) -> None:
    standup = create_event(
        owner_id=alice.pk,
        calendar_id=work.pk,
        values={
            "summary": "Stand-up",
            "start_at": at(16, 9),
            "end_at": at(16, 10),
            "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
        },
        author=Author(Door.PAGE, actor_id=alice.pk),
    )
    open_week(alice_page)
    way = (point(alice_page, WEDNESDAY, 9.5), point(alice_page, WEDNESDAY, 11.5))
    drag(alice_page, *way)
    dialog = alice_page.get_by_role("dialog", name="Stand-up")
    expect(dialog.get_by_role("button", name="Only this date")).to_be_focused()
    alice_page.keyboard.press("Escape")
    settled(alice_page)
    assert Event.objects.count() == 1
    drag(alice_page, *way)
    dialog.get_by_role("button", name="Only this date").click()
    expect(alice_page.locator("#messages")).to_contain_text("Stand-up")
    settled(alice_page)
    moved = Event.objects.exclude(pk=standup.pk).get()
    assert times_of(moved) == (at(18, 11), at(18, 12))
    assert times_of(standup) == (at(16, 9), at(16, 10))


def test_keys_move_an_event_of_the_agenda(alice_page: Page, work: Calendar) -> None:
    console = Console(alice_page)
    review = make_hour(work, "Review", WEDNESDAY, 9)
    alice_page.goto(f"/calendar/agenda/{WEDNESDAY}/")
    alice_page.wait_for_load_state("networkidle")
    alice_page.locator("[data-event]", has_text="Review").focus()
    alice_page.keyboard.press("Shift+ArrowUp")
    expect(alice_page.locator("#announcement")).to_have_text("Wed 18 Nov, 08:45–09:45")  # noqa: RUF001
    expect(alice_page.locator("#messages")).to_contain_text("Review")
    settled(alice_page)
    assert times_of(review) == (at(18, 8, 45), at(18, 9, 45))
    assert console.complaints == []


# --- By finger ---


class Finger:
    """Touches as Chromium's own, so that scrolling, long presses and clicks follow from them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(
        self, start: tuple[float, float], end: tuple[float, float], *, held_ms: int = 0
    ) -> None:
        self.touch("touchStart", start)
        self.page.wait_for_timeout(held_ms)
        for step in range(1, 11):
            self.touch(
                "touchMove",
                tuple(a + (b - a) * step / 10 for a, b in zip(start, end, strict=True)),  # type: ignore[arg-type]
            )
        self.touch("touchEnd")


@pytest.fixture
def phone(new_context: NewContext, alice: User) -> Page:
    return new_context(PHONE, person=alice, touch=True).new_page()


def open_on_phone(page: Page) -> None:
    page.goto(WEEK)
    page.locator("[data-grid][data-ready]").wait_for()
    page.locator("#grid").evaluate("e => { e.scrollTop = 7 * 48; }")
    page.evaluate("import('/static/js/dragging.js').then(() => true)")
    page.locator("#creation").wait_for(state="attached")


def test_a_finger_moves_an_event_after_a_long_press(phone: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_on_phone(phone)
    before = phone.locator("#grid").evaluate("e => [e.scrollTop, e.scrollLeft]")
    Finger(phone).drag(
        point(phone, WEDNESDAY, 9.5), point(phone, WEDNESDAY + timedelta(days=1), 11.5), held_ms=700
    )
    expect(phone.locator("#messages")).to_contain_text("Review")
    settled(phone)
    assert times_of(review) == (at(19, 11), at(19, 12))
    assert phone.locator("#grid").evaluate("e => [e.scrollTop, e.scrollLeft]") == before
    expect(phone.locator("#event-popover")).to_be_hidden()


def test_a_finger_that_moves_at_once_scrolls(phone: Page, work: Calendar) -> None:
    review = make_hour(work, "Review", WEDNESDAY, 9)
    open_on_phone(phone)
    before = phone.locator("#grid").evaluate("e => e.scrollTop")
    Finger(phone).drag(point(phone, WEDNESDAY, 11), point(phone, WEDNESDAY, 9))
    phone.wait_for_timeout(300)
    assert phone.locator("#grid").evaluate("e => e.scrollTop") > before
    expect(phone.locator(".ghost")).to_have_count(0)
    assert times_of(review) == (at(18, 9), at(18, 10))


def test_a_tap_on_an_empty_place_creates(phone: Page, work: Calendar) -> None:
    open_on_phone(phone)
    phone.touchscreen.tap(*point(phone, WEDNESDAY, 10.1))
    form = creation(phone)
    expect(form).to_contain_text("10:00–11:00")  # noqa: RUF001
    box = form.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE.width)
    phone.keyboard.type("Lunch")
    form.get_by_role("button", name="Save").tap()
    expect(phone.locator("#messages")).to_contain_text("Lunch")
    assert times_of(Event.objects.get()) == (at(18, 10), at(18, 11))
