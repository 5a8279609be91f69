"""The mini month: six weeks, today and the shown period marked, and the way to a date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from calendars.timeline.mini_month import MiniDay, MiniMonth, mini_month
from profiles.preferences import Reader, change_preferences, reader_from

DAY = timedelta(days=1)
ON = date(2026, 11, 18)


def reader(week_start: int = 0) -> Reader:
    return replace(reader_from({}), week_start=week_start)


def days_of(mini: MiniMonth) -> list[MiniDay]:
    return [day for week in mini.weeks for day in week]


@given(st.dates(date(1900, 2, 1), date(2199, 11, 1)), st.integers(0, 6))
def test_it_has_six_weeks_and_the_whole_month(on: date, week_start: int) -> None:
    mini = mini_month(on=on, view="month", reader=reader(week_start), today=on)
    days = [day.on for day in days_of(mini)]
    assert days == [days[0] + n * DAY for n in range(42)]
    assert days[0].weekday() == week_start
    assert [day.on for day in days_of(mini) if day.is_today] == [on]
    inside = [day.on for day in days_of(mini) if day.in_month]
    assert inside[0].day == 1
    assert (inside[-1] + DAY).day == 1
    assert (mini.previous_on, mini.next_on) == ((inside[0] - DAY).replace(day=1), inside[-1] + DAY)


def test_it_marks_the_period_of_the_view() -> None:
    period = (date(2026, 11, 16), date(2026, 11, 23))
    mini = mini_month(on=ON, view="week", reader=reader(), today=ON, shown=period)
    assert [day.on.day for day in days_of(mini) if day.is_shown] == list(range(16, 23))


@pytest.mark.django_db
def test_it_turns_by_itself_and_keeps_the_mark(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/calendar/mini/2026-12-01/?view=weeks&from=2026-11-30&until=2026-12-07")
    text = page.content.decode()
    assert "December 2026" in text
    assert 'href="/calendar/weeks/2026-12-03/"' in text
    assert text.count("shown") == 7
    assert "/calendar/mini/2027-01-01/?view=weeks&amp;from=2026-11-30" in text
    assert "<body" not in text


@pytest.mark.django_db
def test_it_begins_the_week_as_the_person_does(client: Client, alice: User) -> None:
    change_preferences(owner=alice, changes={"week_start": 6})
    client.force_login(alice)
    text = client.get("/calendar/mini/2026-11-01/?view=month").content.decode()
    assert text.index("Sunday</span>") < text.index("Monday</span>")
    assert "/calendar/month/2026-11-01/" in text
    assert "/calendar/month/2026-10-31/" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("view=month&on=2027-02-03", "/calendar/month/2027-02-03/"),
        ("view=agenda&on=1900-01-01", "/calendar/agenda/1900-01-01/"),
        ("view=day&on=", None),
        ("view=day&on=2026-02-30", None),
        ("view=day&on=0001-01-01", None),
        ("view=day", None),
    ],
)
def test_a_date_leads_to_its_view(client: Client, alice: User, query: str, place: str) -> None:
    client.force_login(alice)
    answer = client.get(f"/calendar/go/?{query}")
    today = client.get("/calendar/day/")["Location"]
    assert (answer.status_code, answer["Location"]) == (302, place or today)


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["", "settings", "//elsewhere.example"])
def test_a_view_that_is_none_is_not_found(client: Client, alice: User, view: str) -> None:
    client.force_login(alice)
    assert client.get("/calendar/go/", {"view": view, "on": "2026-11-18"}).status_code == 404
    assert client.get("/calendar/mini/2026-11-18/", {"view": view}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/calendar/go/?view=month", "/calendar/mini/2026-11-18/"])
def test_a_visitor_is_sent_to_sign_in(client: Client, address: str) -> None:
    assert client.get(address)["Location"].startswith("/accounts/login/")
