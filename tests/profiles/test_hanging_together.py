"""Values that depend on others: postal codes on countries, contact methods on numbers."""

from __future__ import annotations

from accounts.models import User
from profiles.models import Profile
from profiles.services import change_profile
from tests.profiles.conftest import Phone, faults_of

BERLIN = {"country": "DE", "postal_code": "10115"}


def test_a_country_that_leaves_its_postal_code_behind_is_refused(phone: Phone) -> None:
    phone.patch({"personal_address": BERLIN})
    answer = phone.patch({"personal_address": {"country": "GB"}})
    assert faults_of(answer) == {"personal_address.postal_code": "invalid_postal_code"}
    moved = {"personal_address": {"country": "GB", "postal_code": "sw1a 1aa"}}
    assert phone.patch(moved).json()["personal_address"]["postal_code"] == "SW1A 1AA"


def test_a_number_that_is_the_preferred_way_cannot_go_alone(phone: Phone, alice: User) -> None:
    phone.patch({"phone_number": "+14155552671", "preferred_contact_method": "sms"})
    refused = {"preferred_contact_method": "not_filled_in"}
    assert faults_of(phone.patch({"phone_number": None})) == refused
    assert faults_of(phone.put({"preferred_contact_method": "sms"})) == refused
    assert Profile.objects.get(owner=alice).phone_number == "+14155552671"
    answer = phone.patch({"phone_number": None, "preferred_contact_method": "email"})
    assert answer.status_code == 200


def test_the_database_knows_that_too(alice: User) -> None:
    change_profile(
        owner=alice, changes={"phone_number": "+14155552671", "preferred_contact_method": "sms"}
    )
    checks = {check.name: check for check in Profile._meta.constraints}
    condition = checks["profile_preferred_contact_method_valid"].condition  # type: ignore[attr-defined]
    assert Profile.objects.filter(condition).exists()
    assert Profile(owner=alice, preferred_contact_method="sms").values()["phone_number"] == ""
