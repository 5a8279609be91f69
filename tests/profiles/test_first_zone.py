"""A new user gets the browser's time zone, sees it, and changes it in one step."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from profiles.fields.locale import current_name, zone_names
from profiles.models import Profile, ProfileChange
from profiles.services import change_profile
from tests.accounts.second_steps import code_of, set_up_app
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
NEW = {"email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD}


def sign_up(client: Client, zone: str) -> User:
    answer = client.post("/accounts/signup/", NEW | {"time_zone": zone})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    return User.objects.get(email=NEW["email"])


def sign_in(client: Client, user: User, **zone: str) -> str:
    form = {"login": user.email, "password": PASSWORD, **zone}
    answer = client.post("/accounts/login/", form, follow=True)
    assert answer.status_code == 200
    assert client.session["_auth_user_id"] == str(user.pk)
    return answer.content.decode()


def zone_in_database(user: User) -> str:
    return Profile.objects.filter(owner=user).values_list("timezone", flat=True).first() or ""


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("asia/tokyo", "Asia/Tokyo"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Asia/Katmandu", "Asia/Kathmandu"),
        ("Europe/Kiev", "Europe/Kyiv"),
    ],
)
def test_a_sign_up_takes_the_browsers_zone(client: Client, told: str, taken: str) -> None:
    """Stored under its current name: browsers send former names."""
    dora = sign_up(client, told)
    assert zone_in_database(dora) == taken
    change = ProfileChange.objects.get(owner=dora)
    assert (change.field, change.door, change.actor) == ("timezone", "signin", None)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "Etc/Unknown", "x" * 5000, "Europe/Berlin\x00", "UTC", "' OR 1"]
)
def test_a_zone_that_is_not_valid_fails_no_sign_up(client: Client, zone: str) -> None:
    dora = sign_up(client, zone)
    assert zone_in_database(dora) == ""
    assert EmailAddress.objects.filter(user=dora).exists()


def test_a_first_sign_in_takes_it_and_says_so(client: Client, alice: User) -> None:
    page = sign_in(client, alice, time_zone="Asia/Kathmandu")
    assert zone_in_database(alice) == "Asia/Kathmandu"
    assert "Times are shown in Asia/Kathmandu" in page
    assert 'value="Asia/Kathmandu"' in client.get("/settings/time/").content.decode()


def test_a_sign_in_without_javascript_takes_none(client: Client, alice: User) -> None:
    assert "browser's time zone" not in unescape(sign_in(client, alice))
    assert not ProfileChange.objects.filter(owner=alice).exists()


@pytest.mark.parametrize("chosen", ["Europe/Berlin", ""])
def test_what_a_person_chose_stays(client: Client, alice: User, chosen: str) -> None:
    """Clearing the field counts as a choice: UTC, as its hint says."""
    change_profile(owner=alice, changes={"timezone": "America/St_Johns"})
    change_profile(owner=alice, changes={"timezone": chosen})
    page = sign_in(client, alice, time_zone="Asia/Kathmandu")
    assert zone_in_database(alice) == chosen
    assert "Asia/Kathmandu" not in page


def test_a_sign_in_in_two_steps_takes_it_at_the_second(client: Client, alice: User) -> None:
    secret = set_up_app(alice)
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert 'name="time_zone"' in client.get("/accounts/2fa/authenticate/").content.decode()
    form = {"code": code_of(secret), "time_zone": "Asia/Kathmandu"}
    assert client.post("/accounts/2fa/authenticate/", form).status_code == 302
    assert zone_in_database(alice) == "Asia/Kathmandu"


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/login/"])
def test_the_form_asks_the_browser(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    assert "data-browser-zone" in page
    assert "js/time_zone.js" in page


@pytest.mark.parametrize("address", ["/calendar/month/2026-11-18/", "/calendar/agenda/2026-11-18/"])
def test_the_zone_is_shown_and_changed_in_one_step(
    client: Client, alice: User, charlie: User, address: str
) -> None:
    client.force_login(alice)
    page = client.get(address).content.decode()
    assert "Times are in UTC" in page
    assert 'action="/settings/time/zone/"' in page

    answer = client.post(
        "/settings/time/zone/",
        {"time_zone": "america/new york"},
        headers={"Referer": f"http://testserver{address}"},
    )
    assert (answer.status_code, answer["Location"]) == (302, f"http://testserver{address}")
    assert zone_in_database(alice) == "America/New_York"
    assert "Times are in America/New_York" in client.get(address).content.decode()
    assert zone_in_database(charlie) == ""


def test_a_zone_that_does_not_exist_is_refused_with_a_reason(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.post("/settings/time/zone/", {"time_zone": "Berlin"}, follow=True)
    assert "Choose a time zone from the list, such as Europe/Berlin." in answer.content.decode()
    assert zone_in_database(alice) == ""


@pytest.mark.parametrize("referer", ["https://elsewhere.example/", "javascript:alert(1)", ""])
def test_the_way_back_stays_on_this_site(client: Client, alice: User, referer: str) -> None:
    client.force_login(alice)
    answer = client.post("/settings/time/zone/", {"time_zone": ""}, headers={"Referer": referer})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_present_name_is_the_same_clock_and_a_name_to_choose() -> None:
    renamed = {name: current_name(name) for name in zone_names() if current_name(name) != name}
    assert len(renamed) > 50
    for name, present in renamed.items():
        assert present in zone_names()
        assert current_name(present) == present
        for month in range(1, 13):
            at = datetime(2026, month, 1, tzinfo=UTC)
            clocks = {at.astimezone(ZoneInfo(one)).utcoffset() for one in (name, present)}
            assert len(clocks) == 1, name


def test_a_visitor_changes_no_zone(client: Client) -> None:
    answer = client.post("/settings/time/zone/", {"time_zone": "Europe/Berlin"})
    assert answer["Location"].startswith("/accounts/login/")
