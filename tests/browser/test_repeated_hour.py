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
PAGES = (f"/calendar/day/{ON}/", f"/calendar/agenda/{ON}/", f"/calendar/month/{ON}/")


def overlap(when: Locator, what: Locator) -> bool:
    """Return the overlap of the text itself, which may exceed its box."""
    script = "e => { const r = document.createRange(); r.selectNodeContents(e);"
    script += " const {left, right} = r.getBoundingClientRect(); return [left, right]; }"
    return bool(when.evaluate(script)[1] > what.evaluate(script)[0])


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[2]], ids=lambda look: look.name)
def test_time_and_title_stand_side_by_side(
    new_context: NewContext, alice: User, look: Look
) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    calendar = make_calendar(make_connection(alice), "Trips", "#4a6fa5")
    make_hour(calendar, "Night train", ON, 0)  # 02:00 CEST to 02:00 CET
    page = new_context(look, person=alice).new_page()
    for address in PAGES:
        page.goto(address)
        entry = page.locator(".entry", has_text="Night train")
        when = entry.locator(".entry-when")
        expect(when).to_have_text("02:00 CEST–02:00 CET")  # noqa: RUF001
        assert not overlap(when, entry.locator(".entry-what")), address


def test_a_day_of_the_month_shows_it_on_one_line(new_context: NewContext, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    calendar = make_calendar(make_connection(alice), "Trips", "#4a6fa5")
    make_hour(calendar, "Night train", ON, 0)
    page = new_context(person=alice).new_page()
    page.goto(f"/calendar/month/{ON}/")
    bar = page.locator(".bar", has_text="Night train")
    height = bar.locator(".bar-when").evaluate("e => e.offsetHeight")
    assert height <= bar.evaluate("e => e.clientHeight")
