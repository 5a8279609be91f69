"""A time with its zone, in the repeated hour of a clock change, doesn't overlap the title."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import User
from profiles.services import change_profile
from tests.browser.conftest import LOOKS, Look, NewContext
from tests.calendars.rows import make_calendar, make_connection, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON = date(2026, 10, 25)
BOTH = "02:00 CEST–02:00 CET"  # noqa: RUF001


def overlap(when: Locator, what: Locator) -> bool:
    """Return the overlap of the text itself, which may exceed its box."""
    script = "e => { const r = document.createRange(); r.selectNodeContents(e);"
    script += " const {left, right} = r.getBoundingClientRect(); return [left, right]; }"
    return bool(when.evaluate(script)[1] > what.evaluate(script)[0])


def make_night_train(alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    calendar = make_calendar(make_connection(alice), "Trips", "#4a6fa5")
    make_hour(calendar, "Night train", ON, 0)  # 02:00 CEST to 02:00 CET


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[2]], ids=lambda look: look.name)
def test_time_and_title_stand_side_by_side(
    new_context: NewContext, alice: User, look: Look
) -> None:
    make_night_train(alice)
    page = new_context(look, person=alice).new_page()
    page.goto(f"/calendar/agenda/{ON}/")
    row = page.locator(".agenda-row", has_text="Night train")
    expect(row.locator(".agenda-when")).to_have_text(BOTH)
    assert not overlap(row.locator(".agenda-when"), row.locator(".chip-text"))


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[2]], ids=lambda look: look.name)
def test_the_time_is_whole_under_the_title_of_a_block(
    new_context: NewContext, alice: User, look: Look
) -> None:
    make_night_train(alice)
    page = new_context(look, person=alice).new_page()
    page.goto(f"/calendar/day/{ON}/")
    block = page.locator(".block", has_text="Night train")
    when, title = block.locator(".chip-time"), block.locator(".chip-text")
    expect(when).to_have_text(BOTH)
    assert when.evaluate("e => e.scrollWidth <= e.clientWidth")
    boxes = [one.bounding_box() for one in (title, when, block)]
    bottoms = [box["y"] + box["height"] for box in boxes if box]
    assert bottoms == sorted(bottoms)
    assert boxes[1]
    assert boxes[1]["y"] >= bottoms[0]


def test_a_day_of_the_month_shows_it_on_one_line(new_context: NewContext, alice: User) -> None:
    make_night_train(alice)
    page = new_context(person=alice).new_page()
    page.goto(f"/calendar/month/{ON}/")
    chip = page.locator(".month .chip", has_text="Night train")
    height = chip.locator(".chip-time").evaluate("e => e.offsetHeight")
    assert height <= chip.evaluate("e => e.clientHeight")
