"""The ruler of the week has a place for every minute, also on days with a clock change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.timeline.ruler import SLOT, Band, Change, Hour, Ruler, clock_changes

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
# A day with a clock change in each zone: forward and back; at midnight; by half an hour, by two.
CHANGING = [
    ("Europe/Berlin", AUTUMN),
    ("Europe/Berlin", SPRING),
    ("America/St_Johns", date(2026, 11, 1)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Sao_Paulo", date(2018, 2, 17)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Antarctica/Troll", date(2026, 10, 25)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
]
# Changes that are drawn over each other, or that a date line made.
ODD = [
    ("Pacific/Kwajalein", date(1969, 9, 30)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/St_Johns", date(2006, 10, 28)),
    ("Europe/Amsterdam", date(1937, 7, 1)),
    ("Africa/Monrovia", date(1972, 1, 7)),
]


def week_of(on: date) -> list[date]:
    return [on + number * DAY for number in range(-3, 4)]


def minutes_of(on: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Return each minute of a day as it passes."""
    start_at, end_at = (datetime.combine(d, time.min, zone).astimezone(UTC) for d in (on, on + DAY))
    while start_at < end_at:
        yield start_at.astimezone(zone)
        start_at += MINUTE


@pytest.mark.parametrize(("name", "changed_on"), CHANGING)
def test_every_minute_has_a_place_of_its_own_in_order(name: str, changed_on: date) -> None:
    zone = ZoneInfo(name)
    ruler = Ruler.of(week_of(changed_on), zone)
    for on in (changed_on, changed_on - DAY, changed_on + 2 * DAY):
        heights = [ruler.minutes_of(at) for at in minutes_of(on, zone)]
        assert heights == sorted(set(heights))
        taken = {int(height) // SLOT for height in heights}
        missing = {slot for band in ruler.bands_of(on) for slot in range(*band)}
        assert taken | missing == set(range(ruler.slots))
        assert not taken & missing


@pytest.mark.parametrize(("name", "changed_on"), CHANGING)
def test_a_day_with_a_change_is_as_long_as_it_is(name: str, changed_on: date) -> None:
    zone = ZoneInfo(name)
    ruler = Ruler.of(week_of(changed_on), zone)
    minutes = sum(1 for _ in minutes_of(changed_on, zone))
    shown = ruler.slots - sum(band.end - band.start for band in ruler.bands_of(changed_on))
    assert shown * SLOT == minutes != 24 * 60


@given(
    st.sampled_from(CHANGING + ODD),
    st.integers(-4, 4),
    st.integers(0, 26 * 60),
    st.integers(1, 300),
)
@settings(max_examples=300)
def test_an_event_is_at_least_as_high_as_nothing(
    change: tuple[str, date], days: int, minute: int, length: int
) -> None:
    zone, ruler = ZoneInfo(change[0]), Ruler.of(week_of(change[1]), ZoneInfo(change[0]))
    start_at = datetime.combine(change[1] + days * DAY, time.min, zone).astimezone(UTC)
    start_at += minute * MINUTE
    start, end = start_at.astimezone(zone), (start_at + length * MINUTE).astimezone(zone)
    assert 0 <= ruler.start_of(start) < ruler.slots
    if start.date() == end.date() and change in CHANGING:
        assert ruler.start_of(start) < ruler.end_of(end) <= ruler.slots


def test_an_hour_that_comes_twice_is_drawn_twice() -> None:
    ruler = Ruler.of(week_of(AUTUMN), BERLIN)
    assert ruler.changes == (Change(AUTUMN, 120, 180, repeated=True),)
    assert ruler.slots == 25 * 12
    assert ruler.hours[1:5] == [
        Hour(time(1)), Hour(time(2)), Hour(time(2), AUTUMN), Hour(time(3)),
    ]  # fmt: skip
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert (ruler.start_of(first), ruler.start_of(first.replace(fold=1))) == (30, 42)
    assert ruler.bands_of(AUTUMN) == []
    assert ruler.bands_of(AUTUMN - DAY) == [Band(36, 48)]


def test_what_ends_as_the_repeated_hour_begins_ends_there() -> None:
    ruler = Ruler.of(week_of(AUTUMN), BERLIN)
    there = datetime(2026, 10, 25, 2, tzinfo=BERLIN, fold=1)
    assert ruler.end_of(there) == 36
    assert ruler.end_of(there.replace(hour=3, fold=0)) == 48
    assert ruler.end_of(datetime(2026, 10, 24, 3, tzinfo=BERLIN)) == 36


def test_an_hour_that_is_missing_is_a_band_of_its_day() -> None:
    ruler = Ruler.of(week_of(SPRING), BERLIN)
    assert ruler.slots == 24 * 12
    assert ruler.bands_of(SPRING) == [Band(24, 36)]
    assert ruler.bands_of(SPRING + DAY) == []
    assert ruler.start_of(datetime(2027, 3, 28, 3, tzinfo=BERLIN)) == 36


def test_half_an_hour_that_comes_twice_takes_an_hour() -> None:
    """Lord Howe Island, 5 April 2026: from 02:00 back to 01:30."""
    on = date(2026, 4, 5)
    ruler = Ruler.of(week_of(on), ZoneInfo("Australia/Lord_Howe"))
    assert ruler.hours[2:4] == [Hour(time(1, 30), on), Hour(time(2))]
    assert ruler.bands_of(on) == [Band(30, 36)]
    assert ruler.bands_of(on + DAY) == [Band(24, 36)]


@pytest.mark.parametrize(("name", "changed_on"), ODD)
def test_a_day_that_never_was_has_a_ruler_all_the_same(name: str, changed_on: date) -> None:
    ruler = Ruler.of(week_of(changed_on), ZoneInfo(name))
    assert ruler.slots == 24 * 12
    assert len(ruler.hours) == 24


def test_a_skipped_date_is_one_band() -> None:
    """Samoa crossed the date line at the end of 29 December 2011."""
    ruler = Ruler.of(week_of(date(2011, 12, 30)), ZoneInfo("Pacific/Apia"))
    assert Band(0, 288) in ruler.bands_of(date(2011, 12, 30))


@given(st.dates(date(1901, 1, 1), date(2100, 1, 1)), st.sampled_from(["UTC", "Asia/Tokyo"]))
def test_usual_days_have_no_change(on: date, name: str) -> None:
    if name == "UTC" or on.year > 1960:
        assert list(clock_changes(on, ZoneInfo(name))) == []
