"""Insights equal a count minute by minute, on random events in zones that change their clocks."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.timeline.insights import (
    WEEKDAYS,
    Busy,
    By,
    Days,
    Period,
    Row,
    WorkingHours,
    belongs,
    insights,
)

MINUTE = 60
HOUR = 3600
KEYS = [UUID(int=number) for number in range(1, 4)]
# Clocks change at 1, 2 or 3 o'clock, by one hour or a half, or at midnight; in Samoa a day is
# missing.
CHANGES = {
    "Europe/Berlin": datetime(2026, 10, 25, tzinfo=UTC),
    "America/New_York": datetime(2026, 3, 8, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, tzinfo=UTC),
    "America/Sao_Paulo": datetime(2018, 11, 4, tzinfo=UTC),
    "America/Havana": datetime(2026, 11, 1, tzinfo=UTC),
    "Asia/Beirut": datetime(2026, 10, 24, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 30, tzinfo=UTC),
    "Asia/Kathmandu": datetime(2026, 6, 1, tzinfo=UTC),
}


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Busy], Period, WorkingHours]:
    name = draw(st.sampled_from(sorted(CHANGES)))
    middle = int(CHANGES[name].timestamp()) // MINUTE
    start = middle + draw(st.integers(-4 * 1440, 1440))
    period = Period(
        start * MINUTE,
        (start + draw(st.integers(1, 4 * 1440))) * MINUTE,
        ZoneInfo(name),
        draw(st.integers(0, 6)),
    )
    busy = []
    for number in range(draw(st.integers(0, 8))):
        begins = start + draw(st.integers(-1440, 4 * 1440))
        length = draw(st.integers(0, 300) | st.integers(0, 3000))
        busy.append(
            Busy(
                begins * MINUTE,
                (begins + length) * MINUTE,
                draw(st.sampled_from([None, *KEYS])),
                draw(st.sampled_from(KEYS)),
                draw(st.booleans()),
                UUID(int=number),
                datetime.fromtimestamp(begins * MINUTE, UTC),
                "",
            )
        )
    begins, ends = sorted(draw(st.tuples(st.integers(0, 23), st.integers(0, 23))))
    days = draw(st.frozensets(st.integers(0, 6)))
    return busy, period, WorkingHours(time(begins), time(ends), days)


def is_at(one: Busy, at: int) -> bool:
    return one.start <= at < one.end


def slow(busy: list[Busy], period: Period) -> dict[By, dict[object, list[float]]]:
    """Hours and hours of meetings by key: look at each minute, in each grouping."""
    counted: dict[By, dict[object, list[float]]] = {by: defaultdict(lambda: [0, 0]) for by in By}
    for at in range(period.start, period.end, MINUTE):
        on = datetime.fromtimestamp(at, period.zone).date()
        here = [one for one in busy if is_at(one, at)]
        week = on
        while week.weekday() != period.week_start:
            week -= timedelta(days=1)
        for which, found in enumerate((here, [one for one in here if one.is_meeting])):
            if found:
                counted[By.WEEKDAY][WEEKDAYS[on.weekday()]][which] += MINUTE
                counted[By.WEEK][week][which] += MINUTE
            for category in {one.category for one in found}:
                counted[By.CATEGORY][category][which] += MINUTE
            for calendar in {one.calendar for one in found}:
                counted[By.CALENDAR][calendar][which] += MINUTE
    return counted


def hours_of(rows: list[Row]) -> dict[object, list[float]]:
    return {row.key: [row.hours * HOUR, row.meeting_hours * HOUR] for row in rows if row.hours}


@settings(max_examples=60, deadline=None)
@given(cases())
def test_hours_equal_a_count_minute_by_minute(
    case: tuple[list[Busy], Period, WorkingHours],
) -> None:
    busy, period, working = case

    found = insights(busy, period=period, working=working)

    counted = slow(busy, period)
    for by in By:
        shown = {
            key: [round(each) for each in both] for key, both in hours_of(found.rows[by]).items()
        }
        assert shown == dict(counted[by]), by
    minutes = range(period.start, period.end, MINUTE)
    taken = [at for at in minutes if any(is_at(one, at) for one in busy)]
    met = [at for at in minutes if any(one.is_meeting and is_at(one, at) for one in busy)]
    assert round(found.total_hours * 60) == len(taken)
    assert round(found.meeting_hours * 60) == len(met)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_free_blocks_equal_a_count_minute_by_minute(
    case: tuple[list[Busy], Period, WorkingHours],
) -> None:
    busy, period, working = case
    blocks: list[list[int]] = []
    begins, ends = (at.hour * 60 + at.minute for at in (working.begins, working.ends))
    minutes = defaultdict[date, list[int]](list)
    for at in range(period.start, period.end, MINUTE):
        minutes[datetime.fromtimestamp(at, period.zone).date()].append(at)
    for on in period.days:
        # A working day is between two instants: when the clocks first show its bounds.
        first, last = _instant(on, begins, period), _instant(on, ends, period)
        works = on.weekday() in working.days
        run: list[int] = []
        for at in [*minutes[on], period.end]:  # the last one ends the run
            is_work = works and first <= at < last and at < period.end
            if is_work and not any(is_at(one, at) for one in busy):
                run.append(at)
            else:
                blocks += [run] if len(run) >= 60 else []
                run = []

    found = insights(busy, period=period, working=working)

    spans = sorted((span.start, span.end) for span in found.free_blocks)
    assert spans == sorted((run[0], run[-1] + MINUTE) for run in blocks)
    assert round(found.free_hours * 60) == sum(map(len, blocks))


def _instant(on: object, minutes: int, period: Period) -> int:
    """The first instant of the zone that is not before this time of the day."""
    wanted = datetime.combine(on, time(*divmod(minutes, 60)))  # type: ignore[arg-type]
    at = int(wanted.replace(tzinfo=UTC).timestamp()) - 15 * HOUR
    while datetime.fromtimestamp(at, period.zone).replace(tzinfo=None) < wanted:
        at += MINUTE
    return at


@settings(max_examples=60, deadline=None)
@given(cases())
def test_what_is_behind_a_row_makes_its_hours(
    case: tuple[list[Busy], Period, WorkingHours],
) -> None:
    busy, period, _ = case
    found = insights(busy, period=period)
    days = Days(period)
    for by in By:
        for row in found.rows[by]:
            behind = [
                one
                for one in busy
                if one.start < one.end
                and one.start < period.end
                and one.end > period.start
                and belongs(one, by, row.key, days)
            ]
            again = insights(behind, period=period)
            same = [each for each in again.rows[by] if each.key == row.key]
            assert [each.hours for each in same] == ([row.hours] if same else []), by
            assert bool(behind) == bool(row.hours), by


def at(hour: int, minutes: int = 0, day: int = 30) -> int:
    return int(datetime(2026, 11, day, hour, minutes, tzinfo=UTC).timestamp())


def busy(start: int, end: int, key: int = 0, *, is_meeting: bool = False) -> Busy:
    when = datetime.fromtimestamp(start, UTC)
    return Busy(start, end, KEYS[key], KEYS[key], is_meeting, UUID(int=0), when, "")


MONDAY = Period(at(0), at(0) + 24 * HOUR, ZoneInfo("UTC"))


def test_overlaps_count_once_in_the_total_and_in_full_in_two_rows() -> None:
    found = insights(
        [busy(at(9), at(11)), busy(at(10), at(11, 30)), busy(at(10), at(12), 1)], period=MONDAY
    )

    assert found.total_hours == 3
    assert [(row.key, row.hours) for row in found.rows[By.CATEGORY]] == [
        (KEYS[0], 2.5),
        (KEYS[1], 2.0),
    ]
    assert sum(row.hours for row in found.rows[By.WEEKDAY]) == 3


def test_a_meeting_counts_where_it_begins() -> None:
    two_days = Period(at(0, day=29), at(0) + 24 * HOUR, ZoneInfo("UTC"), week_start=0)

    found = insights([busy(at(23, day=29), at(1), is_meeting=True)], period=two_days)

    counts = {row.key: (row.hours, row.meetings) for row in found.rows[By.WEEKDAY] if row.hours}
    assert counts == {"sunday": (1.0, 1), "monday": (1.0, 0)}
    assert len(found.rows[By.WEEK]) == 2


def test_free_blocks_are_the_longest_gaps_within_working_hours() -> None:
    found = insights(
        [busy(at(8), at(10)), busy(at(10, 30), at(13)), busy(at(15), at(16))], period=MONDAY
    )

    assert [(one.start, one.end) for one in found.free_blocks] == [
        (at(13), at(15)),
        (at(16), at(18)),
    ]
    assert found.free_hours == 4


@pytest.mark.parametrize("hours", [0, 25])
def test_what_is_outside_the_period_or_without_length_does_not_count(hours: int) -> None:
    start = at(9) + hours * HOUR
    found = insights([busy(start, start + (HOUR if hours else 0))], period=MONDAY)

    assert (found.total_hours, found.meetings, found.busiest) == (0, 0, [])
    assert found.rows[By.CATEGORY] == []


def test_a_day_that_the_zone_left_out_has_no_events() -> None:
    """Apia went from 29 to 31 December 2011: no weekday and no event on a Friday."""
    first = int(datetime(2011, 12, 29, 10, tzinfo=UTC).timestamp())
    week = Period(first, first + 72 * HOUR, ZoneInfo("Pacific/Apia"))
    night = busy(first + 13 * HOUR, first + 25 * HOUR)

    shown = [day for day in range(7) if belongs(night, By.WEEKDAY, WEEKDAYS[day], Days(week))]

    rows = insights([night], period=week).rows[By.WEEKDAY]
    assert [WEEKDAYS[day] for day in shown] == [row.key for row in rows if row.hours]
    assert 4 not in shown
