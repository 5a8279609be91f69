"""Free slots equal a count minute by minute, in zones that change their clocks, best first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.timeline.insights import Span
from calendars.timeline.slots import MINUTE, QUARTER, Hours, Slot, Wish, best_slots, union

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 16, tzinfo=BERLIN)
EVERY_DAY = frozenset(range(7))
# Around a change of clocks by an hour, half an hour, and at midnight.
CHANGES = {
    "Europe/Berlin": datetime(2026, 10, 25, tzinfo=UTC),
    "America/New_York": datetime(2026, 3, 8, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, tzinfo=UTC),
    "America/Havana": datetime(2026, 11, 1, tzinfo=UTC),
    "Asia/Kathmandu": datetime(2026, 6, 1, tzinfo=UTC),
}
ZONES = sorted(CHANGES)
WORKING_HOURS = Hours()


def at(hour: float, *, day: int = 0) -> int:
    """Seconds of an hour of the wall clock on Monday or a day after."""
    return int((MONDAY + timedelta(days=day, minutes=int(hour * 60))).timestamp())


def span(start: float, end: float, *, day: int = 0) -> Span:
    return Span(at(start, day=day), at(end, day=day))


def wish(minutes: int = 60, *, days: int = 1, hours: Hours = WORKING_HOURS) -> Wish:
    return Wish(minutes * MINUTE, at(0), at(24 * days), BERLIN, hours)


def starts(slots: list[Slot]) -> list[str]:
    return [f"{datetime.fromtimestamp(one.start, BERLIN):%a %H:%M}" for one in slots]


def test_a_free_day_is_offered_from_its_beginning_without_overlaps() -> None:
    assert starts(best_slots([], wish())) == [f"Mon {hour:02}:00" for hour in range(9, 18)]


def test_a_slot_with_room_around_it_comes_before_an_earlier_tight_one() -> None:
    found = best_slots([span(10, 11), span(13, 18)], wish())

    # 9:00 ends when a meeting begins; from 11:15 to 12:45 a slot has room at both ends.
    assert starts(found) == ["Mon 11:15", "Mon 09:00"]
    assert [one.is_tight for one in found] == [False, True]


def test_hours_of_the_other_zones_come_first() -> None:
    tokyo, lisbon = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Lisbon")

    found = best_slots([], wish(), [tokyo, lisbon])

    # At 10:00 in Berlin it's 18:00 in Tokyo and 9:00 in Lisbon: each slot is outside one's hours.
    assert starts(found)[0] == "Mon 09:00"
    assert [one.outside for one in found] == [1] * len(found)
    alone = starts(best_slots([], wish(), [lisbon]))
    assert alone == [*(f"Mon {hour}:00" for hour in range(10, 18)), "Mon 09:00"]


def test_weekdays_are_those_that_were_asked_for() -> None:
    hours = Hours(9 * 60, 10 * 60, frozenset({1, 5}))

    assert starts(best_slots([], wish(days=7, hours=hours))) == ["Tue 09:00", "Sat 09:00"]


def test_the_last_hour_of_a_day_ends_at_midnight() -> None:
    hours = Hours(23 * 60, 24 * 60, EVERY_DAY)

    assert starts(best_slots([], wish(days=2, hours=hours))) == ["Mon 23:00", "Tue 23:00"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Span], Wish, list[ZoneInfo]]:
    name = draw(st.sampled_from(ZONES))
    middle = int(CHANGES[name].timestamp())
    start = middle + draw(st.integers(-2 * 1440, 1440)) * MINUTE
    end = start + draw(st.integers(1, 3 * 1440)) * MINUTE
    busy = []
    for _ in range(draw(st.integers(0, 6))):
        begins = start + draw(st.integers(-600, 3 * 1440)) * MINUTE
        busy.append(Span(begins, begins + draw(st.integers(0, 900)) * MINUTE))
    begins_at = draw(st.integers(0, 22 * 60))
    hours = Hours(
        begins_at,
        draw(st.integers(begins_at + 1, 1440)),
        frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
    )
    minutes = draw(st.sampled_from([5, 15, 30, 45, 60, 90, 480]))
    zones = [ZoneInfo(draw(st.sampled_from(ZONES))) for _ in range(draw(st.integers(0, 2)))]
    return busy, Wish(minutes * MINUTE, start, end, ZoneInfo(name), hours), zones


def within_hours(minute: int, zone: ZoneInfo, hours: Hours) -> bool:
    """Whether the minute's wall clock shows the hours of a weekday that was asked for."""
    local = datetime.fromtimestamp(minute, zone)
    return local.weekday() in hours.days and (
        hours.begins <= local.hour * 60 + local.minute < hours.ends
    )


def counted(busy: list[Span], asked: Wish) -> set[int]:
    """Return the starts of all free slots: each minute of a slot is looked at."""
    free = {
        minute
        for minute in range(asked.start, asked.end, MINUTE)
        if within_hours(minute, asked.zone, asked.hours)
        and not any(one.start < minute + MINUTE and minute < one.end for one in busy)
    }
    return {
        start
        for start in free
        if start % QUARTER == 0
        and all(minute in free for minute in range(start, start + asked.seconds, MINUTE))
        and is_one_day(start, asked)
    }


def is_one_day(start: int, asked: Wish) -> bool:
    first, last = (
        datetime.fromtimestamp(at, asked.zone).date()
        for at in (start, start + asked.seconds - MINUTE)
    )
    return first == last


@settings(max_examples=150, deadline=None)
@given(cases())
def test_slots_equal_a_count_minute_by_minute(
    case: tuple[list[Span], Wish, list[ZoneInfo]],
) -> None:
    busy, asked, zones = case
    free = counted(busy, asked)
    found = best_slots(busy, asked, zones, limit=10_000)

    assert {one.start for one in found} <= free
    assert all(one.end - one.start == asked.seconds for one in found)
    ordered = sorted(found)
    assert found == ordered, "the best come first"
    assert all(
        one.end <= other.start or other.end <= one.start
        for place, one in enumerate(found)
        for other in found[place + 1 :]
    )
    # What isn't offered overlaps what is.
    for start in free:
        assert any(one.start < start + asked.seconds and start < one.end for one in found)
    for one in found:
        minutes = range(one.start, one.end, MINUTE)
        assert one.outside == sum(
            not all(within_hours(minute, zone, asked.hours) for minute in minutes)
            or not is_one_day(one.start, asked_in(asked, zone))
            for zone in zones
        )


def asked_in(asked: Wish, zone: ZoneInfo) -> Wish:
    return Wish(asked.seconds, asked.start, asked.end, zone, asked.hours)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=12))
def test_the_union_holds_each_minute_once(parts: list[tuple[int, int]]) -> None:
    spans = [Span(start, start + length) for start, length in parts]

    joined = union(spans)

    minutes = {minute for one in spans for minute in range(one.start, one.end)}
    assert sorted(minutes) == [minute for one in joined for minute in range(one.start, one.end)]
    assert all(one.end < other.start for one, other in pairwise(joined))
