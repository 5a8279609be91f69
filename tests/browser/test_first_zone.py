"""The browser sends its zone, and a user changes it in the sidebar."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from profiles.models import Profile
from tests.browser.conftest import NewContext
from tests.browser.page_checks import Console, accessibility_faults
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, alice: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Account", exact=True)).to_be_visible()


def test_a_sign_up_and_a_first_sign_in_tell_it(new_context: NewContext, alice: User) -> None:
    page = new_context(time_zone="America/St_Johns").new_page()
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("dora@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/accounts/confirm-email/")
    assert Profile.objects.get(owner__email="dora@example.org").timezone == "America/St_Johns"

    sign_in(page, alice)
    expect(page.get_by_text("Times are shown in America/St_Johns. Is that right?")).to_be_visible()
    assert Profile.objects.get(owner=alice).timezone == "America/St_Johns"


def test_the_zone_is_changed_above_the_calendar(new_context: NewContext, alice: User) -> None:
    page = new_context(person=alice, time_zone="Asia/Kathmandu").new_page()
    console = Console(page)
    page.goto("/calendar/month/2026-11-18/")
    page.get_by_role("button", name="Change the time zone").click()
    assert accessibility_faults(page) == []
    page.get_by_role("button", name="Use this browser’s").click()  # noqa: RUF001
    expect(page.get_by_text("Times are in Asia/Kathmandu")).to_be_visible()
    assert page.url.endswith("/calendar/month/2026-11-18/")
    page.get_by_role("button", name="Change the time zone").click()
    expect(page.get_by_role("button", name="Use this browser’s")).to_have_count(0)  # noqa: RUF001
    page.get_by_label("Time zone", exact=True).fill("Europe/Berlin")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Times are in Europe/Berlin")).to_be_visible()
    assert Profile.objects.get(owner=alice).timezone == "Europe/Berlin"
    assert console.complaints == []


def test_it_is_changed_without_javascript(new_context: NewContext, alice: User) -> None:
    page = new_context(person=alice, javascript=False).new_page()
    page.goto("/calendar/month/2026-11-18/")
    page.get_by_role("button", name="Change the time zone").click()
    page.get_by_label("Time zone", exact=True).fill("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Times are in Asia/Tokyo")).to_be_visible()
