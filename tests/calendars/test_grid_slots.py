"""Each empty place of the grids is a link to the form of a new event at its time."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from accounts.models import User
from profiles.services import change_profile

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 18)


def links(client: Client, address: str) -> list[str]:
    page = client.get(address).content.decode()
    slots = "".join(re.findall(r'<div class="slots"[^>]*>(.*?)</div>', page))
    return re.findall(r'href="/events/new/\?start=([^"]+)"', slots)


def test_each_hour_of_the_week_is_a_link(client: Client, alice: User) -> None:
    client.force_login(alice)
    found = links(client, f"/calendar/week/{ON}/")
    assert len(found) == 7 * 24
    assert found[0] == "2026-11-16T00:00"
    assert found[-1] == "2026-11-22T23:00"


def test_each_day_has_a_place_for_the_whole_day(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get(f"/calendar/day/{ON}/").content.decode()
    assert f'<a class="slot" href="/events/new/?start={ON}&amp;all_day=1"' in page


def test_a_missing_hour_is_none_and_a_repeated_one_names_its_offset(
    client: Client, alice: User
) -> None:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    client.force_login(alice)
    spring = links(client, "/calendar/day/2026-03-29/")
    assert len(spring) == 23
    assert "2026-03-29T02:00" not in spring
    autumn = links(client, "/calendar/day/2026-10-25/")
    assert len(autumn) == 25
    assert autumn[2:4] == ["2026-10-25T02:00", "2026-10-25T02:00%2B01:00"]
    # On the other days of the week the repeated hour is a gap.
    week = links(client, "/calendar/week/2026-10-25/")
    assert len(week) == 6 * 24 + 25


@pytest.mark.parametrize("view", ["month", "weeks"])
def test_each_day_of_a_month_is_a_link(client: Client, alice: User, view: str) -> None:
    client.force_login(alice)
    page = client.get(f"/calendar/{view}/{ON}/").content.decode()
    found = re.findall(r'<a href="/events/new/\?start=([0-9-]+)" class="slot"', page)
    days = re.findall(r'id="day-([0-9-]+)"', page)
    assert found == days
    assert len(days) > 13


def test_slots_are_for_pointers_alone(client: Client, alice: User) -> None:
    """Screen readers and Tab would meet 168 of them before the events; `n` does the same."""
    client.force_login(alice)
    for view in ("week", "month"):
        page = client.get(f"/calendar/{view}/{ON}/").content.decode()
        slots = re.findall(r'<a [^>]*href="/events/new/\?start=[^>]*>(?=</a>)', page)
        assert slots
        assert all('tabindex="-1"' in slot for slot in slots)
        outside = re.sub(r'<div class="slots" aria-hidden="true">.*?</div>', "", page)
        hidden = re.findall(r'<a [^>]*class="slot"[^>]*>', outside)
        assert hidden
        assert all('aria-hidden="true"' in slot for slot in hidden)
