"""Invalid requests: all faults are returned at once, by dotted path, and nothing is written."""

from __future__ import annotations

import pytest

from accounts.models import User
from profiles.models import Profile
from tests.profiles.conftest import URL, Phone, faults_of


def test_all_faults_are_told_at_once_and_nothing_is_written(phone: Phone, alice: User) -> None:
    phone.put({"first_name": "Ada"})
    before = Profile.objects.values().get(owner=alice)
    response = phone.patch(
        {
            "first_name": "Grace",
            "date_of_birth": "2023-02-29",
            "work_address": {"city": "A\nB", "planet": "Mars"},
            "emergency_contact": {"email": "nobody"},
            "shoe_size": 44,
        }
    )
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert faults_of(response) == {
        "date_of_birth": "invalid_date",
        "work_address.city": "control_character",
        "work_address.planet": "unknown_field",
        "emergency_contact.email": "invalid_email",
        "shoe_size": "unknown_field",
    }
    assert Profile.objects.values().get(owner=alice) == before


def test_put_is_refused_as_a_whole_too(phone: Phone, alice: User) -> None:
    phone.put({"first_name": "Ada"})
    assert faults_of(phone.put({"timezone": "PST"})) == {"timezone": "invalid_time_zone"}
    assert Profile.objects.get(owner=alice).first_name == "Ada"


@pytest.mark.parametrize("value", [7, True, 1.5, ["Ada"], {"en": "Ada"}])
def test_text_must_be_text(phone: Phone, value: object) -> None:
    response = phone.patch({"first_name": value, "date_of_birth": value})
    assert response.status_code == 422
    assert faults_of(response) == {"first_name": "not_text", "date_of_birth": "not_text"}


@pytest.mark.parametrize("value", ["London", 7, ["London"]])
def test_an_address_must_be_an_object(phone: Phone, value: object) -> None:
    response = phone.patch({"personal_address": value})
    assert response.status_code == 422
    assert list(faults_of(response)) == ["personal_address"]


@pytest.mark.parametrize("body", [[], [{"first_name": "Ada"}], "Ada", 7])
def test_the_body_must_be_an_object(phone: Phone, body: object) -> None:
    assert phone.patch(body).status_code == 422


@pytest.mark.parametrize("body", ["", "{", '{"first_name": NaN}', "\x00", "first_name=Ada"])
def test_what_is_not_json_cannot_be_read(phone: Phone, body: str) -> None:
    response = phone.client.patch(URL, body, content_type="application/json", headers=phone.headers)
    assert response.status_code == 400
    assert response.json()["code"] == "unreadable"


def test_an_empty_body_does_not_clear_the_profile(phone: Phone, alice: User) -> None:
    phone.put({"first_name": "Ada"})
    response = phone.client.put(URL, content_type="application/json", headers=phone.headers)
    assert response.status_code == 400
    assert Profile.objects.get(owner=alice).first_name == "Ada"


def test_another_media_type_is_not_accepted(phone: Phone) -> None:
    response = phone.client.patch(
        URL, "first_name=Ada", content_type="text/plain", headers=phone.headers
    )
    assert response.status_code == 415


def test_lone_surrogates_are_refused_in_values_and_in_names(phone: Phone) -> None:
    response = phone.client.patch(
        URL,
        r'{"first_name": "A\ud800", "na\ud800me": "x"}',
        content_type="application/json",
        headers=phone.headers,
    )
    assert response.status_code == 422
    assert faults_of(response) == {"first_name": "control_character", "na?me": "unknown_field"}


def test_a_constraint_that_only_the_database_knows_becomes_a_field_fault(
    phone: Phone, profile_refuses_first_names: None
) -> None:
    response = phone.patch({"last_name": "Lovelace", "first_name": "Ada"})
    assert response.status_code == 422
    assert faults_of(response) == {"first_name": "invalid"}
    assert not Profile.objects.filter(last_name="Lovelace").exists()
