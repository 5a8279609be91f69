"""What is due is sent once, in its reader's words; what comes late says so or is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import OutgoingMail, User
from accounts.security_context import acting_as
from calendars.models import Calendar, NotificationPreferences, Reminder
from calendars.reminders.log import log_of
from calendars.reminders.popups import dismiss, ringing_of, snooze
from tests.calendars.reminding import (
    HOUR,
    Clock,
    live_in,
    make_local,
    remind,
    roll,
    states,
    stopped_clock,
    tick,
)
from tests.product import ring_on

pytestmark = pytest.mark.django_db
ADDRESS = re.compile(r"https?://\S+")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with stopped_clock(monkeypatch, "2026-12-01T08:00:00Z") as clock:
        yield clock


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_local(alice)


def due_mail(calendar: Calendar, clock: Clock, **fields: object) -> None:
    remind(calendar, clock.now + HOUR, ("email", 30), **fields)
    roll()
    clock.go(minutes=30)


@pytest.mark.quick
def test_a_mail_says_what_when_and_where(alice: User, calendar: Calendar, clock: Clock) -> None:
    live_in(alice, "Europe/Berlin")
    due_mail(calendar, clock, location="Rue de la Gare 4")

    assert tick() == 1

    [sent] = mail.outbox
    assert sent.to == [alice.email]
    assert sent.subject == "Daybook: Dentist: Today, 10:00–11:00"  # noqa: RUF001 - an en dash
    assert "Rue de la Gare 4" in sent.body
    assert "late" not in sent.body
    page, settings, stop = ADDRESS.findall(str(sent.body))
    assert "/events/" in page
    assert settings.endswith("/settings/notifications/")
    written = message_from_bytes(sent.message().as_bytes(), policy=policy.default)
    assert written["List-Unsubscribe"].strip() == f"<{stop}>"
    assert written["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mail_is_in_its_readers_language(alice: User, calendar: Calendar, clock: Clock) -> None:
    live_in(alice, "Asia/Tokyo", "de")
    due_mail(calendar, clock)
    tick()

    [sent] = mail.outbox
    assert sent.subject == "Daybook: Dentist: Heute, 18:00–19:00 Uhr"  # noqa: RUF001 - an en dash


def test_a_private_event_gives_nothing_away(alice: User, calendar: Calendar, clock: Clock) -> None:
    due_mail(calendar, clock, visibility="private", location="Clinic")
    tick()

    [sent] = mail.outbox
    assert "Dentist" not in sent.subject + str(sent.body)
    assert "Clinic" not in str(sent.body)
    assert sent.subject.startswith("Daybook: Reminder: ")


def test_each_is_sent_once_whatever_the_clock_does(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    due_mail(calendar, clock)
    assert tick() == 1

    for hours in (-1, -24, 24.2, 0.5, -100, 100):
        clock.go(hours=hours)
        tick()

    assert len(mail.outbox) == 1


def test_a_clock_that_runs_ahead_loses_nothing(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    """What it noted as missed is due again when it is right."""
    remind(calendar, clock.now + 5 * HOUR, ("email", 30))
    roll()
    clock.go(hours=30)
    tick()
    assert states(alice) == ["missed"]

    clock.go(hours=-30)
    tick()
    assert states(alice) == ["scheduled"]
    clock.go(hours=4.5)
    assert tick() == 1
    assert len(mail.outbox) == 1


def test_until_shortly_after_the_start_it_is_sent_late(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    due_mail(calendar, clock)
    clock.go(minutes=44)  # 14 after the start

    assert tick() == 1

    [sent] = mail.outbox
    assert "This reminder is late" in sent.body
    assert log_of(alice.pk).lines[0].is_late


def test_of_what_began_long_ago_nothing_is_sent(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    due_mail(calendar, clock)
    clock.go(minutes=46)

    assert tick() == 0

    assert not OutgoingMail.objects.exists()
    assert states(alice) == ["missed"]
    assert log_of(alice.pk).missed == 1


def test_a_mail_that_may_have_gone_twice_is_counted(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    """A worker died between the server's acceptance and the note of it."""
    due_mail(calendar, clock)
    tick()
    row = OutgoingMail.objects.get()
    assert OutgoingMail.objects.claim_next(lasting=timedelta(minutes=1)) is not None
    clock.go(minutes=2)
    assert OutgoingMail.objects.claim_next(lasting=timedelta(minutes=1)) is not None
    OutgoingMail.objects.filter(pk=row.pk).update(status="sent", ended_at=clock.now)

    tick()

    [reminder] = Reminder.objects.all()
    assert (reminder.state, reminder.repeated) == ("sent", 1)
    assert log_of(alice.pk).repeated == 1


def test_a_mail_ends_reminders_by_mail_with_one_click(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    due_mail(calendar, clock)
    remind(calendar, clock.now + 2 * HOUR, ("email", 30))
    tick()
    stop = ADDRESS.findall(str(mail.outbox[0].body))[2].partition("8000")[2]
    client = Client(enforce_csrf_checks=True)

    assert "Stop reminders by email" in client.get(stop).content.decode()
    assert not NotificationPreferences.objects.exists(), "a program that looks at links"
    answer = client.post(stop, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert NotificationPreferences.objects.get().mail is False
    clock.go(hours=2)
    tick()
    assert len(mail.outbox) == 1
    assert client.post(f"{stop[:-3]}xx/").status_code == 404


def test_a_popup_rings_until_it_is_dismissed(alice: User, calendar: Calendar, clock: Clock) -> None:
    remind(calendar, clock.now + HOUR)
    roll()
    clock.go(minutes=50)
    tick()
    [ringing] = ringing_of(alice.pk)

    with acting_as(user_id=alice.pk):
        snooze(owner_id=alice.pk, reminder_id=ringing.pk, minutes=5)
    assert ringing_of(alice.pk) == []
    tick()
    assert ringing_of(alice.pk) == [], "rolled again meanwhile"
    clock.go(minutes=5)
    tick()
    assert [one.pk for one in ringing_of(alice.pk)] == [ringing.pk]

    with acting_as(user_id=alice.pk):
        dismiss(owner_id=alice.pk, reminder_id=ringing.pk)
        dismiss(owner_id=alice.pk, reminder_id=ringing.pk)
    assert states(alice) == ["sent"]


def test_a_popup_that_nobody_saw_ends_after_its_event_began(
    alice: User, calendar: Calendar, clock: Clock
) -> None:
    remind(calendar, clock.now + HOUR)
    roll()
    clock.go(minutes=50)
    tick()
    clock.go(minutes=26)

    assert ring_on(clock.now) == 1
    assert states(alice) == ["unseen"]


def test_all_day_events_remind_until_the_day_is_over(
    alice: User, calendar: Calendar, clock: Clock, settings: Settings
) -> None:
    on = datetime(2026, 12, 2, tzinfo=UTC)
    remind(calendar, on, all_day=True, end_at=on + 24 * HOUR, summary="Holiday")
    roll()

    clock.at("2026-12-02T20:00:00Z")
    assert tick() == 1

    clock.at("2026-12-03T00:00:01Z")
    ring_on(clock.now)
    assert states(alice) == ["unseen"]
