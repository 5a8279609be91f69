"""Values older than their rules can be read, survive other changes, and can't be set again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint
from django.test import Client
from django.urls import reverse

from accounts.models import User
from profiles.fields.constraints import AddConstraintForNewValues
from profiles.models import Profile
from profiles.services import change_profile, read_profile
from tests.factories import make_user
from tests.profiles.conftest import Phone, faults_of
from tests.profiles.test_admin import typed_by_admin
from tests.profiles.test_page import typed

OLD = {
    "phone_number": "call the office",
    "website": "http://old.example:8080/~ada",
    "personal_address_country": "Mordor",
    "preferred_contact_method": "work_phone",
}
BACKEND = "accounts.password_backend.PasswordBackend"


def grandfather(profile: Profile, values: dict[str, str]) -> None:
    """Do what a migration does: drop the CHECKs, insert old values, add stricter CHECKs."""
    state = ProjectState.from_apps(Profile._meta.apps)
    checks = {c.name: c for c in Profile._meta.constraints if isinstance(c, CheckConstraint)}
    with connection.schema_editor() as editor:
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for column in values:
            editor.remove_constraint(Profile, checks[f"profile_{column}_valid"])
        Profile.objects.filter(pk=profile.pk).update(**values)
        for column in values:
            operation = AddConstraintForNewValues("profile", checks[f"profile_{column}_valid"])
            operation.database_forwards("profiles", editor, state, state)


@pytest.fixture
def old(alice: User) -> Profile:
    profile = read_profile(owner=alice)
    grandfather(profile, OLD)
    profile.refresh_from_db()
    return profile


def update(profile: Profile, **values: Any) -> None:
    with transaction.atomic():
        Profile.objects.filter(pk=profile.pk).update(**values)


def test_the_row_names_what_is_old_and_only_that(old: Profile, bob: User) -> None:
    assert sorted(old.grandfathered) == sorted(OLD)
    assert read_profile(owner=bob).grandfathered == []


def test_it_is_read(old: Profile, alice: User) -> None:
    body = Phone(alice).get().json()
    assert (body["phone_number"], body["website"]) == (OLD["phone_number"], OLD["website"])
    assert body["personal_address"]["country"] == "Mordor"


def test_the_api_saves_the_rest(old: Profile, alice: User) -> None:
    phone = Phone(alice)
    assert phone.patch({"first_name": "Ada", "work_email": "a@example.com"}).status_code == 200
    whole = {**phone.get().json(), "last_name": "Lovelace"}
    assert phone.put(whole).status_code == 200
    old.refresh_from_db()
    assert (old.first_name, old.last_name, old.phone_number) == (
        "Ada",
        "Lovelace",
        OLD["phone_number"],
    )


def test_the_page_saves_the_rest(old: Profile, alice: User, client: Client) -> None:
    client.force_login(alice, BACKEND)
    response = client.post("/settings/profile/", typed(alice, first_name="Ada"))
    assert response.status_code == 302
    old.refresh_from_db()
    assert (old.first_name, old.website) == ("Ada", OLD["website"])


def test_admin_saves_the_rest(old: Profile, alice: User, client: Client) -> None:
    admin = make_user("root@example.org", is_staff=True, is_superuser=True)
    client.force_login(admin, BACKEND)
    address = reverse("admin:profiles_profile_change", args=[alice.pk])
    assert client.post(address, typed_by_admin(alice, first_name="Ada")).status_code == 302
    old.refresh_from_db()
    assert (old.first_name, old.website) == ("Ada", OLD["website"])


def test_a_change_of_it_is_judged_by_todays_rule(old: Profile, alice: User) -> None:
    phone = Phone(alice)
    answer = phone.patch({"phone_number": "call the other office", "website": "ftp://x.example"})
    assert faults_of(answer) == {"phone_number": "phone_not_a_number", "website": "url_scheme"}


def test_what_is_mended_cannot_be_broken_again(old: Profile, alice: User) -> None:
    change_profile(owner=alice, changes={"website": "example.com"})
    old.refresh_from_db()
    assert sorted(old.grandfathered) == sorted(OLD.keys() - {"website"})
    with pytest.raises(IntegrityError, match="profile_website_valid"):
        update(old, website=OLD["website"])


def test_the_database_lets_the_rest_be_written_and_an_old_value_only_stay(old: Profile) -> None:
    update(old, first_name="Ada", website=OLD["website"])
    with pytest.raises(IntegrityError, match="profile_phone_number_valid"):
        update(old, phone_number="call somebody")


def test_no_writer_can_grandfather_a_value(alice: User, bob: User) -> None:
    profile = read_profile(owner=alice)
    with pytest.raises(IntegrityError, match="profile_website_valid"):
        update(profile, grandfathered=["website"], website="javascript:alert(1)")
    with pytest.raises(IntegrityError, match="profile_website_valid"), transaction.atomic():
        Profile.objects.create(owner=bob, grandfathered=["website"], website="javascript:x")


def test_a_way_of_contact_that_leads_nowhere_stays_while_others_change(
    old: Profile, alice: User
) -> None:
    answer = Phone(alice).patch({"work_email": "ada@example.com"})
    assert answer.json()["preferred_contact_method"] == "work_phone"
