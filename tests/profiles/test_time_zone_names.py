"""`timezone` and `time_zone` are one value; clients that know only the first name lose nothing."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from profiles.models import Profile
from tests.profiles.conftest import Phone, faults_of


@pytest.fixture
def phone_in_berlin(phone: Phone) -> Phone:
    phone.patch({"timezone": "Europe/Berlin"})
    return phone


def test_both_are_read(phone_in_berlin: Phone) -> None:
    body = phone_in_berlin.get().json()
    assert (body["timezone"], body["time_zone"]) == ("Europe/Berlin", "Europe/Berlin")


@pytest.mark.parametrize(
    ("body", "zone"),
    [
        ({"time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"timezone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"timezone": "Asia/Tokyo", "time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"timezone": "Asia/Tokyo", "time_zone": "Europe/Berlin"}, "Asia/Tokyo"),
        ({"timezone": "Europe/Berlin", "time_zone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"time_zone": None}, ""),
        ({"timezone": "", "time_zone": "Europe/Berlin"}, ""),
        ({}, "Europe/Berlin"),
    ],
)
def test_the_one_that_brings_a_change_is_meant(
    phone_in_berlin: Phone, alice: User, body: dict[str, Any], zone: str
) -> None:
    assert phone_in_berlin.patch(body).status_code == 200
    assert Profile.objects.get(owner=alice).timezone == zone


def test_a_whole_profile_sent_back_with_one_change(phone_in_berlin: Phone, alice: User) -> None:
    """Like an old client, which sends back members it doesn't know."""
    whole = phone_in_berlin.get().json()
    assert phone_in_berlin.put({**whole, "timezone": "Asia/Tokyo"}).status_code == 200
    assert Profile.objects.get(owner=alice).timezone == "Asia/Tokyo"


def test_two_changes_contradict(phone_in_berlin: Phone, alice: User) -> None:
    answer = phone_in_berlin.patch({"timezone": "Asia/Tokyo", "time_zone": "Asia/Seoul"})

    assert (answer.status_code, faults_of(answer)) == (422, {"time_zone": "contradiction"})
    assert Profile.objects.get(owner=alice).timezone == "Europe/Berlin"


def test_a_fault_is_told_at_the_name_that_was_sent(phone_in_berlin: Phone) -> None:
    for name in ("timezone", "time_zone"):
        assert faults_of(phone_in_berlin.patch({name: "Mars"})) == {name: "invalid_time_zone"}


@pytest.mark.parametrize("odd", [5, [], {}, ["x"], True])
def test_what_is_no_text_is_refused(phone_in_berlin: Phone, odd: object) -> None:
    answer = phone_in_berlin.patch({"time_zone": odd, "timezone": "Asia/Tokyo"})
    assert answer.status_code == 422
