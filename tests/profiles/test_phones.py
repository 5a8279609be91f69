"""Phone numbers in the API and on the page: E.164 and extension separately, shown in the usual
format."""

from __future__ import annotations

import pytest

from accounts.models import User
from profiles.forms import ProfileForm
from profiles.models import Profile
from profiles.services import change_profile, read_profile
from tests.profiles.conftest import Phone, faults_of


def test_the_extension_goes_to_a_member_of_its_own(phone: Phone) -> None:
    body = phone.patch({"work_phone": "+1 415 555 2671 ext. 12"}).json()
    assert (body["work_phone"], body["work_phone_extension"]) == ("+14155552671", "12")
    contact = {"phone": "+1 415 555 2671 x9"}
    body = phone.patch({"emergency_contact": contact}).json()
    assert body["emergency_contact"]["phone"] == "+14155552671"
    assert body["emergency_contact"]["phone_extension"] == "9"


def test_a_number_keeps_its_extension_and_a_new_one_has_none(phone: Phone) -> None:
    phone.patch({"work_phone": "+1 415 555 2671 ext. 12"})
    assert phone.patch({"work_phone": "+14155552671"}).json()["work_phone_extension"] == "12"
    assert phone.patch({"work_phone_extension": "7"}).json()["work_phone_extension"] == "7"
    assert phone.patch({"work_phone": "+14155552672"}).json()["work_phone_extension"] == ""


def test_an_extension_written_behind_the_number_wins_over_the_one_that_was_stored(
    phone: Phone,
) -> None:
    phone.patch({"work_phone": "+1 415 555 2671 ext. 12"})
    body = {"work_phone": "+1 415 555 2672 ext. 5", "work_phone_extension": "12"}
    assert phone.patch(body).json()["work_phone_extension"] == "5"
    body = {"work_phone": "+1 415 555 2673 ext. 6", "work_phone_extension": ""}
    assert phone.put(body).json()["work_phone_extension"] == "6"


def test_what_was_read_can_be_put_back_with_its_extension(phone: Phone) -> None:
    phone.patch({"work_phone": "+1 415 555 2671 ext. 12"})
    read = phone.get()
    put = phone.put(read.json())
    assert (put.json(), put["ETag"]) == (read.json(), read["ETag"])


def test_an_extension_alone_is_refused(phone: Phone) -> None:
    assert faults_of(phone.patch({"work_phone_extension": "7"})) == {
        "work_phone_extension": "not_filled_in"
    }


@pytest.mark.parametrize(
    ("country", "shown"),
    [("US", "(415) 555-2671"), ("DE", "+1 415-555-2671"), ("", "+1 415-555-2671")],
)
def test_the_page_shows_the_usual_form_and_takes_it_back(
    alice: User, country: str, shown: str
) -> None:
    changes = {"phone_number": "+14155552671", "personal_address.country": country}
    change_profile(owner=alice, changes=changes)
    form = ProfileForm(profile=read_profile(owner=alice))
    assert form["phone_number"].value() == shown
    assert change_profile(owner=alice, changes={"phone_number": shown}).version == 2


def test_the_country_of_the_same_change_is_the_one_that_reads_the_number(phone: Phone) -> None:
    body = {"phone_number": "030 12345678", "personal_address": {"country": "Germany"}}
    assert phone.patch(body).json()["phone_number"] == "+493012345678"
    assert faults_of(phone.patch({"alternate_phone": "12"})) == {
        "alternate_phone": "phone_area_code_missing"
    }


def test_a_number_that_moves_abroad_stays(alice: User) -> None:
    changes = {"phone_number": "030 12345678", "personal_address.country": "DE"}
    change_profile(owner=alice, changes=changes)
    change_profile(owner=alice, changes={"personal_address.country": "US"})
    assert Profile.objects.get().phone_number == "+493012345678"
