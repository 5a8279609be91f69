"""The week in a browser: where it opens, its keys, its tree for screen readers, the present."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from profiles.services import change_profile
from tests.browser.conftest import Look, NewContext
from tests.browser.page_checks import Console
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WEDNESDAY = date(2026, 11, 18)
WEEK = f"/calendar/week/{WEDNESDAY}/"
PHONE = Look("phone", "light", 390, 844)
TREE = """
- region "Tuesday 17 November":
  - heading "Tuesday 17 November" [level=2]:
    - link "Tuesday 17 November":
      - /url: /calendar/day/2026-11-17/
  - paragraph: Nothing planned
- region "Wednesday 18 November":
  - heading "Wednesday 18 November" [level=2]
  - list "All day":
    - listitem:
      - link /Fair/
  - list:
    - listitem:
      - link /Review, Wednesday 18 November, 09:00–10:00, Work.*/
    - listitem:
      - link /Lunch, Wednesday 18 November, 12:00–13:00, Work.*/
"""  # noqa: RUF001


def fill(owner: User) -> None:
    work = make_calendar(make_connection(owner), "Work", "#4a6fa5")
    make_hour(work, "Review", WEDNESDAY, 9)
    make_hour(work, "Lunch", WEDNESDAY, 12)
    make_hour(work, "Standup", WEDNESDAY + timedelta(days=1), 11)
    make_day(work, "Fair", WEDNESDAY, days=2)


def open_week(page: Page, address: str = WEEK) -> None:
    page.goto(address)
    page.locator("[data-grid][data-ready]").wait_for()


def top_of(page: Page, selector: str) -> float:
    """Return how far down the grid an element is, as a part of the grid's height."""
    script = """(e, selector) => {
      const { top, height } = e.getBoundingClientRect();
      return (document.querySelector(selector).getBoundingClientRect().top - top) / height;
    }"""
    return float(page.locator("#grid").evaluate(script, selector))


def focused(page: Page) -> str:
    return str(
        page.evaluate(
            "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
        )
    )


def test_the_tree_for_screen_readers(alice_page: Page, alice: User) -> None:
    fill(alice)
    open_week(alice_page)
    expect(alice_page.locator("#grid")).to_match_aria_snapshot(TREE)


@pytest.mark.parametrize("javascript", [True, False])
def test_it_opens_with_the_morning_a_quarter_down(
    new_context: NewContext, alice: User, javascript: bool
) -> None:
    page = new_context(person=alice, javascript=javascript).new_page()
    page.goto(WEEK)
    assert top_of(page, ".start") == pytest.approx(0.25, abs=0.06)


def test_only_the_hours_scroll(alice_page: Page, alice: User) -> None:
    fill(alice)
    open_week(alice_page)
    head = alice_page.get_by_role("heading", name="Wednesday 18 November")
    bar = alice_page.locator(".lane .chip")
    before = [head.bounding_box(), bar.bounding_box()]
    alice_page.locator("#grid").evaluate("e => { e.scrollTop = 900; }")
    assert [head.bounding_box(), bar.bounding_box()] == before
    assert alice_page.evaluate("document.documentElement.scrollHeight") == 900


def test_arrows_move_through_days_and_events(alice_page: Page, alice: User) -> None:
    fill(alice)
    open_week(alice_page)
    assert alice_page.locator(".day-column a[tabindex='0']").count() == 1
    alice_page.locator("#day-2026-11-18 a").focus()
    keys = alice_page.keyboard
    for _ in range(2):
        keys.press("ArrowDown")
    assert focused(alice_page).startswith("Review, Wednesday 18 November, 09:00")
    keys.press("ArrowDown")
    assert focused(alice_page).startswith("Lunch")
    keys.press("ArrowRight")
    assert focused(alice_page).startswith("Standup, Thursday")
    keys.press("ArrowRight")
    expect(alice_page.locator("#day-2026-11-20 a")).to_be_focused()
    keys.press("Home")
    expect(alice_page.locator("#day-2026-11-16 a")).to_be_focused()
    keys.press("ArrowLeft")
    expect(alice_page).to_have_url(re.compile("2026-11-11"))
    expect(alice_page.locator("#day-2026-11-15 a")).to_be_focused()


def test_a_page_key_turns_the_week_and_keeps_its_place(alice_page: Page) -> None:
    open_week(alice_page)
    alice_page.locator("#grid").evaluate("e => { e.scrollTop = 100; }")
    alice_page.locator("#day-2026-11-18 a").focus()
    alice_page.keyboard.press("PageDown")
    expect(alice_page).to_have_url(re.compile("2026-11-25"))
    expect(alice_page.locator("#day-2026-11-25 a")).to_be_focused()
    assert alice_page.locator("#grid").evaluate("e => e.scrollTop") == 100


def test_the_line_of_the_present_moves_on(alice_page: Page, alice: User) -> None:
    """In the browser's clock two hours pass; what ended meanwhile is past."""
    now = timezone.now()
    noon_is_near = f"Etc/GMT{now.hour - 12:+}"  # POSIX's signs: Etc/GMT-2 is UTC+2
    change_profile(owner=alice, changes={"timezone": noon_is_near})
    console = Console(alice_page)
    alice_page.clock.install()
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    make_event(work, "Soon over", now - timedelta(minutes=30), now + timedelta(minutes=5))
    open_week(alice_page, "/calendar/week/")
    line = alice_page.locator(".now")
    hour = float(line.evaluate("e => e.parentElement.offsetHeight / 24"))
    before = line.evaluate("e => e.offsetTop")
    assert alice_page.locator(".block.past").count() == 0
    alice_page.clock.fast_forward(2 * 3_600_000 + 61_000)
    assert line.evaluate("e => e.offsetTop") - before == pytest.approx(2 * hour, abs=3)
    expect(alice_page.locator(".block.past")).to_have_count(1)
    assert console.complaints == []


def test_a_phone_shows_three_days_and_the_others_by_scrolling(
    new_context: NewContext, alice: User
) -> None:
    page = new_context(PHONE, person=alice).new_page()
    open_week(page)
    heads = [page.locator(f"#day-2026-11-{day}") for day in (18, 19, 20)]
    for head in heads:
        expect(head).to_be_in_viewport(ratio=0.9)
    boxes = [head.bounding_box() for head in heads]
    assert [round(box["x"]) for box in boxes if box] == [45, 160, 275]  # beside the gutter


SWIPE = """([start, end]) => {
  const target = document.querySelector("#grid");
  const touch = (clientX) => [new Touch({ identifier: 1, target, clientX, clientY: 400 })];
  const send = (type, touches, changedTouches) =>
    target.dispatchEvent(new TouchEvent(type, { touches, changedTouches, bubbles: true }));
  send("touchstart", touch(start), touch(start));
  send("touchend", [], touch(end));
}"""


def swipe(page: Page, start: int, end: int) -> None:
    page.evaluate(SWIPE, [start, end])


def test_a_swipe_turns_the_day(new_context: NewContext, alice: User) -> None:
    page = new_context(PHONE, person=alice).new_page()
    open_week(page, f"/calendar/day/{WEDNESDAY}/")
    swipe(page, 300, 100)
    expect(page).to_have_url(re.compile("2026-11-19"))
    open_week(page, f"/calendar/day/{WEDNESDAY}/")
    swipe(page, 100, 300)
    expect(page).to_have_url(re.compile("2026-11-17"))


def test_a_swipe_scrolls_the_week_before_it_turns_it(new_context: NewContext, alice: User) -> None:
    page = new_context(PHONE, person=alice).new_page()
    open_week(page)
    swipe(page, 300, 100)
    page.locator("#grid").evaluate("e => { e.scrollLeft = e.scrollWidth; }")
    expect(page).to_have_url(re.compile(f"{WEDNESDAY}/$"))
    swipe(page, 300, 100)
    expect(page).to_have_url(re.compile("2026-11-25"))
    expect(page.locator("#day-2026-11-23")).to_be_in_viewport()


def test_overlapping_events_are_side_by_side(alice_page: Page, alice: User) -> None:
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    nine = datetime(2026, 11, 18, 9, tzinfo=UTC)
    for number in range(9):
        at = nine + timedelta(minutes=7 * number)
        make_event(work, f"Call {number}", at, at + timedelta(minutes=5 + 10 * number))
    open_week(alice_page)
    boxes = [chip.bounding_box() for chip in alice_page.locator(".hours .block").all()]
    found = [(b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]) for b in boxes if b]
    assert len(found) > 6
    assert all(bottom - top >= 18 for _, top, _, bottom in found)
    for n, one in enumerate(found):
        for other in found[n + 1 :]:
            is_apart = (
                one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            )
            assert is_apart, (one, other)
