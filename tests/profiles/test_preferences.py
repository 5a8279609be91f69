"""How pages show times: what the user chose, and otherwise what the locale says."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from config.web.problems import DomainError
from profiles.models import Preferences
from profiles.preferences import change_preferences, reader_of, remember_view
from profiles.services import change_profile

pytestmark = pytest.mark.django_db


def test_defaults_without_a_row(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        reader = reader_of(alice)
        assert reader_of(alice) is reader

    assert (str(reader.zone), reader.hour_cycle, reader.week_start) == ("UTC", "24", 0)
    assert (reader.second_zone, reader.week_numbers, reader.view) == (None, False, "week")


@pytest.mark.parametrize(
    ("language", "country", "clock", "first"),
    [
        ("en-US", "", "12", 6),
        ("en", "US", "12", 6),
        ("en", "", "24", 0),
        ("en-GB", "", "24", 0),
        ("de", "", "24", 0),
        ("ar-EG", "", "12", 5),
    ],
)
def test_the_locale_sets_clock_and_week(
    alice: User, language: str, country: str, clock: str, first: int
) -> None:
    changes = {"language": language, "personal_address.country": country}
    change_profile(owner=alice, changes={key: value for key, value in changes.items() if value})

    reader = reader_of(alice)

    assert (reader.hour_cycle, reader.week_start) == (clock, first)


def test_a_choice_wins_over_the_locale(alice: User) -> None:
    change_profile(owner=alice, changes={"language": "en-US"})
    change_preferences(owner=alice, changes={"hour_cycle": "24", "week_start": 0})

    assert (reader_of(alice).hour_cycle, reader_of(alice).week_start) == ("24", 0)


def test_a_change_is_seen_at_once(alice: User, bob: User) -> None:
    reader_of(alice)
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    change_preferences(owner=alice, changes={"second_zone": "Europe/Berlin"})

    assert str(reader_of(alice).zone) == "Asia/Tokyo"
    assert str(reader_of(alice).second_zone) == "Europe/Berlin"
    assert reader_of(bob).second_zone is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("second_zone", "Mars/Olympus"), ("density", "dense"), ("weeks", 9), ("week_start", 7)],
)
def test_a_value_that_does_not_exist_is_refused(alice: User, name: str, value: object) -> None:
    with pytest.raises(DomainError) as caught:
        change_preferences(owner=alice, changes={name: value})

    assert [fault.field for fault in caught.value.faults] == [name]
    assert not Preferences.objects.filter(owner=alice).exists()


def test_the_view_used_last_is_remembered(alice: User) -> None:
    remember_view(owner=alice, view="month")

    assert reader_of(User.objects.get(pk=alice.pk)).view == "month"
