"""What touches a window: one rule in Python and in SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from calendars.models import Calendar, Event, Occurrence, event_id_for
from calendars.models.event import LONG_SPAN, is_long
from calendars.rfc5545.recurrence import touches
from calendars.timeline.occurrences import occurrences_between
from calendars.timeline.window import Window, touching_sql

ZONES = ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns")
MIDNIGHT = datetime(2027, 3, 28, tzinfo=UTC)  # clocks change in Berlin on this day
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

hours = st.integers(-48, 48)
lengths = st.sampled_from([timedelta(0), HOUR, DAY, LONG_SPAN - HOUR, LONG_SPAN, LONG_SPAN + HOUR])


def occurrence(start_at: datetime, length: timedelta, *, all_day: bool) -> Occurrence:
    end_at = start_at + length
    return Occurrence(
        original_start_at=start_at,
        start_at=start_at,
        end_at=end_at,
        all_day=all_day,
        long=is_long(start_at, end_at),
    )


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return Calendar.objects.create(owner=alice, name="Home")


def store(calendar: Calendar, spans: list[Occurrence]) -> None:
    for number, one in enumerate(spans):
        event = Event.objects.create(
            pk=event_id_for(calendar.pk, str(number)),
            owner_id=calendar.owner_id,
            calendar=calendar,
            remote_id=str(number),
            summary=str(number),
            start_at=one.start_at,
            end_at=one.end_at,
            all_day=one.all_day,
        )
        one.event, one.calendar, one.owner_id = event, calendar, calendar.owner_id
        one.save(force_insert=True)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    begins=hours,
    lasts=st.sampled_from([HOUR, 5 * HOUR, DAY, 7 * DAY]),
    spans=st.lists(st.tuples(hours, lengths, st.booleans()), min_size=1, max_size=6),
)
def test_python_and_the_database_agree(
    zone: str, begins: int, lasts: timedelta, spans: list[tuple[int, timedelta, bool]]
) -> None:
    start_at = (MIDNIGHT + begins * HOUR).astimezone(ZoneInfo(zone))
    window = Window(start_at, (start_at.astimezone(UTC) + lasts).astimezone(ZoneInfo(zone)))
    owner = User.objects.create_user(f"{User.objects.count()}@example.org", None)
    mine = Calendar.objects.create(owner=owner, name="Home")
    rows = []
    for before, length, all_day in spans:
        at = MIDNIGHT + before * HOUR - length
        rows.append(occurrence(at.replace(hour=0) if all_day else at, length, all_day=all_day))
    store(mine, rows)

    held = {row.event.summary for row in rows if window.holds(row)}
    found = occurrences_between(
        owner_id=owner.pk, start_at=window.start_at, end_at=window.end_at, calendar_id=mine.pk
    )
    assert {entry.summary for entry in found} == held


def test_an_occurrence_of_just_31_days_is_found_where_the_clocks_have_changed(
    alice: User, calendar: Calendar
) -> None:
    """It isn't one of the long ones, so it has to be near by its start."""
    zone = ZoneInfo("Europe/Berlin")
    start_at = datetime(2027, 4, 10, tzinfo=zone)
    ends_at = start_at.astimezone(UTC) + timedelta(minutes=30)
    store(calendar, [occurrence(ends_at - LONG_SPAN, LONG_SPAN, all_day=False)])
    found = occurrences_between(owner_id=alice.pk, start_at=start_at, end_at=start_at + HOUR)
    assert [entry.summary for entry in found] == ["0"]


@pytest.mark.parametrize("begins", [-2, -1, 0, 1, 2, 3])
@pytest.mark.parametrize("length", [0, 1, 2])
def test_one_rule_in_two_forms(calendar: Calendar, begins: int, length: int) -> None:
    after, before = MIDNIGHT, MIDNIGHT + 2 * HOUR
    start_at, end_at = MIDNIGHT + begins * HOUR, MIDNIGHT + (begins + length) * HOUR
    expected = begins < 2 and (begins + length > 0 or begins >= 0)
    store(calendar, [occurrence(start_at, length * HOUR, all_day=False)])
    assert touches(start_at, end_at, after=after, before=before) is expected
    rule = touching_sql("o", after="%(after)s", before="%(before)s").as_string()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rule} FROM calendars_occurrence AS o",
            {"after": after, "before": before},
        )
        assert cursor.fetchone() == (expected,)
