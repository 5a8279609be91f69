"""The agenda names the time between two events of a day in which the person is free."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from calendars.timeline.agenda import SHORTEST_GAP, AgendaDay, Gap, agenda_view
from calendars.timeline.occurrences import TimelineEntry
from tests.calendars.timeline import all_day, timed

ON = date(2026, 11, 18)
MINUTE = timedelta(minutes=1)
MIDNIGHT = datetime(2026, 11, 18, tzinfo=UTC)


def meeting(start: int, end: int, **changes: Any) -> TimelineEntry:
    """Return a meeting of that day, from and to a minute of it."""
    entry = timed(MIDNIGHT + start * MINUTE, MIDNIGHT + end * MINUTE)
    return replace(entry, **changes)


def day_of(entries: list[TimelineEntry], on: date = ON) -> AgendaDay:
    return agenda_view(entries, on=on, today=on, days=1).days[0]


def gaps(entries: list[TimelineEntry], on: date = ON) -> list[tuple[datetime, datetime]]:
    return [(one.start_at, one.end_at) for one in day_of(entries, on).rows if isinstance(one, Gap)]


meetings = st.lists(
    st.tuples(st.integers(0, 23 * 60), st.integers(0, 240)).map(
        lambda one: meeting(one[0], min(one[0] + one[1], 24 * 60))
    ),
    max_size=8,
)


@given(meetings)
def test_a_gap_is_free_and_as_long_as_can_be(entries: list[TimelineEntry]) -> None:
    """Compare with a slow computation, minute by minute."""
    busy = {
        minute for one in entries for minute in range(_minute(one.start_at), _minute(one.end_at))
    }
    edges = [_minute(one.start_at) for one in entries] + [_minute(one.end_at) for one in entries]
    expected: list[tuple[int, int]] = []
    free_from: int | None = None
    for minute in range(min(edges, default=0), max(edges, default=0) + 1):
        is_event = minute in busy or (minute in edges and _is_moment(entries, minute))
        if is_event and free_from is not None:
            expected.append((free_from, minute))
            free_from = None
        if minute not in busy and free_from is None:
            free_from = minute
    shown = [(_minute(start), _minute(end)) for start, end in gaps(entries)]
    long = [(start, end) for start, end in expected if (end - start) * MINUTE >= SHORTEST_GAP]
    assert shown == long


def _minute(at: datetime) -> int:
    return int((at - MIDNIGHT) / MINUTE)


def _is_moment(entries: list[TimelineEntry], minute: int) -> bool:
    return any(one.start_at == one.end_at == MIDNIGHT + minute * MINUTE for one in entries)


def test_three_hours_between_two_meetings() -> None:
    shown = gaps([meeting(540, 600), meeting(780, 840)])
    assert shown == [(MIDNIGHT + 600 * MINUTE, MIDNIGHT + 780 * MINUTE)]


def test_what_takes_no_time_ends_no_gap() -> None:
    between = [
        meeting(660, 700, transparency="transparent"),
        meeting(660, 700, response="declined"),
        all_day(ON, ON + timedelta(days=1)),
    ]
    shown = gaps([meeting(540, 600), *between, meeting(780, 840)])
    assert [end - start for start, end in shown] == [timedelta(hours=3)]


def test_a_long_meeting_around_a_short_one_leaves_nothing_free() -> None:
    assert gaps([meeting(540, 900), meeting(560, 570), meeting(910, 960)]) == []


def test_an_hour_that_comes_twice_is_counted_twice() -> None:
    """Berlin, 25 October 2026: from 01:30 to 03:30 by the clock are three hours."""
    zone = ZoneInfo("Europe/Berlin")
    on = date(2026, 10, 25)
    first = timed(
        datetime(2026, 10, 25, 1, tzinfo=zone), datetime(2026, 10, 25, 1, 30, tzinfo=zone)
    )
    then = timed(datetime(2026, 10, 25, 3, 30, tzinfo=zone), datetime(2026, 10, 25, 4, tzinfo=zone))
    assert [end - start for start, end in gaps([first, then], on)] == [timedelta(hours=3)]
