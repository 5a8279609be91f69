"""Profiles in the admin follow the same rules and use the same service."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from profiles.models import Door, Profile, ProfileChange
from profiles.services import change_profile
from tests.factories import make_user
from tests.profiles.test_page import typed


@pytest.fixture
def desk(db: None) -> Client:
    client = Client()
    admin = make_user("root@example.org", is_staff=True, is_superuser=True)
    client.force_login(admin, "accounts.password_backend.PasswordBackend")
    return client


@pytest.fixture
def page(alice: User) -> str:
    change_profile(owner=alice, changes={"first_name": "Ada", "bio": "One\nTwo"})
    return reverse("admin:profiles_profile_change", args=[alice.pk])


def typed_by_admin(owner: User, **changes: str) -> dict[str, str]:
    sent = typed(owner, **changes)
    return {"seen_version": sent.pop("version"), **sent}


def test_it_can_be_found_by_the_owner(desk: Client, page: str) -> None:
    listed = desk.get(reverse("admin:profiles_profile_changelist"), {"q": "alice@"})
    assert page in listed.content.decode()


def test_an_edit_goes_through_the_service(desk: Client, page: str, alice: User) -> None:
    response = desk.post(page, typed_by_admin(alice, last_name=" Lovelace ", language="en_gb"))
    assert response.status_code == 302
    profile = Profile.objects.get(owner=alice)
    assert (profile.last_name, profile.language) == ("Lovelace", "en-GB")
    assert (profile.first_name, profile.bio, profile.version) == ("Ada", "One\nTwo", 3)


def test_a_bad_value_is_refused_at_its_field(desk: Client, page: str, alice: User) -> None:
    response = desk.post(page, typed_by_admin(alice, date_of_birth="01/02/1990", timezone="PST"))
    assert response.status_code == 200
    faults = response.context["adminform"].form.errors
    assert set(faults) == {"date_of_birth", "timezone"}
    assert Profile.objects.get(owner=alice).version == 2


def test_history_tells_who_did_it_through_the_administration(
    desk: Client, page: str, alice: User
) -> None:
    desk.post(page, typed_by_admin(alice, last_name="Lovelace"))
    change = ProfileChange.objects.get(owner=alice, field="last_name")
    assert (change.door, change.before, change.after) == (Door.ADMIN, "", "Lovelace")
    assert change.actor == User.objects.get(email="root@example.org")
    listed = desk.get(reverse("admin:profiles_profilechange_changelist"), {"q": "alice@"})
    assert "last_name" in listed.content.decode()


def test_a_page_that_is_past_overwrites_nothing(desk: Client, page: str, alice: User) -> None:
    sent = typed_by_admin(alice, last_name="Lovelace")
    change_profile(owner=alice, changes={"first_name": "Augusta"})
    response = desk.post(page, sent)
    assert response.status_code == 200
    assert "Changed in the meantime: First name." in response.content.decode()
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.last_name) == ("Augusta", "")


def test_history_cannot_be_edited(desk: Client, page: str, alice: User) -> None:
    change = ProfileChange.objects.filter(owner=alice).first()
    assert change is not None
    edit = reverse("admin:profiles_profilechange_change", args=[change.pk])
    assert desk.get(edit).status_code == 200
    assert desk.post(edit, {"after": "Grace"}).status_code == 403
    assert desk.get(reverse("admin:profiles_profilechange_add")).status_code == 403
    delete = reverse("admin:profiles_profilechange_delete", args=[change.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 403


def test_history_goes_with_its_owner(desk: Client, page: str, alice: User) -> None:
    owner = reverse("admin:accounts_user_delete", args=[alice.pk])
    assert "would require deleting" not in desk.get(owner).content.decode()
