"""Pages that libraries bring, under our policy: the API's browser and the administration."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import ARTIFACTS, LOOKS, Look, NewContext
from tests.browser.verdict import Console
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


@pytest.mark.parametrize("look", LOOKS[:2], ids=lambda look: look.name)
@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("admin-index", "/admin/"),
        ("admin-people", "/admin/accounts/user/"),
        ("admin-person", "/admin/accounts/user/add/"),
    ],
)
def test_the_administration_draws_under_the_policy(
    new_context: NewContext, operator: User, look: Look, name: str, url: str
) -> None:
    page = new_context(look, operator).new_page()
    console = Console(page)
    answer = page.goto(url)
    assert answer is not None
    assert answer.ok
    expect(page.get_by_role("link", name="Daybook administration")).to_be_visible()
    page.screenshot(path=ARTIFACTS / f"{name}-{look.name}.png")
    assert console.complaints == []
