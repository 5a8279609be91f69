"""The services validate changes from commands, tasks, pages and the API."""

from __future__ import annotations

import pytest

from accounts.models import User
from config.web.problems import DomainError, Kind
from profiles.models import Profile
from profiles.services import change_profile


def test_every_fault_is_told_and_nothing_is_written(alice: User) -> None:
    changes = {"first_name": "Ada", "emergency_contact.email": "nobody", "shoe_size": 44, "bio": 7}
    with pytest.raises(DomainError) as refusal:
        change_profile(owner=alice, changes=changes)
    assert refusal.value.kind is Kind.INVALID
    assert {(fault.field, fault.code) for fault in refusal.value.faults} == {
        ("emergency_contact.email", "invalid_email"),
        ("shoe_size", "unknown_field"),
        ("bio", "not_text"),
    }
    assert not Profile.objects.exists()


def test_a_version_that_is_past_is_refused(alice: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada"})
    with pytest.raises(DomainError) as refusal:
        change_profile(owner=alice, changes={"first_name": "Grace"}, expected_versions={1})
    assert refusal.value.kind is Kind.PRECONDITION
    assert Profile.objects.get(owner=alice).first_name == "Ada"


@pytest.mark.quick
def test_replacing_clears_what_is_left_out(alice: User) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada", "date_of_birth": "1990-12-10"})
    profile = change_profile(
        owner=alice, changes={"last_name": "Hopper"}, replaces=True, expected_versions={2}
    )
    profile.refresh_from_db()
    assert (profile.first_name, profile.last_name, profile.date_of_birth) == ("", "Hopper", None)
    assert profile.version == 3
