"""Each entry appears on exactly the days that it touches in the viewer's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.timeline.agenda import agenda_view
from calendars.timeline.day_entry import dates_of, entries_by_day
from tests.calendars.timeline import all_day, midnight, timed

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ZONES = [
    timezone(timedelta(hours=14)),
    timezone(timedelta(hours=-12)),
    ZoneInfo("America/St_Johns"),
    ZoneInfo("America/Sao_Paulo"),
    ZoneInfo("Pacific/Apia"),
    ZoneInfo("Asia/Beirut"),
    ZoneInfo("Europe/Berlin"),
]
instants = st.integers(0, 8 * 365 * 24 * 60).map(
    lambda minute: datetime(2005, 1, 1, tzinfo=UTC) + minute * MINUTE
)
dates = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def local_dates(start_at: datetime, end_at: datetime, zone: tzinfo) -> set[date]:
    """Compute the same by brute force, from the date of every minute."""
    return {at.astimezone(zone).date() for at in minutes(start_at, end_at)}


def minutes(start_at: datetime, end_at: datetime) -> Iterator[datetime]:
    yield start_at
    while (start_at := start_at + MINUTE) < end_at:
        yield start_at


@given(instants, st.integers(0, 3000), st.sampled_from(ZONES))
def test_a_timed_entry_is_on_the_local_dates_of_its_minutes(
    start_at: datetime, length: int, zone: tzinfo
) -> None:
    end_at = start_at + length * MINUTE
    days = entries_by_day([timed(start_at.astimezone(zone), end_at.astimezone(zone))])
    assert set(days) == spanned(local_dates(start_at, end_at, zone))


def spanned(days: set[date]) -> set[date]:
    """Include the dates between: a zone that skips a date has no minute on it."""
    return {min(days) + n * DAY for n in range((max(days) - min(days)).days + 1)}


@given(dates, st.integers(1, 40), st.sampled_from(ZONES))
def test_an_all_day_entry_is_on_its_own_dates_in_every_zone(
    first_on: date, length: int, zone: tzinfo
) -> None:
    end_on = first_on + length * DAY
    view = agenda_view(
        [all_day(first_on, end_on)],
        on=first_on - 3 * DAY,
        today=midnight(first_on, zone).date(),
        days=length + 6,
    )
    assert [day.on for day in view.days if day.entries] == [
        first_on + n * DAY for n in range(length)
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_what_ends_at_midnight_leaves_the_next_day_free(zone: tzinfo) -> None:
    evening = datetime(2026, 11, 23, 22, tzinfo=zone)
    entry = timed(evening, midnight(date(2026, 11, 24), zone))
    assert dates_of(entry) == (date(2026, 11, 23), date(2026, 11, 23))


def test_when_a_day_begins_at_one_o_clock_an_end_there_leaves_it_free() -> None:
    """Sao Paulo, 4 November 2018: midnight didn't exist."""
    zone = ZoneInfo("America/Sao_Paulo")
    end_at = datetime(2018, 11, 4, 3, tzinfo=UTC).astimezone(zone)
    assert end_at.hour == 1
    entry = timed(datetime(2018, 11, 3, 22, tzinfo=zone), end_at)
    assert dates_of(entry) == (date(2018, 11, 3), date(2018, 11, 3))


def test_an_entry_tells_its_part_of_each_day() -> None:
    trip = timed(datetime(2026, 11, 23, 22, tzinfo=UTC), datetime(2026, 11, 25, 6, tzinfo=UTC))
    days = entries_by_day([trip])
    labels = [days[date(2026, 11, day)][0].when for day in (23, 24, 25)]
    assert labels == ["From 22:00", "All day", "Until 06:00"]


def test_a_moment_shows_one_time_and_a_meeting_two() -> None:
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    moment, meeting = timed(nine, nine), timed(nine, nine + 30 * MINUTE)
    shown = entries_by_day([moment, meeting])[nine.date()]
    assert [one.when for one in shown] == ["09:00", "09:00–09:30"]  # noqa: RUF001


def test_a_day_lists_what_fills_it_then_what_goes_on_then_what_starts() -> None:
    on = date(2026, 11, 24)
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    entries = [
        timed(noon, noon + MINUTE, "lunch"),
        timed(noon - DAY, noon, "journey"),
        all_day(on, on + DAY, "holiday"),
    ]
    shown = [one.entry.summary for one in entries_by_day(entries)[on]]
    assert shown == ["holiday", "journey", "lunch"]


def test_the_agenda_keeps_its_first_day_and_today_though_they_are_empty() -> None:
    on = date(2026, 11, 20)
    view = agenda_view([], on=on, today=on + 3 * DAY, days=14)
    assert [day.on for day in view.days] == [on, on + 3 * DAY]
    assert (view.previous_on, view.last_on) == (on - 14 * DAY, on + 13 * DAY)
