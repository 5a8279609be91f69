"""The user's time zone, as used by the calendars."""

from __future__ import annotations

from django.db import connection

from accounts.models import User
from profiles.services import change_profile, read_profile, time_zone_of


def test_it_is_utc_until_one_is_chosen(alice: User) -> None:
    assert time_zone_of(alice).key == "UTC"
    read_profile(owner=alice)
    assert time_zone_of(alice).key == "UTC"


def test_it_is_the_one_that_was_chosen(alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "europe/berlin"})
    assert time_zone_of(alice).key == "Europe/Berlin"
    assert time_zone_of(User.objects.get(pk=alice.pk)).key == "Europe/Berlin"


def test_a_zone_that_only_the_database_knows_is_utc_here(alice: User) -> None:
    read_profile(owner=alice)
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "ALTER TABLE profiles_profile DROP CONSTRAINT profile_timezone_valid;"
            "UPDATE profiles_profile SET timezone = 'Europe/Atlantis'"
        )
    assert time_zone_of(User.objects.get(pk=alice.pk)).key == "UTC"
