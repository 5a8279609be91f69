"""Passwords out of breaches and of one's own words are refused wherever one is chosen."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from accounts.models import User
from profiles.services import change_profile
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
GUESSED = (
    "P@ssw0rd123",
    "qwertyuiop123",
    "iloveyou2024",
    "monkey123456",
    "Summer2026!",
    "trustno1234",
)
OWN = ("Alice.Example1", "alice-example", "daybook4alice", "Lovelace1815", "AnalyticalEngines7")
GOOD = (PASSWORD, "a walk along the canal", "correct horse battery staple", "Vr7#qLw2!xTz9")


@pytest.fixture
def ada(alice: User) -> User:
    change_profile(owner=alice, changes={"last_name": "Lovelace", "company": "Analytical Engines"})
    return alice


def codes(password: str, user: User | None) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    return {error.code or "" for error in refused.value.error_list}


@pytest.mark.parametrize("password", GUESSED)
def test_what_was_stolen_elsewhere_is_refused(password: str) -> None:
    assert "password_guessable" in codes(password, None)


@pytest.mark.parametrize("password", OWN)
def test_ones_own_words_are_refused(ada: User, password: str) -> None:
    assert codes(password, ada) & {"password_own_words", "password_guessable"}


def test_own_words_alone_are_told_as_such(ada: User) -> None:
    assert "password_own_words" in codes("AnalyticalEngines7", ada)
    validate_password("AnalyticalEngines7", None)


@pytest.mark.parametrize("password", GOOD)
def test_a_good_one_is_taken(ada: User, password: str) -> None:
    validate_password(password, ada)


def test_a_good_one_may_have_an_own_word_in_it(ada: User) -> None:
    validate_password("lovelace walks along the canal", ada)


@pytest.mark.parametrize("password", ["a" * 1000, "4@8({[</369&#!1/|0$5+7%2" * 20, "qwerty" * 100])
def test_a_long_one_costs_little(password: str) -> None:
    began = time.process_time()
    with suppress(ValidationError):
        validate_password(password)
    assert time.process_time() - began < 2


def test_the_pages_refuse_it(ada: User) -> None:
    form = {"email": "dora@example.org", "password1": GUESSED[0], "password2": GUESSED[0]}
    assert Browser().post("/accounts/signup/", form).status_code == 200
    assert not User.objects.filter(email="dora@example.org").exists()

    browser = Browser()
    browser.force_login(ada)
    change = {"oldpassword": PASSWORD, "password1": OWN[4], "password2": OWN[4]}
    answer = browser.post("/accounts/password/change/", change)

    assert "made of your address" in answer.content.decode()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
