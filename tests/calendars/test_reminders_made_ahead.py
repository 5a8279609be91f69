"""Reminders are rows, made ahead once; they follow their events and the settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.editing import change_event, create_event, delete_event
from calendars.events.history import Author
from calendars.models import (
    Calendar,
    Event,
    EventChange,
    NotificationPreferences,
    Reminder,
)
from calendars.reminders.defaults import Lead
from calendars.reminders.preferences import CalendarChoice, change_calendars, change_ways
from tests.calendars.reminding import (
    HOUR,
    Clock,
    due_times,
    live_in,
    make_local,
    remind,
    roll,
    states,
    stopped_clock,
    tick,
)
from tests.calendars.rows import make_calendar, make_connection
from tests.product import roll_reminders, send_due_reminders

pytestmark = pytest.mark.django_db
AUTHOR = Author(EventChange.Door.PAGE)
DAY = timedelta(days=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with stopped_clock(monkeypatch, "2026-12-01T08:00:00Z") as clock:
        yield clock


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_local(alice)


def change(event: Event, **changes: object) -> None:
    event.refresh_from_db()
    with acting_as(user_id=event.owner_id):
        change_event(
            owner_id=event.owner_id,
            event_id=event.pk,
            base=event.change_set,
            changes=changes,
            author=AUTHOR,
        )


@pytest.mark.quick
def test_the_default_of_a_local_calendar_is_ten_minutes(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    remind(calendar, clock.now + 2 * HOUR)

    roll()

    assert due_times(alice) == [clock.now + 2 * HOUR - timedelta(minutes=10)]
    assert states(alice) == ["scheduled"]


def test_own_reminders_of_an_event_replace_the_default(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    at = clock.now + 3 * HOUR
    remind(calendar, at, ("popup", 30), ("email", 60))

    roll()

    assert due_times(alice, "popup") == [at - timedelta(minutes=30)]
    assert due_times(alice, "mail") == [at - HOUR]


def test_an_event_without_reminders_of_its_own_may_have_none(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    remind(calendar, clock.now + HOUR, reminders={"useDefault": False, "overrides": []})

    roll()

    assert not Reminder.objects.exists()


def test_only_the_window_is_made_and_it_moves_on(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    remind(calendar, clock.now + 5 * DAY)
    remind(calendar, clock.now + 20 * DAY, ("popup", 19 * 24 * 60))

    roll()
    assert due_times(alice) == [clock.now + DAY], "a long way ahead of its event, but soon due"

    clock.go(days=4)
    roll()
    assert len(due_times(alice)) == 2


def test_what_moves_moves_its_reminder(alice: User, calendar: Calendar, clock: Clock) -> None:
    event = remind(calendar, clock.now + 2 * HOUR)
    roll()

    change(event, start_at=clock.now + 5 * HOUR, end_at=clock.now + 6 * HOUR)
    roll()

    assert due_times(alice) == [clock.now + 5 * HOUR - timedelta(minutes=10)]


def test_a_new_title_is_the_same_reminder(alice: User, calendar: Calendar, clock: Clock) -> None:
    event = remind(calendar, clock.now + 2 * HOUR)
    roll()
    [before] = Reminder.objects.values_list("pk", flat=True)

    change(event, summary="Dentist, upstairs")
    roll()

    assert list(Reminder.objects.values_list("pk", flat=True)) == [before]


def test_a_rewritten_event_does_not_remind_again(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    event = remind(calendar, clock.now + HOUR)
    roll()
    clock.go(minutes=51)
    assert tick() == 1

    change(event, summary="Dentist, upstairs")
    assert tick() == 0
    assert states(alice) == ["ringing"]


def test_a_deleted_event_does_not_remind(alice: User, calendar: Calendar, clock: Clock) -> None:
    event = remind(calendar, clock.now + HOUR)
    roll()

    with acting_as(user_id=alice.pk):
        delete_event(owner_id=alice.pk, event_id=event.pk, base=event.change_set, author=AUTHOR)
    roll()

    assert not Reminder.objects.exists()


def test_what_was_deleted_a_moment_ago_is_not_sent(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    event = remind(calendar, clock.now + HOUR, ("email", 10))
    roll()
    clock.go(minutes=51)
    with acting_as(user_id=alice.pk):
        delete_event(owner_id=alice.pk, event_id=event.pk, base=event.change_set, author=AUTHOR)

    assert send_due_reminders() == 0, "before the reminders are made again"
    assert not Reminder.objects.exists()


def test_declined_invitations_do_not_remind_and_open_ones_do(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    me = {"email": alice.email, "self": True}
    remind(calendar, clock.now + HOUR, attendees=[{**me, "response": "declined"}])
    remind(calendar, clock.now + 2 * HOUR, attendees=[me])

    roll()

    assert due_times(alice) == [clock.now + 2 * HOUR - timedelta(minutes=10)]


def test_what_begins_before_it_was_known_does_not_remind(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    """An import of the past, or an event that is entered after its reminder's time."""
    remind(calendar, clock.now + timedelta(minutes=5), changed_at=clock.now)
    remind(calendar, clock.now - 3 * HOUR, changed_at=clock.now)

    roll()

    assert not Reminder.objects.exists()


def test_a_default_that_is_chosen_later_reminds_of_nothing_past(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    remind(calendar, clock.now + HOUR, changed_at=clock.now - DAY)
    roll()
    choice = CalendarChoice(calendar.pk, (Lead("popup", 120), Lead("popup", 30)), (), mail=True)

    with acting_as(user_id=alice.pk):
        change_calendars(owner_id=alice.pk, choices=[choice])
    roll()

    assert due_times(alice) == [clock.now + timedelta(minutes=30)]


def test_a_calendar_of_google_has_the_defaults_of_its_account(alice: User, clock: Clock) -> None:
    calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    calendar.default_reminders = [
        {"method": "popup", "minutes": 20},
        {"method": "email", "minutes": 30},
    ]
    calendar.save()
    remind(calendar, clock.now + HOUR)

    roll()
    assert due_times(alice, "popup") == [clock.now + timedelta(minutes=40)]
    assert due_times(alice, "mail") == [], "Google sends those itself"

    choice = CalendarChoice(calendar.pk, None, (), mail=True)
    with acting_as(user_id=alice.pk):
        change_calendars(owner_id=alice.pk, choices=[choice])
    roll()
    assert due_times(alice, "mail") == [clock.now + timedelta(minutes=30)]


def test_a_way_that_is_switched_off_takes_its_reminders_away(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    remind(calendar, clock.now + 2 * HOUR, ("popup", 10), ("email", 10))
    roll()
    assert len(states(alice)) == 2

    with acting_as(user_id=alice.pk):
        ways = {"mail": False, "popup": True, "push": True}
        change_ways(owner_id=alice.pk, ways=ways, all_day_at=time(9))
    roll()

    assert [row.method for row in Reminder.objects.all()] == ["popup"]


@pytest.mark.parametrize(
    ("zone", "day", "due"),
    [
        ("Europe/Berlin", "2026-12-02", "2026-12-01T09:00:00+01:00"),
        ("America/New_York", "2026-12-02", "2026-12-01T09:00:00-05:00"),
        ("Pacific/Auckland", "2026-12-03", "2026-12-02T09:00:00+13:00"),
    ],
)
def test_an_all_day_event_reminds_at_the_persons_hour_the_day_before(
    alice: User, calendar: Calendar, clock: Clock, zone: str, day: str, due: str
) -> None:
    live_in(alice, zone)
    clock.at("2026-12-01T00:00:00Z")
    on = datetime.fromisoformat(f"{day}T00:00:00Z")
    remind(calendar, on, all_day=True, end_at=on + DAY)

    roll()

    assert due_times(alice) == [datetime.fromisoformat(due)]


def test_the_hour_and_the_zone_of_all_day_events_move_their_reminders(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    live_in(alice, "Europe/Berlin")
    on = datetime(2026, 12, 3, tzinfo=UTC)
    remind(calendar, on, all_day=True, end_at=on + DAY)
    roll()
    [former] = Reminder.objects.values_list("pk", flat=True)

    with acting_as(user_id=alice.pk):
        ways = {"mail": True, "popup": True, "push": True}
        change_ways(owner_id=alice.pk, ways=ways, all_day_at=time(18, 30))
    roll()
    assert due_times(alice) == [datetime.fromisoformat("2026-12-02T18:30:00+01:00")]

    live_in(alice, "Asia/Tokyo")
    roll()
    assert due_times(alice) == [datetime.fromisoformat("2026-12-02T18:30:00+09:00")]
    assert [row.pk for row in Reminder.objects.all()] == [former], "the same one, moved"


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2027-03-28", "2027-03-28T09:00:00+02:00"),  # the clocks went forward that morning
        ("2027-10-31", "2027-10-31T09:00:00+01:00"),  # and back
    ],
)
def test_nine_is_nine_on_the_days_of_a_clock_change(
    alice: User, calendar: Calendar, clock: Clock, day: str, due: str
) -> None:
    live_in(alice, "Europe/Berlin")
    on = datetime.fromisoformat(f"{day}T00:00:00Z")
    clock.now = on - 12 * HOUR
    calendar.own_reminders = {"timed": None, "all_day": [{"method": "popup", "days": 0}]}
    calendar.save()
    remind(calendar, on, all_day=True, end_at=on + DAY)

    roll()

    assert due_times(alice) == [datetime.fromisoformat(due)]


def test_each_instance_of_a_series_reminds(alice: User, calendar: Calendar, clock: Clock) -> None:
    with acting_as(user_id=alice.pk):
        create_event(
            owner_id=alice.pk,
            calendar_id=calendar.pk,
            values={
                "summary": "Run",
                "start_at": clock.now + HOUR,
                "end_at": clock.now + 2 * HOUR,
                "recurrence": ["RRULE:FREQ=DAILY"],
            },
            author=AUTHOR,
        )
    roll()
    assert due_times(alice) == [
        clock.now + HOUR + number * DAY - timedelta(minutes=10) for number in range(2)
    ]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_where_nothing_changed(
    alice: User, bob: User, calendar: Calendar, clock: Clock
) -> None:
    remind(calendar, clock.now + HOUR)
    assert roll_reminders() == 1
    assert roll_reminders() == 0

    clock.go(hours=25)
    assert roll_reminders() == 1


def test_an_outage_of_days_leaves_what_it_missed(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    """What would have been made meanwhile is noted as missed, if it is of the last day."""
    roll()
    remind(calendar, clock.now + 4 * DAY, changed_at=clock.now - DAY)
    tick()
    assert not Reminder.objects.exists()

    clock.go(days=4, hours=2)
    tick()

    assert states(alice) == ["missed"]


def test_bob_has_none_of_alices(alice: User, bob: User, calendar: Calendar, clock: Clock) -> None:
    remind(calendar, clock.now + HOUR)
    roll()

    with acting_as(user_id=bob.pk):
        assert not Reminder.objects.exists()
        assert not NotificationPreferences.objects.exists()
