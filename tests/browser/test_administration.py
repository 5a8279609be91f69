"""Every page of the administration, in both themes: accessible, and drawn under the policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from playwright.sync_api import Page

from accounts.models import User
from accounts.security_context import acting_as_system
from tests.browser.conftest import ARTIFACTS, LOOKS, NewContext
from tests.browser.page_checks import accessibility_faults
from tests.browser.test_every_page import take_look
from tests.factories import make_user
from tests.row_security.rows import make_rows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
APPS = sorted({model._meta.app_label for model in admin.site._registry})
PAGES = ("change", "history", "delete")


@pytest.fixture
def operator(db: None) -> User:
    return make_user("operator@example.org", is_staff=True, is_superuser=True)


def addresses_of(app: str) -> Iterator[str]:
    """The pages of an app and of each of its models, as far as there are any."""
    yield reverse("admin:app_list", args=[app])
    for model in admin.site._registry:
        if model._meta.app_label == app:
            yield from _addresses_of_model(model)


def _addresses_of_model(model: type[Model]) -> Iterator[str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    yield reverse(f"{name}_add")
    row = model._default_manager.first()
    for page in PAGES if row else ():
        try:
            yield reverse(f"{name}_{page}", args=[row.pk])  # type: ignore[union-attr]
        except NoReverseMatch:
            continue


def faults_of(page: Page, address: str) -> Iterator[str]:
    answer = page.goto(address)
    assert answer is not None
    if answer.status == 403:  # a read-only model has no page to add or delete a row
        return
    assert answer.ok, f"{address} answers {answer.status}"
    for look in LOOKS[:2]:
        take_look(page, look)
        for fault in accessibility_faults(page, theme_only=look.is_dark):
            yield f"{address} in {look.name}: {fault}"


@pytest.mark.parametrize("app", APPS)
def test_no_page_of_an_app_breaks_a_rule(
    new_context: NewContext, operator: User, alice: User, app: str
) -> None:
    make_rows(alice)
    page = new_context(LOOKS[0], operator).new_page()
    with acting_as_system(reason="a test lists the pages of the administration"):
        addresses = list(addresses_of(app))
    assert [fault for address in addresses for fault in faults_of(page, address)] == []
    page.screenshot(path=ARTIFACTS / f"admin-{app}.png")


def test_nor_do_the_pages_around_them(new_context: NewContext, operator: User) -> None:
    page = new_context(LOOKS[0], operator).new_page()
    assert list(faults_of(page, "/admin/")) == []
    page.goto("/admin/accounts/user/")
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("combobox", name="Action").select_option(index=1)
    assert accessibility_faults(page) == []
