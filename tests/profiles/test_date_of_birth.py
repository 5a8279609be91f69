"""A date of birth: ISO format, a real date, not in the future, at most 130 years ago."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from profiles.fields.validators import FIELDS
from profiles.services import change_profile
from profiles.widgets import widget_of

RULE = FIELDS["date_of_birth"]


def years_ago(years: int) -> datetime.date:
    today = timezone.now().date()
    return today.replace(year=today.year - years, day=min(today.day, 28))


def test_a_child_born_today_and_a_person_of_129_are_accepted(alice: User) -> None:
    for day in (timezone.now().date(), years_ago(129)):
        profile = change_profile(owner=alice, changes={"date_of_birth": day.isoformat()})
        profile.refresh_from_db()
        assert profile.date_of_birth == day


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (timezone.now().date() + datetime.timedelta(days=2), "date_in_future"),
        (years_ago(131), "date_too_old"),
        (datetime.date.min, "date_too_old"),
    ],
)
def test_a_day_outside_a_life_is_refused(day: datetime.date, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        RULE.clean(day.isoformat())
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "raw",
    ["1990-W52-1", "199012", "901231", "05/06/90", "5.6.1990", "1990-12-31T00:00", "١٩٩٠-١٢-٣١"],
)
def test_other_writings_are_refused_with_what_to_write(raw: str) -> None:
    with pytest.raises(ValidationError, match="YYYY-MM-DD") as refusal:
        RULE.clean(raw)
    assert refusal.value.code == "invalid_date"


def test_an_ambiguous_day_names_both_readings() -> None:
    with pytest.raises(ValidationError, match="1990-03-04 or 1990-04-03") as refusal:
        RULE.clean("3/4/1990", {"language": "en"})
    assert refusal.value.code == "ambiguous_date"


def test_the_language_of_the_same_change_decides_and_of_what_is_stored(alice: User) -> None:
    changes = {"date_of_birth": "3/4/1990", "language": "de"}
    assert change_profile(owner=alice, changes=changes).date_of_birth == datetime.date(1990, 4, 3)
    again = change_profile(owner=alice, changes={"date_of_birth": "5/6/1990"})
    assert again.date_of_birth == datetime.date(1990, 6, 5)


@pytest.mark.parametrize("raw", ["31121990", "12311990", "19901301", "20010229"])
def test_eight_digits_in_another_order_are_no_day(raw: str) -> None:
    with pytest.raises(ValidationError, match="doesn't exist"):
        RULE.clean(raw)


@given(day=st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2020, 12, 31)))
@settings(max_examples=60)
def test_a_keyboard_of_numbers_suffices(day: datetime.date) -> None:
    assert RULE.clean(f"{day:%Y%m%d}") == day
    assert widget_of("date_of_birth").attrs["inputmode"] == "numeric"
