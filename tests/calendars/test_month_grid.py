"""The weeks of a month: bars in lanes, and "+n" for each number of lanes that may fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calendars.timeline.day_entry import DayEntry
from calendars.timeline.grid_week import GridDay, first_of_week
from calendars.timeline.month import (
    MONTH_LANES,
    MonthView,
    month_span,
    month_view,
    weeks_span,
    weeks_view,
)
from calendars.timeline.occurrences import TimelineEntry
from tests.calendars.timeline import all_day, timed

DAY = timedelta(days=1)
NOVEMBER = date(2026, 11, 23)
months = st.dates(date(1900, 2, 1), date(2199, 12, 1))
starts = st.integers(0, 6)


@st.composite
def entries(draw: st.DrawFn) -> list[TimelineEntry]:
    made = []
    for number in range(draw(st.integers(0, 30))):
        first_on = date(2026, 11, 9) + draw(st.integers(0, 16)) * DAY
        if draw(st.booleans()):
            made.append(all_day(first_on, first_on + draw(st.integers(1, 12)) * DAY, str(number)))
        else:
            start_at = datetime(first_on.year, first_on.month, first_on.day, 9, tzinfo=UTC)
            hours = timedelta(hours=draw(st.integers(0, 60)))
            made.append(timed(start_at, start_at + hours, str(number)))
    return made


def november(shown: list[TimelineEntry]) -> MonthView:
    return month_view(shown, on=NOVEMBER, today=NOVEMBER)


def summaries(day: GridDay) -> list[str]:
    return [bar.entry.summary for bar in day.bars]


def days_of(view: MonthView) -> list[GridDay]:
    return [day for week in view.weeks for day in week.days]


def day_of(view: MonthView, on: date) -> GridDay:
    return next(day for day in days_of(view) if day.on == on)


def hidden(day: GridDay, lanes: int) -> int:
    """Return the number after "+" while so many lanes fit, as the sheet picks it."""
    shown = [one for one in day.rests if one.first <= lanes <= (one.last or lanes)]
    assert len(shown) <= 1
    return shown[0].count if shown else 0


@given(months, starts)
def test_a_month_is_whole_weeks_from_the_readers_first_day(on: date, week_start: int) -> None:
    view = month_view([], on=on, today=on, week_start=week_start)
    days = [day.on for day in days_of(view)]
    assert 4 <= len(view.weeks) <= 6
    assert days == [days[0] + n * DAY for n in range(len(days))]
    assert days[0].weekday() == week_start
    assert (days[0], days[-1] + DAY) == month_span(on, week_start) == (view.start_on, view.end_on)
    assert [day.on for day in days_of(view) if day.in_month] == [
        on.replace(day=1) + n * DAY for n in range(sum(one.month == on.month for one in days))
    ]


@given(months, starts, st.sampled_from([2, 3, 4]))
def test_a_few_weeks_begin_with_the_current_one(on: date, week_start: int, weeks: int) -> None:
    view = weeks_view([], on=on, today=on, weeks=weeks, week_start=week_start)
    days = [day.on for day in days_of(view)]
    assert len(days) == 7 * weeks
    assert on in days[:7]
    assert days[0] == first_of_week(on, week_start)
    assert (days[0], days[-1] + DAY) == weeks_span(on, weeks, week_start)
    assert view.next_on - on == on - view.previous_on == timedelta(weeks=weeks)
    assert all(day.in_month for day in days_of(view))


@given(months)
def test_turning_on_and_back_stays_in_step_with_the_months(on: date) -> None:
    view = month_view([], on=on, today=on)
    months_on = view.next_on.year * 12 + view.next_on.month
    assert months_on - (on.year * 12 + on.month) == 1
    assert view.previous_on < on.replace(day=1)
    assert view.next_on.day <= on.day


@given(months, starts)
def test_a_week_has_the_number_of_its_thursday(on: date, week_start: int) -> None:
    for week in month_view([], on=on, today=on, week_start=week_start).weeks:
        numbers = [day.on.isocalendar().week for day in week.days]
        assert week.number in numbers
        assert numbers.count(week.number) >= 3
        if week_start == 0:
            assert set(numbers) == {week.number}


@given(entries())
def test_every_entry_is_counted_on_each_of_its_days(shown: list[TimelineEntry]) -> None:
    for day in days_of(november(shown)):
        own = [one for one in shown if touches(one, day.on)]
        assert day.total == len(own)
        assert set(summaries(day)) <= {one.summary for one in own}


def touches(entry: TimelineEntry, on: date) -> bool:
    begins_on = entry.start_at.date()
    runs_into = entry.end_at > datetime(on.year, on.month, on.day, tzinfo=UTC)
    return begins_on == on or (begins_on < on and runs_into)


@given(entries())
def test_bars_never_overlap_and_keep_their_lane_through_the_week(
    shown: list[TimelineEntry],
) -> None:
    for week in november(shown).weeks:
        lanes: dict[str, set[tuple[int, int]]] = {}
        for day in week.days:
            assert len({bar.lane for bar in day.bars}) == len(day.bars)
            for bar in day.bars:
                lanes.setdefault(bar.key, set()).add((bar.lane, bar.fits_from))
        assert all(len(used) == 1 for used in lanes.values())


@given(entries())
def test_a_bar_is_drawn_once_a_week_as_long_as_its_cells(shown: list[TimelineEntry]) -> None:
    for week in november(shown).weeks:
        cells: dict[str, list[DayEntry]] = {}
        for day in week.days:
            for bar in day.bars:
                cells.setdefault(bar.key, []).append(bar)
        for bars in cells.values():
            assert [bar.days for bar in bars] == [len(bars), *[0] * (len(bars) - 1)]


@given(entries(), st.integers(1, MONTH_LANES))
def test_what_is_shown_and_the_number_after_plus_are_all_entries(
    shown: list[TimelineEntry], lanes: int
) -> None:
    for day in days_of(november(shown)):
        visible = [bar for bar in day.bars if bar.fits_from <= lanes]
        rest = hidden(day, lanes)
        assert len(visible) + rest == day.total
        # "+n" has the last lane, so no bar may be there.
        assert max([bar.lane for bar in visible], default=0) <= lanes - bool(rest)


@given(entries(), st.integers(1, MONTH_LANES))
def test_nothing_is_hidden_in_a_week_whose_days_have_lanes_enough(
    shown: list[TimelineEntry], lanes: int
) -> None:
    for week in november(shown).weeks:
        if any(hidden(day, lanes) for day in week.days):
            assert max(day.total for day in week.days) > lanes


def test_a_trip_over_the_weekend_goes_on_in_the_next_week() -> None:
    view = november([all_day(date(2026, 11, 20), date(2026, 11, 25), "trip")])
    friday, monday = (day_of(view, date(2026, 11, day)).bars[0] for day in (20, 23))
    assert (friday.days, friday.goes_on, friday.begins) == (3, True, True)
    assert (monday.days, monday.goes_on, monday.begins) == (2, False, False)


def test_entries_that_were_not_read_are_counted_and_leave_the_last_lane_free() -> None:
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    on = nine.date()
    view = month_view(
        [timed(nine, nine + timedelta(hours=1), str(n)) for n in range(MONTH_LANES)],
        on=on,
        today=on,
        totals={on: 70},
    )
    day = day_of(view, on)
    assert [(one.first, one.count) for one in day.rests[-2:]] == [
        (MONTH_LANES - 1, 70 - MONTH_LANES + 2),
        (MONTH_LANES, 70 - MONTH_LANES + 1),
    ]
