"""Pages of libraries under our content security policy: the API browser and the administration."""

from __future__ import annotations

import pytest
from django_celery_beat.models import CrontabSchedule
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import ARTIFACTS, LOOKS, NewContext
from tests.browser.page_checks import Console, accessibility_faults
from tests.browser.test_every_page import take_look
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(db: None) -> User:
    return make_user("operator@example.org", is_staff=True, is_superuser=True)


def test_the_apis_browser_draws_under_the_policy(page: Page) -> None:
    console = Console(page)
    page.goto("/api/docs/")
    expect(page.get_by_text("/api/v1/occurrences")).to_be_visible()
    page.screenshot(path=ARTIFACTS / "api-docs.png")
    assert console.complaints == []


def test_an_operation_opens_in_the_apis_browser(page: Page) -> None:
    console = Console(page)
    page.goto("/api/docs/")
    page.get_by_text("/api/v1/occurrences").click()
    expect(page.get_by_text("Responses").first).to_be_visible()
    assert console.complaints == []


ADMINISTRATION = {
    "admin-index": "/admin/",
    "admin-people": "/admin/accounts/user/",
    "admin-new-person": "/admin/accounts/user/add/",
    "admin-person": "/admin/accounts/user/{operator}/change/",
    "admin-person-history": "/admin/accounts/user/{operator}/history/",
    "admin-groups": "/admin/auth/group/add/",
    "admin-audit": "/admin/accounts/auditevent/",
    "admin-connections": "/admin/calendars/connection/",
    "admin-syncs": "/admin/calendars/syncstate/",
    "admin-profiles": "/admin/profiles/profile/",
    "admin-schedule": "/admin/django_celery_beat/periodictask/",
    "admin-task": "/admin/django_celery_beat/periodictask/add/",
}


@pytest.mark.parametrize("name", ADMINISTRATION)
def test_the_administration_draws_under_the_policy(
    new_context: NewContext, operator: User, name: str
) -> None:
    page = new_context(LOOKS[0], operator).new_page()
    console = Console(page)
    answer = page.goto(ADMINISTRATION[name].format(operator=operator.pk))
    assert answer is not None
    assert answer.ok
    expect(page.get_by_role("link", name="Daybook administration")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert console.complaints == []
    for look in LOOKS[:2]:
        take_look(page, look)
        page.screenshot(path=ARTIFACTS / f"{name}-{look.name}.png")
        # The policy refuses styles that axe adds, so later messages don't count.
        assert accessibility_faults(page, theme_only=look.is_dark) == [], look.name


def test_a_crontab_is_said_in_words(new_context: NewContext, operator: User) -> None:
    crontab = CrontabSchedule.objects.create(minute="30", hour="4")
    page = new_context(LOOKS[0], operator).new_page()
    page.goto("/admin/django_celery_beat/periodictask/add/")
    page.get_by_label("Crontab Schedule").first.select_option(str(crontab.pk))
    expect(page.locator(".field-crontab").get_by_role("status")).to_contain_text("04:30")
