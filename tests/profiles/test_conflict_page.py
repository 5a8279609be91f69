"""Two devices: the page of one is past, and tells what the other did, field by field."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from profiles.avatars import set_avatar
from profiles.models import Profile
from profiles.services import change_profile
from tests.profiles.pictures import picture
from tests.profiles.test_page import URL, Page, body_of, browser, typed

__all__ = ["browser"]  # a fixture


def test_what_was_not_touched_here_is_shown_as_it_is_now(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"company": "Engines", "first_name": "Ada"})
    sent = typed(alice, first_name="Augusta")
    change_profile(owner=alice, changes={"company": "Looms", "bio": "Notes"})
    response = browser.post(URL, sent)
    assert response.status_code == 412
    page = Page(body_of(response))
    assert page.named["company"]["value"] == "Looms"
    assert page.named["first_name"]["value"] == "Augusta"
    assert "aria-invalid" not in page.named["company"]
    [bio, company] = response.context["form"].meanwhile
    assert (company.before, company.theirs, company.yours) == ("Engines", "Looms", None)
    assert (bio.label, bio.theirs) == ("About you", "Notes")


def test_the_next_save_writes_what_was_typed_and_nothing_else(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name="Augusta", last_name="King")
    change_profile(owner=alice, changes={"first_name": "Ada", "company": "Looms"})
    page = Page(body_of(browser.post(URL, sent)))
    again = {name: str(found.get("value") or "") for name, found in page.named.items()}
    assert browser.post(URL, again | {"bio": ""}).status_code == 302
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.last_name) == ("Augusta", "King")
    assert profile.company == "Looms"


def test_a_refused_page_that_is_past_still_knows_what_was_typed(
    browser: Client, alice: User
) -> None:
    """Its version stays the one it was made from, so nothing of the other device is undone."""
    sent = typed(alice, work_email="nobody")
    change_profile(owner=alice, changes={"company": "Looms"})
    refused = browser.post(URL, sent)
    assert refused.status_code == 422
    assert set(refused.context["form"].changes()) == {"work_email"}
    told = browser.post(URL, sent | {"work_email": "ada@example.org"})
    assert told.status_code == 412
    assert Page(body_of(told)).named["company"]["value"] == "Looms"
    assert Profile.objects.get(owner=alice).company == "Looms"


def test_both_typed_the_same(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name="Ada")
    change_profile(owner=alice, changes={"first_name": "Ada"})
    response = browser.post(URL, sent)
    assert response.status_code == 412
    assert response.context["form"].meanwhile[0].yours is None
    assert "aria-invalid" not in Page(body_of(response)).named["first_name"]


def test_a_new_picture_is_told_too(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name="Ada")
    set_avatar(owner=alice, content=picture())
    response = browser.post(URL, sent)
    assert response.status_code == 412
    assert "Only what this form does not hold, like the picture." in body_of(response)


def test_a_forged_version_changes_nothing_unseen(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada"})
    for version in ("0", "99", "-1", "9" * 30, "9" * 5000, "x", "\u0661"):
        response = browser.post(URL, typed(alice, first_name="Grace") | {"version": version})
        assert response.status_code in (412, 422)
    assert Profile.objects.get(owner=alice).first_name == "Ada"
