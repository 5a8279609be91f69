"""Two devices: an out-of-date page shows the other device's changes field by field."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from profiles.models import Profile
from profiles.pictures.avatars import set_avatar
from profiles.services import change_profile
from tests.profiles.pictures import picture
from tests.profiles.test_page import URL, Page, body_of, browser, typed

__all__ = ["browser"]  # a fixture


def test_what_was_not_touched_here_is_kept_and_told(browser: Client, alice: User) -> None:
    """Without collisions there is no question: both changes are saved."""
    change_profile(owner=alice, changes={"company": "Engines", "first_name": "Ada"})
    sent = typed(alice, first_name="Augusta")
    change_profile(owner=alice, changes={"company": "Looms", "bio": "Notes"})
    response = browser.post(URL, sent, follow=True)
    assert response.redirect_chain == [(URL, 302)]
    assert "Also changed elsewhere and kept: About you, Company." in body_of(response)
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.company, profile.bio) == ("Augusta", "Looms", "Notes")


def test_only_what_collides_is_asked_about(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"company": "Engines", "first_name": "Ada"})
    sent = typed(alice, first_name="Augusta", last_name="King")
    change_profile(owner=alice, changes={"company": "Looms", "first_name": "Adeline"})
    response = browser.post(URL, sent)
    assert response.status_code == 412
    page = Page(body_of(response))
    assert page.named["company"]["value"] == "Looms"
    assert page.named["first_name"]["value"] == "Augusta"
    assert "aria-invalid" not in page.named["company"]
    [collision] = response.context["form"].collisions
    assert (collision.before, collision.theirs, collision.yours) == ("Ada", "Adeline", "Augusta")
    assert [name for name in page.named if name.startswith("keep-")] == ["keep-first_name"]
    assert "Also changed elsewhere; the new value is kept" in body_of(response)


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ({}, ("Augusta", "Queen")),
        ({"keep-first_name": "mine", "keep-last_name": "theirs"}, ("Augusta", "Byron")),
        ({"keep-first_name": "theirs", "keep-last_name": "mine"}, ("Adeline", "Queen")),
        ({"keep": "theirs"}, ("Adeline", "Byron")),
        ({"keep": "mine"}, ("Augusta", "Queen")),
    ],
)
def test_each_collision_is_decided_by_a_choice(
    browser: Client, alice: User, choice: dict[str, str], kept: tuple[str, str]
) -> None:
    sent = typed(alice, first_name="Augusta", last_name="Queen", department="Engines")
    change_profile(owner=alice, changes={"first_name": "Adeline", "last_name": "Byron"})
    page = Page(body_of(browser.post(URL, sent)))
    again = {name: str(found.get("value") or "") for name, found in page.named.items()}
    again |= {"keep-first_name": "mine", "keep-last_name": "mine", "bio": ""}
    assert browser.post(URL, again | choice).status_code == 302
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.last_name) == kept
    assert profile.department == "Engines"


def test_a_field_that_does_not_collide_cannot_be_taken_back_by_a_choice(
    browser: Client, alice: User
) -> None:
    sent = typed(alice, first_name="Ada") | {"keep-nothing": "theirs", "keep": "theirs"}
    assert browser.post(URL, sent).status_code == 302
    assert Profile.objects.get(owner=alice).first_name == "Ada"


def test_the_next_save_writes_what_was_typed_and_nothing_else(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name="Augusta", last_name="King")
    change_profile(owner=alice, changes={"first_name": "Ada", "company": "Looms"})
    page = Page(body_of(browser.post(URL, sent)))
    again = {name: str(found.get("value") or "") for name, found in page.named.items()}
    again |= {"bio": "", "keep-first_name": "mine"}
    assert browser.post(URL, again).status_code == 302
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.last_name) == ("Augusta", "King")
    assert profile.company == "Looms"


def test_a_refused_page_that_is_past_still_knows_what_was_typed(
    browser: Client, alice: User
) -> None:
    """The page keeps its version, so it doesn't undo the other device's changes."""
    sent = typed(alice, work_email="nobody")
    change_profile(owner=alice, changes={"company": "Looms"})
    refused = browser.post(URL, sent)
    assert refused.status_code == 422
    assert set(refused.context["form"].changes()) == {"work_email"}
    assert browser.post(URL, sent | {"work_email": "ada@example.org"}).status_code == 302
    profile = Profile.objects.get(owner=alice)
    assert (profile.company, profile.work_email) == ("Looms", "ada@example.org")


def test_both_typed_the_same(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name="Ada")
    change_profile(owner=alice, changes={"first_name": "Ada"})
    assert browser.post(URL, sent).status_code == 302
    assert Profile.objects.get(owner=alice).first_name == "Ada"


def test_a_new_picture_collides_with_nothing(browser: Client, alice: User) -> None:
    sent = typed(alice, first_name="Ada")
    set_avatar(owner=alice, content=picture())
    assert browser.post(URL, sent).status_code == 302
    profile = Profile.objects.get(owner=alice)
    assert profile.first_name == "Ada"
    assert profile.avatar


def test_a_forged_version_changes_nothing_unseen(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada"})
    for version in ("0", "99", "-1", "9" * 30, "9" * 5000, "x", "\u0661"):
        response = browser.post(URL, typed(alice, first_name="Grace") | {"version": version})
        assert response.status_code in (412, 422)
    assert Profile.objects.get(owner=alice).first_name == "Ada"
