"""Dates and times are written by the reader's locale and clock, as CLDR has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_interval, format_skeleton, get_day_names
from hypothesis import given
from hypothesis import strategies as st

from accounts import local_time
from accounts.reading import HourCycle, Reading, hour_cycle_of, locale_of, read_by

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 29, 9, 5, tzinfo=BERLIN)
TAGS = ("en-US", "en-GB", "de", "de-AT", "en-CA")
tags = st.sampled_from(TAGS)
cycles: st.SearchStrategy[HourCycle] = st.sampled_from(("12", "24"))
# Around 2026, so that each example is in the present rules of its zone.
moments = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from((BERLIN, ZoneInfo("UTC"))),
)


def written(tag: str, cycle: HourCycle | None = None) -> Reading:
    locale = locale_of(tag)
    return Reading(locale, cycle or hour_cycle_of(locale), BERLIN)


def plain(text: str) -> str:
    """CLDR joins by narrow and thin spaces, which differ between its versions."""
    return text.replace("\u202f", " ").replace("\u2009", " ")


def as_in(tag: str, cycle: HourCycle | None, name: str, *values: object) -> str:
    with read_by(lambda: written(tag, cycle), meanwhile="en"):
        return plain(str(getattr(local_time, name)(*values)))


@pytest.mark.parametrize(
    ("tag", "cycle", "shown"),
    [
        ("en-GB", None, "09:05"),
        ("en-US", None, "9:05 AM"),
        ("en-US", "24", "09:05"),
        ("de", None, "09:05"),
        ("de", "12", "9:05 AM"),
        ("fr", None, "09:05"),
        ("", None, "09:05"),
    ],
)
def test_a_clock_follows_the_language_and_the_choice(
    tag: str, cycle: HourCycle | None, shown: str
) -> None:
    assert as_in(tag, cycle, "clock", AT) == shown


@pytest.mark.parametrize(
    ("name", "english", "american", "german"),
    [
        ("day", "29 November 2026", "November 29, 2026", "29. November 2026"),
        ("short_day", "29 Nov 2026", "Nov 29, 2026", "29.11.2026"),
        ("day_month", "29 November", "November 29", "29. November"),
        ("weekday_day", "Sunday 29 November", "Sunday, November 29", "Sonntag, 29. November"),
        ("weekday", "Sunday", "Sunday", "Sonntag"),
        ("month_title", "November 2026", "November 2026", "November 2026"),
        ("hour", "09:00", "9 AM", "09:00"),
        (
            "moment",
            "29 November 2026, 09:05",
            "November 29, 2026, 9:05 AM",
            "29. November 2026, 09:05",
        ),
    ],
)
def test_a_day_is_named_as_its_reader_does(
    name: str, english: str, american: str, german: str
) -> None:
    shown = [as_in(tag, None, name, AT) for tag in ("en-GB", "en-US", "de")]
    assert shown == [english, american, german]


def test_seven_weekdays_begin_where_the_week_does() -> None:
    assert as_in("de", None, "weekdays", 6, "abbreviated") == str(
        ["So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"]
    )


def test_a_repeated_time_of_day_has_its_zone() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert as_in("de", None, "clock", first) == "02:30 CEST"
    assert as_in("de", None, "clock", first.replace(fold=1)) == "02:30 CET"
    assert as_in("de", None, "span", first, first.replace(fold=1)) == (
        "02:30 CEST\N{EN DASH}02:30 CET"
    )


def test_a_span_that_ends_at_midnight_is_of_one_day() -> None:
    start = datetime(2026, 11, 29, 22, tzinfo=BERLIN)
    assert as_in("en-GB", None, "span", start, start + timedelta(hours=2)) == (
        "22:00\N{EN DASH}00:00"
    )
    over = as_in("de", None, "span", start, start + timedelta(hours=3))
    assert over == "29. November 2026, 22:00 \N{EN DASH} 30. November 2026, 01:00"


def test_days_are_joined_by_what_they_differ_in() -> None:
    first = date(2026, 11, 29)
    spans = [first, first + timedelta(1), first + timedelta(3), first + timedelta(40)]
    assert [as_in("de", None, "day_span", first, last) for last in spans] == [
        "29. November 2026",
        "29.\N{EN DASH}30. November 2026",
        "29. November \N{EN DASH} 2. Dezember 2026",
        "29. November 2026 \N{EN DASH} 8. Januar 2027",
    ]


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (59, "None", "None"),
        (61, "1 minute ago", "vor 1 Minute"),
        (3 * 3600 + 3599, "3 hours ago", "vor 3 Stunden"),
        (27 * 86_400, "3 weeks ago", "vor 3 Wochen"),
        (400 * 86_400, "1 year ago", "vor 1 Jahr"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, english: str, german: str) -> None:
    assert [as_in(tag, None, "age", seconds) for tag in ("en", "de")] == [english, german]


@given(tag=tags, cycle=cycles, at=moments)
def test_a_clock_is_babels(tag: str, cycle: HourCycle, at: datetime) -> None:
    skeleton = {"12": "hm", "24": "Hm"}[cycle]
    expected = plain(format_skeleton(skeleton, at.replace(tzinfo=None), locale=locale_of(tag)))
    twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    assert as_in(tag, cycle, "clock", at) == expected + (f" {at.tzname()}" if twice else "")


@given(tag=tags, at=moments)
def test_a_day_is_babels(tag: str, at: datetime) -> None:
    locale = locale_of(tag)
    assert as_in(tag, None, "day", at) == format_date(at.date(), "long", locale=locale)
    assert as_in(tag, None, "full_day", at) == format_date(at.date(), "full", locale=locale)
    names = get_day_names("wide", "stand-alone", locale)
    assert as_in(tag, None, "weekday", at) == names[at.weekday()]
    assert names[at.weekday()] in as_in(tag, None, "weekday_day", at)


@given(tag=tags, cycle=cycles, at=moments, minutes=st.integers(1, 3 * 24 * 60))
def test_a_span_names_both_ends_as_babel_does(
    tag: str, cycle: HourCycle, at: datetime, minutes: int
) -> None:
    start = at.replace(second=0, microsecond=0)
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
    shown = as_in(tag, cycle, "span", start, end)
    is_one_day = (end - timedelta(minutes=1)).date() == start.date()
    is_plain = not any(
        one.replace(fold=0).utcoffset() != one.replace(fold=1).utcoffset() for one in (start, end)
    )
    if is_one_day and is_plain:
        naive = [one.replace(tzinfo=None) for one in (start, end)]
        skeleton = {"12": "hm", "24": "Hm"}[cycle]
        expected = format_interval(naive[0], naive[1], skeleton, locale=locale_of(tag))
        assert shown == plain(expected)
    else:
        clocks = [as_in(tag, cycle, "clock", one) for one in (start, end)]
        assert all(one in shown for one in clocks)
        assert shown.index(clocks[0]) <= shown.rindex(clocks[1])
