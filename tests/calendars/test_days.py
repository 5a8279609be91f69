"""The days of a window, each read separately, equal the days of the whole timeline."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from calendars.models import Calendar, Occurrence
from calendars.models.event import LONG_SPAN
from calendars.timeline.day_entry import entries_by_day
from calendars.timeline.days import COUNTED, read_days
from calendars.timeline.occurrences import occurrences_between
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FIRST, LAST = date(2026, 10, 19), date(2026, 11, 9)  # with a clock change
LENGTHS = [
    *(timedelta(0), MINUTE, 30 * MINUTE, 4 * HOUR, 4 * HOUR + MINUTE, 20 * HOUR),
    *(DAY, 3 * DAY, LONG_SPAN, LONG_SPAN + MINUTE, 100 * DAY),
]
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12"]


def fill(owner: User, seed: int) -> Calendar:
    """Create entries of every length, most of them in the window or at its edges."""
    dice = random.Random(seed)
    calendar = make_calendar(make_connection(owner), "Work", "#4a6fa5")
    for number in range(60):
        at = datetime(2026, 10, 17, tzinfo=UTC) + dice.randrange(24 * 60) * 25 * MINUTE
        length = dice.choice(LENGTHS)
        make_event(calendar, f"Event {number}", at - dice.choice((0 * DAY, length)), at)
    for number in range(20):
        on = date(2026, 10, 10) + dice.randrange(40) * DAY
        make_day(calendar, f"Day {number}", on, days=dice.choice((1, 2, 9, 40)))
    for one in Occurrence.objects.filter(owner=owner):
        if one.end_at - one.start_at > LONG_SPAN:
            Occurrence.objects.filter(pk=one.pk).update(long=True)
    return calendar


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("seed", [1, 2])
def test_they_are_those_of_the_time_line(alice: User, bob: User, zone: str, seed: int) -> None:
    fill(alice, seed)
    fill(bob, seed + 100)
    here = ZoneInfo(zone)
    days = read_days(
        owner_id=alice.pk, start_on=FIRST, end_on=LAST, zone=here, limit=lambda _: COUNTED
    )
    whole = occurrences_between(
        owner_id=alice.pk,
        start_at=datetime(2026, 10, 19, tzinfo=here),
        end_at=datetime(2026, 11, 9, tzinfo=here),
    )
    assert {one.summary for one in days.entries} == {one.summary for one in whole}
    assert days.entries == sorted(days.entries, key=lambda e: (e.start_at, e.event_id))
    by_day = entries_by_day(whole)
    within = (FIRST + number * DAY for number in range((LAST - FIRST).days))
    expected = {on: len(by_day[on]) for on in within if on in by_day}
    assert dict(days.totals) == expected
    assert len(whole) > 40


def test_a_calendar_that_is_not_shown_shows_no_day(alice: User) -> None:
    calendar = fill(alice, 3)
    Calendar.objects.filter(pk=calendar.pk).update(selected=False)
    days = read_days(
        owner_id=alice.pk, start_on=FIRST, end_on=LAST, zone=ZoneInfo("UTC"), limit=lambda _: 9
    )
    assert (days.entries, dict(days.totals)) == ([], {})


def test_a_day_gives_its_first_entries_and_counts_the_others(alice: User) -> None:
    calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    for number in range(COUNTED + 10):
        at = datetime(2026, 11, 2, 8, tzinfo=UTC) + number * MINUTE
        make_event(calendar, f"Event {number}", at, at + HOUR)
    make_day(calendar, "Holiday", date(2026, 11, 2))
    days = read_days(
        owner_id=alice.pk, start_on=FIRST, end_on=LAST, zone=ZoneInfo("UTC"), limit=lambda _: 3
    )
    assert [one.summary for one in days.entries] == ["Holiday", "Event 0", "Event 1"]
    assert dict(days.totals) == {date(2026, 11, 2): COUNTED + 1}


def test_beyond_the_horizon_they_are_expanded_as_they_are_read(alice: User) -> None:
    calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)
    make_event(calendar, "Weekly", at, at + HOUR, recurrence=["RRULE:FREQ=WEEKLY"])
    Occurrence.objects.filter(owner=alice).delete()
    Calendar.objects.update(expanded_from=at - 9 * DAY, expanded_until=at - 8 * DAY)
    days = read_days(
        owner_id=alice.pk, start_on=FIRST, end_on=LAST, zone=ZoneInfo("UTC"), limit=lambda _: 9
    )
    assert [one.start_at for one in days.entries] == [at]
