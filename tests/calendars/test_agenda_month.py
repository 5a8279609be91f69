"""The weeks of a month, its bars and their lanes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calendars.timeline.day_entry import DayEntry
from calendars.timeline.month import LANES, MonthDay, MonthView, month_span, month_view
from calendars.timeline.occurrences import TimelineEntry
from tests.calendars.timeline import all_day, timed

DAY = timedelta(days=1)
NOVEMBER = date(2026, 11, 23)
months = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@st.composite
def entries(draw: st.DrawFn) -> list[TimelineEntry]:
    made = []
    for number in range(draw(st.integers(0, 25))):
        first_on = date(2026, 10, 20) + draw(st.integers(0, 55)) * DAY
        if draw(st.booleans()):
            made.append(all_day(first_on, first_on + draw(st.integers(1, 20)) * DAY, str(number)))
        else:
            start_at = datetime(first_on.year, first_on.month, first_on.day, 9, tzinfo=UTC)
            hours = timedelta(hours=draw(st.integers(0, 60)))
            made.append(timed(start_at, start_at + hours, str(number)))
    return made


def november(shown: list[TimelineEntry]) -> MonthView:
    return month_view(shown, on=NOVEMBER, today=NOVEMBER)


def summaries(day: MonthDay) -> list[str]:
    return [bar.entry.summary for bar in day.bars]


def day_of(view: MonthView, on: date) -> MonthDay:
    return next(day for week in view.weeks for day in week if day.on == on)


@given(months)
def test_a_month_is_whole_weeks_from_monday(on: date) -> None:
    view = month_view([], on=on, today=on)
    days = [day.on for week in view.weeks for day in week]
    assert 4 <= len(view.weeks) <= 6
    assert days == [days[0] + n * DAY for n in range(len(days))]
    assert days[0].weekday() == 0
    assert (days[0], days[-1] + DAY) == month_span(on)
    assert [day.on for week in view.weeks for day in week if day.in_month] == [
        on.replace(day=1) + n * DAY for n in range(sum(one.month == on.month for one in days))
    ]


@given(months)
def test_turning_on_and_back_stays_in_step_with_the_months(on: date) -> None:
    view = month_view([], on=on, today=on)
    months_on = view.next_on.year * 12 + view.next_on.month
    assert months_on - (on.year * 12 + on.month) == 1
    assert view.previous_on < on.replace(day=1)
    assert view.next_on.day <= on.day


@given(entries())
def test_every_entry_is_counted_on_each_of_its_days(shown: list[TimelineEntry]) -> None:
    for week in november(shown).weeks:
        for day in week:
            own = [one for one in shown if touches(one, day.on)]
            assert day.total == len(own)
            assert set(summaries(day)) <= {one.summary for one in own}
            assert day.more == day.total - len(day.bars) >= 0


def touches(entry: TimelineEntry, on: date) -> bool:
    begins_on = entry.start_at.date()
    runs_into = entry.end_at > datetime(on.year, on.month, on.day, tzinfo=UTC)
    return begins_on == on or (begins_on < on and runs_into)


@given(entries())
def test_bars_never_overlap_and_keep_their_lane_through_the_week(
    shown: list[TimelineEntry],
) -> None:
    for week in november(shown).weeks:
        lanes: dict[str, set[int]] = {}
        for day in week:
            assert len({bar.lane for bar in day.bars}) == len(day.bars)
            assert all(1 <= bar.lane <= LANES for bar in day.bars)
            for bar in day.bars:
                lanes.setdefault(bar.key, set()).add(bar.lane)
        assert all(len(used) == 1 for used in lanes.values())


@given(entries())
def test_a_bar_is_drawn_once_a_week_as_long_as_its_cells(shown: list[TimelineEntry]) -> None:
    for week in november(shown).weeks:
        cells: dict[str, list[DayEntry]] = {}
        for day in week:
            for bar in day.bars:
                cells.setdefault(bar.key, []).append(bar)
        for bars in cells.values():
            assert [bar.days for bar in bars] == [len(bars), *[0] * (len(bars) - 1)]


@given(entries())
def test_nothing_is_hidden_in_a_week_whose_days_have_lanes_enough(
    shown: list[TimelineEntry],
) -> None:
    for week in november(shown).weeks:
        if any(day.more for day in week):
            assert max(day.total for day in week) > LANES


def test_a_trip_over_the_weekend_goes_on_in_the_next_week() -> None:
    view = november([all_day(date(2026, 11, 20), date(2026, 11, 25), "trip")])
    friday, monday = (day_of(view, date(2026, 11, day)).bars[0] for day in (20, 23))
    assert (friday.days, friday.goes_on, friday.begins) == (3, True, True)
    assert (monday.days, monday.goes_on, monday.begins) == (2, False, False)


def test_a_fourth_entry_of_a_day_becomes_one_more() -> None:
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    view = november([timed(nine, nine + timedelta(hours=1), str(n)) for n in range(5)])
    day = day_of(view, date(2026, 11, 24))
    assert (summaries(day), day.more) == (["0", "1", "2"], 2)


def test_the_chosen_day_lists_everything() -> None:
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    view = november([timed(nine, nine, str(n)) for n in range(6)])
    assert len(view.day.entries) == 6
    assert view.day.is_today
