"""Words are in the language that a request accepts, or that its person chose."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import get_language

from accounts.local_time import day, month_title
from accounts.models import User
from accounts.reading import for_reader
from config.web.languages import nearest_language, preferred_tag, speaking
from profiles.services import change_profile

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("gsw-CH", "de"),
        ("en-US", "en"),
        ("fr", ""),
        ("", ""),
        ("no such tag", ""),
    ],
)
def test_a_tag_means_the_nearest_language(tag: str, language: str) -> None:
    assert nearest_language(tag) == language


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de-at"),
        ("fr-FR,fr;q=0.9,de;q=0.8,en;q=0.7", "de"),
        ("en;q=0.1,de;q=0.9", "de"),
        ("fr", ""),
        ("*", ""),
        ("", ""),
        ("de" * 4000, ""),
        ("\x00;q=é", ""),
    ],
)
def test_the_header_names_the_first_that_is_translated(header: str, tag: str) -> None:
    assert preferred_tag(header) == tag


def test_a_lazy_language_is_decided_once_and_only_when_it_is_needed() -> None:
    asked: list[str] = []

    def german() -> str:
        asked.append("de")
        return "de"

    with speaking(german, meanwhile="en") as spoken:
        before, count = spoken.language, len(asked)
        assert get_language() == get_language() == spoken.language == "de"
    assert (before, count) == (None, 0)
    assert asked == ["de"]
    assert get_language() == "en"


@pytest.mark.django_db
def test_a_visitors_page_is_in_the_accepted_language(client: Client) -> None:
    german = client.get("/accounts/login/", headers=GERMAN)
    assert '<html lang="de">' in german.content.decode()
    assert german["Content-Language"] == "de"
    assert "Accept-Language" in german["Vary"]
    english = client.get("/accounts/login/")
    assert '<html lang="en">' in english.content.decode()
    assert english["Content-Language"] == "en"


@pytest.mark.django_db
def test_a_persons_choice_wins_over_their_browser(client: Client, alice: User) -> None:
    client.force_login(alice)
    before = client.get(reverse("settings-log"), headers=GERMAN)
    assert '<html lang="de">' in before.content.decode()
    change_profile(owner=alice, changes={"language": "en-US"})
    after = client.get(reverse("settings-log"), headers=GERMAN)
    assert '<html lang="en">' in after.content.decode()
    assert after["Content-Language"] == "en"


@pytest.mark.django_db
def test_the_language_and_the_zone_take_one_query(client: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"language": "de", "timezone": "Europe/Berlin"})
    client.force_login(alice)
    client.get(reverse("settings-log"))
    with CaptureQueriesContext(connection) as told:
        client.get(reverse("settings-log"))
    asked = [one["sql"] for one in told if '"profiles_profile"' in one["sql"]]
    assert len(asked) == 1


@pytest.mark.django_db
def test_an_answer_without_words_costs_no_query(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/settings/calendars/").content.decode()
    version = page.split('data-version="')[1].split('"')[0]
    with CaptureQueriesContext(connection) as told:
        answer = client.get("/calendar/version/", headers={"If-None-Match": f'"{version}"'})
    assert answer.status_code == 304
    assert not [one["sql"] for one in told if "profiles_profile" in one["sql"]]


@pytest.mark.django_db
def test_dates_in_a_block_for_a_person_are_theirs(alice: User) -> None:
    change_profile(owner=alice, changes={"language": "de-AT", "timezone": "Europe/Vienna"})
    with for_reader(alice):
        assert get_language() == "de"
        assert day(date(2027, 1, 8)) == "8. Jänner 2027"
    assert month_title(date(2027, 1, 8)) == "January 2027"


@pytest.mark.django_db
def test_errors_of_the_api_are_in_the_accepted_language(client: Client) -> None:
    german = client.get("/api/v1/profile", headers=GERMAN)
    english = client.get("/api/v1/profile")
    assert german["Content-Language"] == "de"
    assert english["Content-Language"] == "en"
    assert german.json()["code"] == english.json()["code"]
    assert german.status_code == english.status_code == 401
