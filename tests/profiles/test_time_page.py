"""The page for time zone, language, clock and weeks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from profiles.models import Preferences, Profile, ProfileChange
from profiles.preferences import reader_of
from profiles.services import change_profile

pytestmark = pytest.mark.django_db
FORM = {
    "timezone": "",
    "language": "",
    "second_zone": "",
    "hour_cycle": "",
    "week_start": "",
    "weeks": "3",
    "density": "normal",
}


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.mark.quick
def test_all_is_saved_at_once(browser: Client, alice: User, bob: User) -> None:
    form = {
        "timezone": "europe/berlin",
        "language": "German",
        "second_zone": "Asia/Tokyo",
        "hour_cycle": "12",
        "week_start": "6",
        "week_numbers": "on",
        "weeks": "4",
        "density": "roomy",
    }
    answer = browser.post("/settings/time/", form)

    assert (answer.status_code, answer["Location"]) == (302, "/settings/time/")
    reader = reader_of(User.objects.get(pk=alice.pk))
    assert (str(reader.zone), str(reader.second_zone)) == ("Europe/Berlin", "Asia/Tokyo")
    assert reader.language == "de"
    assert (reader.hour_cycle, reader.week_start, reader.week_numbers) == ("12", 6, True)
    assert (reader.weeks, reader.density) == (4, "roomy")
    assert set(ProfileChange.objects.values_list("field", "door")) == {
        ("timezone", "page"),
        ("language", "page"),
    }
    assert not Preferences.objects.filter(owner=bob).exists()


def test_the_page_shows_what_is_stored(browser: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Tokyo", "first_name": "Ada"})
    browser.post("/settings/time/", {**FORM, "timezone": "Asia/Tokyo", "hour_cycle": "24"})
    page = browser.get("/settings/time/").content.decode()
    assert 'value="Asia/Tokyo"' in page
    assert '<option value="24" selected>' in page
    assert Profile.objects.get(owner=alice).first_name == "Ada", "other fields stay"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Olympus"),
        ("language", "Klingonese"),
        ("second_zone", "Nowhere"),
        ("hour_cycle", "13"),
        ("week_start", "2"),
        ("weeks", "9"),
        ("density", "dense"),
    ],
)
def test_a_refused_value_saves_nothing_and_keeps_what_was_typed(
    browser: Client, alice: User, field: str, value: str
) -> None:
    sent: dict[str, Any] = {**FORM, "timezone": "Europe/Berlin", "week_numbers": "on", field: value}
    answer = browser.post("/settings/time/", sent)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert page.count("errorlist") == 1
    assert 'aria-invalid="true"' in page
    assert value in page or field not in ("timezone", "language", "second_zone")
    assert not Preferences.objects.filter(owner=alice).exists()
    assert not Profile.objects.filter(owner=alice).exclude(timezone="").exists()


def test_nobody_elses_page_is_shown(alice: User) -> None:
    assert Client().get("/settings/time/").status_code == 302
    assert Client().post("/settings/time/", FORM).status_code == 302
    assert not Preferences.objects.exists()
