"""PUT replaces, PATCH changes; null and "" clear a field."""

from __future__ import annotations

import datetime

from accounts.models import User
from profiles.models import Profile
from tests.profiles.conftest import Phone

ADA = {
    "first_name": "Ada",
    "date_of_birth": "1990-12-10",
    "personal_address": {"street": "12 St James's Square", "city": "London"},
    "emergency_contact": {"name": "Charles", "email": "c@EXAMPLE.org"},
    "language": "en_gb",
}


def test_put_sets_what_is_sent_in_normal_form(phone: Phone, alice: User) -> None:
    response = phone.put(ADA)
    assert response.status_code == 200
    body = response.json()
    assert body["language"] == "en-GB"
    assert body["emergency_contact"]["email"] == "c@example.org"
    profile = Profile.objects.get(owner=alice)
    assert profile.date_of_birth == datetime.date(1990, 12, 10)
    assert profile.personal_address_city == "London"


def test_put_clears_what_is_left_out_at_every_depth(phone: Phone, alice: User) -> None:
    phone.put(ADA)
    phone.put({"last_name": "Lovelace", "personal_address": {"city": "Bath"}})
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.last_name) == ("", "Lovelace")
    assert profile.date_of_birth is None
    assert (profile.personal_address_street, profile.personal_address_city) == ("", "Bath")
    assert profile.emergency_contact_name == ""


def test_what_was_read_can_be_put_back(phone: Phone) -> None:
    phone.put(ADA)
    read = phone.get()
    put = phone.put(read.json(), If_Match=read["ETag"])
    assert put.status_code == 200
    assert put.json() == read.json()
    assert put["ETag"] == read["ETag"]


def test_patch_leaves_the_rest_and_merges_objects(phone: Phone, alice: User) -> None:
    phone.put(ADA)
    response = phone.patch({"last_name": " Lovelace ", "personal_address": {"city": "Bath"}})
    assert response.status_code == 200
    assert response.json()["last_name"] == "Lovelace"
    profile = Profile.objects.get(owner=alice)
    assert profile.first_name == "Ada"
    assert profile.personal_address_street == "12 St James's Square"
    assert profile.personal_address_city == "Bath"


def test_null_and_empty_text_clear(phone: Phone, alice: User) -> None:
    phone.put(ADA)
    response = phone.patch(
        {
            "first_name": None,
            "date_of_birth": "",
            "language": "",
            "personal_address": None,
            "emergency_contact": {"name": None},
        }
    )
    assert response.status_code == 200
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, profile.language, profile.date_of_birth) == ("", "", None)
    assert (profile.personal_address_street, profile.personal_address_city) == ("", "")
    assert profile.emergency_contact_name == ""
    assert profile.emergency_contact_email == "c@example.org"


def test_an_object_can_be_cleared_with_empty_text(phone: Phone) -> None:
    phone.put(ADA)
    assert phone.patch({"personal_address": ""}).json()["personal_address"]["city"] == ""


def test_members_that_are_only_read_are_ignored(phone: Phone) -> None:
    response = phone.patch({"completeness": 100, "avatar": "https://example.com/a.png"})
    assert response.status_code == 200
    assert (response.json()["completeness"], response.json()["avatar"]) == (0, None)
