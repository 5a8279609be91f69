"""The columns of a week: what is a bar, what is a block, and what has no room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calendars.timeline.occurrences import TimelineEntry
from calendars.timeline.ruler import Band
from calendars.timeline.week import (
    ROOM_OF_WEEK,
    DayColumn,
    Room,
    WeekView,
    day_view,
    week_span,
    week_view,
)
from tests.calendars.timeline import all_day, timed

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MONDAY = date(2026, 11, 23)
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23 + day, hour, minute, tzinfo=UTC)


def week_of(*entries: TimelineEntry, now: datetime = NOON, **given: object) -> WeekView:
    return week_view(entries, on=MONDAY + 2 * DAY, week_start=0, now=now, **given)  # type: ignore[arg-type]


def blocks_of(day: DayColumn) -> list[tuple[str, int, int]]:
    return [(one.shown.entry.summary, one.span.start, one.span.end) for one in day.blocks]


@pytest.mark.parametrize(
    ("week_start", "first_on"),
    [(0, date(2026, 11, 23)), (6, date(2026, 11, 22)), (5, date(2026, 11, 21))],
)
def test_a_week_begins_on_the_readers_day(week_start: int, first_on: date) -> None:
    assert week_span(date(2026, 11, 25), week_start) == (first_on, first_on + 7 * DAY)


def test_an_event_is_as_high_as_it_is_long() -> None:
    view = week_of(timed(at(2, 9), at(2, 10, 30), "Review"))
    assert blocks_of(view.days[2]) == [("Review", 9 * 12, 9 * 12 + 18)]
    assert [len(day.blocks) for day in view.days] == [0, 0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(("minutes", "slots"), [(0, 5), (5, 5), (25, 5), (26, 6), (30, 6)])
def test_a_short_event_has_room_for_its_title(minutes: int, slots: int) -> None:
    (block,) = week_of(timed(at(2, 9), at(2, 9) + minutes * MINUTE)).days[2].blocks
    assert block.span.end - block.span.start == slots


def test_a_short_event_at_the_end_of_the_day_stays_in_it() -> None:
    (block,) = week_of(timed(at(2, 23, 55), at(3, 0))).days[2].blocks
    assert block.span == (288 - 5, 288)


def test_what_continues_over_midnight_is_on_both_days() -> None:
    view = week_of(timed(at(2, 22), at(3, 6), "Night train"))
    assert blocks_of(view.days[2]) == [("Night train", 22 * 12, 288)]
    assert blocks_of(view.days[3]) == [("Night train", 0, 6 * 12)]


def test_what_ends_at_midnight_is_on_one_day() -> None:
    view = week_of(timed(at(2, 22), at(3, 0), "Late show"))
    assert [blocks_of(day) for day in view.days[2:4]] == [[("Late show", 22 * 12, 288)], []]


def test_a_day_or_more_is_a_bar_in_the_lane() -> None:
    view = week_of(
        timed(at(0, 10), at(1, 10), "Shift"),
        timed(at(3, 10), at(4, 9, 59), "Nearly"),
        all_day(MONDAY + DAY, MONDAY + 3 * DAY, "Fair"),
    )
    assert [(bar.entry.summary, bar.lane, bar.days) for bar in view.days[0].bars] == [
        ("Shift", 1, 2)
    ]
    assert [(bar.entry.summary, bar.lane, bar.days) for bar in view.days[1].bars] == [
        ("Shift", 1, 0),
        ("Fair", 2, 2),
    ]
    assert (view.lanes, len(view.days[3].blocks), len(view.days[4].blocks)) == (2, 1, 1)


def test_a_day_of_25_hours_is_measured_by_time_that_passes() -> None:
    """From 00:00 to 23:30 the clock shows half an hour less than a day; 24 h 30 min pass."""
    start_at = datetime(2026, 10, 25, 0, tzinfo=BERLIN)
    entry = timed(start_at, datetime(2026, 10, 25, 23, 30, tzinfo=BERLIN))
    view = week_view([entry], on=date(2026, 10, 25), week_start=0, now=start_at)
    assert len(view.days[6].bars) == 1
    assert view.days[6].blocks == ()


def test_what_finds_no_room_is_counted() -> None:
    room = Room(lanes=1, blocks=3, beside=2)
    meetings = [timed(at(2, 9), at(2, 10), f"Meeting {number}") for number in range(4)]
    fairs = [all_day(MONDAY + 2 * DAY, MONDAY + 3 * DAY, f"Fair {number}") for number in range(3)]
    view = week_of(*meetings, *fairs, room=room)
    day = view.days[2]
    assert (len(day.bars), len(day.blocks), day.total, day.more) == (1, 2, 7, 4)
    assert view.has_more
    assert view.days[1].more == 0


def test_entries_that_were_not_read_are_counted() -> None:
    view = week_of(timed(at(2, 9), at(2, 10)), totals={MONDAY + 2 * DAY: 101})
    assert (view.days[2].more, view.days[2].is_counted) == (100, False)


def test_a_week_has_at_most_forty_blocks_a_day() -> None:
    view = week_of(
        *(
            timed(at(2, n // 4, 15 * (n % 4)), at(2, n // 4, 15 * (n % 4)) + 15 * MINUTE)
            for n in range(60)
        )
    )
    assert len(view.days[2].blocks) == ROOM_OF_WEEK.blocks == 40
    assert view.days[2].more == 20


def test_the_day_shows_all_that_it_is_given() -> None:
    room = Room(lanes=60, blocks=60, beside=60)
    entries = [timed(at(2, 9), at(2, 10)) for _ in range(60)]
    view = day_view(entries, on=MONDAY + 2 * DAY, now=NOON, room=room)
    assert len(view.days[0].blocks) == 60
    assert (view.previous_on, view.next_on) == (MONDAY + DAY, MONDAY + 3 * DAY)


def test_the_present_is_on_today_alone() -> None:
    view = week_of()
    assert [day.now for day in view.days] == [None, None, 720, None, None, None, None]
    assert view.start == 12 * 12


def test_another_week_opens_in_the_morning() -> None:
    assert week_of(now=NOON + 14 * DAY).start == 7 * 12


@pytest.mark.parametrize(
    ("on", "week_start", "number"),
    [
        (date(2027, 1, 1), 0, 53),
        (date(2027, 1, 3), 6, 1),
        (date(2027, 1, 3), 0, 53),
        (date(2026, 11, 25), 5, 48),
    ],
)
def test_a_week_has_the_number_of_its_thursday(on: date, week_start: int, number: int) -> None:
    assert week_view([], on=on, week_start=week_start, now=NOON).number == number


def test_the_repeated_hour_has_two_events_one_after_the_other() -> None:
    first = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN)
    entries = [
        timed(first, first + 30 * MINUTE, "summer"),
        timed(first.replace(fold=1), (first + 30 * MINUTE).replace(fold=1), "winter"),
    ]
    view = week_view(entries, on=date(2026, 10, 25), week_start=0, now=first)
    assert blocks_of(view.days[6]) == [("summer", 27, 33), ("winter", 39, 45)]
    assert {block.place.columns for block in view.days[6].blocks} == {1}
    assert view.days[0].bands == (Band(36, 48),)


instants = st.integers(0, 9 * 24 * 12).map(
    lambda n: datetime(2026, 10, 20, tzinfo=UTC) + n * 5 * MINUTE
)
entries = st.lists(
    st.builds(
        lambda start_at, length: timed(
            start_at.astimezone(BERLIN), (start_at + length * MINUTE).astimezone(BERLIN)
        ),
        instants,
        st.integers(0, 40 * 60),
    ),
    max_size=12,
)


@given(entries)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
def test_every_entry_of_a_day_is_drawn_or_counted(found: Sequence[TimelineEntry]) -> None:
    """Around a clock change: each entry is on the days of its minutes, within the ruler, and no two
    blocks share a place."""
    now = datetime(2026, 10, 22, tzinfo=BERLIN)
    view = week_view(found, on=date(2026, 10, 25), week_start=0, now=now)
    for day in view.days:
        touching = [one for one in found if one.start_at.date() <= day.on <= last_date(one)]
        assert day.total == len(touching) == len(day.bars) + len(day.blocks) + day.more
        for block in day.blocks:
            assert 0 <= block.span.start < block.span.end <= view.ruler.slots
        cells = [
            (slot, column)
            for block in day.blocks
            for slot in range(*block.span)
            for column in range(
                block.place.column * 60 // block.place.columns,
                (block.place.column + block.place.width) * 60 // block.place.columns,
            )
        ]
        assert len(cells) == len(set(cells))


def last_date(entry: TimelineEntry) -> date:
    if entry.end_at.astimezone(UTC) <= entry.start_at.astimezone(UTC):
        return entry.start_at.date()
    return (entry.end_at.astimezone(UTC) - timedelta.resolution).astimezone(BERLIN).date()
