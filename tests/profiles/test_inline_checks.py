"""A field is validated on change together with the rest of the form, without saving."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from profiles.models import Profile, ProfileChange
from profiles.services import change_profile
from tests.http import Response
from tests.profiles.test_page import Page, body_of, browser, typed

__all__ = ["browser"]  # a fixture


def check(browser: Client, field: str, sent: dict[str, str]) -> Response:
    return browser.post(f"/settings/profile/check/{field}/", sent, headers={"HX-Request": "true"})


def test_it_answers_with_the_field_and_its_fault(browser: Client, alice: User) -> None:
    response = check(browser, "work_email", typed(alice, work_email="nobody"))
    assert response.status_code == 200
    html = body_of(response)
    field = Page(html).named["work_email"]
    assert (field["value"], field["aria-invalid"]) == ("nobody", "true")
    assert 'id="id_work_email_error"' in html
    assert set(Page(html).named) == {"work_email"}
    assert "<html" not in html


def test_a_good_value_stays_as_it_was_typed(browser: Client, alice: User) -> None:
    html = body_of(check(browser, "first_name", typed(alice, first_name=" Ada")))
    assert Page(html).named["first_name"]["value"] == " Ada"
    assert "aria-invalid" not in Page(html).named["first_name"]


def test_nothing_is_written(browser: Client, alice: User) -> None:
    check(browser, "first_name", typed(alice, first_name="Ada"))
    assert Profile.objects.get(owner=alice).version == 1
    assert not ProfileChange.objects.exists()


def test_the_values_around_decide_too(browser: Client, alice: User) -> None:
    sent = typed(alice, preferred_contact_method="work_email")
    alone = check(browser, "preferred_contact_method", sent)
    assert "errorlist" in body_of(alone)
    together = check(browser, "preferred_contact_method", sent | {"work_email": "a@example.org"})
    assert "errorlist" not in body_of(together)


def test_the_meter_counts_what_is_typed(browser: Client, alice: User) -> None:
    html = body_of(check(browser, "first_name", typed(alice, first_name="Ada")))
    assert 'hx-swap-oob="true"' in html
    assert '<meter id="completeness-meter" min="0" max="100" value="5">' in html


def test_a_value_that_was_not_touched_is_not_judged(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada"})
    html = body_of(check(browser, "first_name", typed(alice)))
    assert "errorlist" not in html


@pytest.mark.parametrize("field", ["version", "owner", "shoe_size"])
def test_what_is_no_field_is_not_there(browser: Client, alice: User, field: str) -> None:
    assert check(browser, field, typed(alice)).status_code == 404


def test_it_takes_a_post_by_somebody_signed_in(browser: Client, alice: User) -> None:
    assert browser.get("/settings/profile/check/first_name/").status_code == 405
    assert Client().post("/settings/profile/check/first_name/").status_code == 302
