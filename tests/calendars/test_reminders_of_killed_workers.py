"""Many reminders due in one minute, sent by workers that are killed: none lost, repeated ones
counted.

`REMINDERS=10000 pytest -s tests/calendars/test_reminders_of_killed_workers.py` prints figures.
"""

from __future__ import annotations

import ipaddress
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import MailServer, OutgoingMail, Session, User
from accounts.security_context import acting_as_system
from calendars.models import Calendar, Event, Occurrence, PushMessage, Reminder
from calendars.models.event import event_id_for
from calendars.reminders.devices import PushKeys, subscribe
from tests.calendars import children
from tests.factories import make_session
from tests.product import (
    roll_reminders,
    send_due_mails,
    send_due_pushes,
    send_due_reminders,
    settle_reminders,
)
from tests.push_service import LOOPBACK, PushService, push_service
from tests.smtp_server import SMTPServer, smtp_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
REMINDERS = int(os.environ.get("REMINDERS", "500"))
KILLS = 6
EVENTS_EACH = 10
UNDER_WAY = ["scheduled", "handed"]


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[SMTPServer]:
    with smtp_server() as server:
        settings.MAIL_TRANSPORT = "accounts.mail.smtp.SMTPTransport"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    with push_service() as service:
        settings.PUSH_ALLOWED_NETWORKS = (ipaddress.ip_network(LOOPBACK),)
        yield service


def fill(service: PushService) -> None:
    """Owners with a device and ten events each, which all remind by email and push at one time."""
    owners = max(1, REMINDERS // (2 * EVENTS_EACH))
    User.objects.bulk_create(User(email=f"person{number}@example.org") for number in range(owners))
    calendars = [Calendar(owner=owner, name="Private") for owner in User.objects.all()]
    Calendar.objects.bulk_create(calendars)
    for calendar in calendars:
        add_device(calendar.owner, service)
    began = timezone.now()
    due_at = began + timedelta(seconds=3 + owners / 5)
    start_at = due_at + timedelta(minutes=10)
    events = [new_event(each, number, start_at) for each in calendars for number in range(10)]
    Event.objects.bulk_create(events, batch_size=500)
    Occurrence.objects.bulk_create((new_occurrence(event) for event in events), batch_size=500)
    roll_reminders()
    rolled = (timezone.now() - began).total_seconds()
    Reminder.objects.filter(method="popup").delete()
    print(f"\n{owners} owners rolled in {rolled:.1f} s: {Reminder.objects.count()} reminders")
    time.sleep(max(0, (due_at - timezone.now()).total_seconds()))


def add_device(owner: User, service: PushService) -> None:
    make_session(owner)
    keys = service.subscribe().subscription
    session = Session.objects.filter(user=owner)[0]
    given = PushKeys(keys["endpoint"], **keys["keys"])
    subscribe(owner_id=owner.pk, session=session, keys=given)


def new_event(calendar: Calendar, number: int, start_at: datetime) -> Event:
    overrides = [{"method": method, "minutes": 10} for method in ("email", "popup")]
    return Event(
        id=event_id_for(calendar.pk, str(number)),
        owner_id=calendar.owner_id,
        calendar=calendar,
        remote_id=str(number),
        summary=f"Meeting {number}",
        start_at=start_at,
        end_at=start_at,
        reminders={"useDefault": False, "overrides": overrides},
    )


def new_occurrence(event: Event) -> Occurrence:
    return Occurrence(
        event=event,
        original_start_at=event.start_at,
        owner_id=event.owner_id,
        calendar=event.calendar,
        start_at=event.start_at,
        end_at=event.end_at,
        all_day=False,
        long=False,
    )


def work() -> bool:
    """What a worker does until nothing is left, in a process of its own."""
    while True:
        send_due_reminders()
        send_due_mails()
        send_due_pushes()
        settle_reminders()
        if not is_anything_left():
            return True
        time.sleep(0.02)


def is_anything_left() -> bool:
    with acting_as_system(reason="a test"):
        return Reminder.objects.filter(state__in=UNDER_WAY).exists()


def let_leases_lapse() -> None:
    """As if the time had passed after which a worker's leases lapse."""
    past = timezone.now() - timedelta(seconds=1)
    MailServer.objects.filter(lease_token__isnull=False).update(lease_until=past)
    for rows in (OutgoingMail.objects, PushMessage.objects):
        rows.filter(lease_token__isnull=False).update(lease_until=past)


def test_each_is_sent_once_or_counted_as_repeated(
    mail_server: SMTPServer, service: PushService
) -> None:
    fill(service)
    total = Reminder.objects.count()
    dice = random.Random(14)
    service.seconds = 0.01
    began = time.monotonic()
    for kill in range(1, KILLS + 1):
        workers = [children.start(work) for _number in range(2)]
        wait_for(total * kill // (KILLS + 2), mail_server, service)
        time.sleep(dice.uniform(0, 0.05))
        for worker in workers:
            os.kill(worker.pid or 0, signal.SIGKILL)
            assert children.join(worker) == children.KILLED
        let_leases_lapse()
    workers = [children.start(work) for _number in range(2)]
    while [worker for worker in workers if worker.is_alive()]:
        time.sleep(0.1)
    took = time.monotonic() - began

    rows = {row.pk: row for row in Reminder.objects.all()}
    mails = Counter(str(each["Message-ID"]) for each in mail_server.accepted)
    pushes = Counter(UUID(each.message["tag"]) for each in service.received)
    copies = {key: pushes[key] for key, row in rows.items() if row.method == "push"}
    copies |= {key: mails[message_id(row)] for key, row in rows.items() if row.method == "mail"}
    repeated = sum(row.repeated > 0 for row in rows.values())
    doubled = sum(count > 1 for count in copies.values())
    print(
        f"{total} due at once, {KILLS} kills of 2 workers: all sent in {took:.1f} s;"
        f" {doubled} came twice, {repeated} counted as repeated, 0 lost"
    )
    assert len(rows) == total
    assert {row.state for row in rows.values()} == {"sent"}
    assert [key for key, count in copies.items() if count == 0] == [], "lost"
    uncounted = [key for key, count in copies.items() if count > 1 + rows[key].repeated]
    assert uncounted == []


def wait_for(count: int, mail_server: SMTPServer, service: PushService) -> None:
    """Until so many were sent: the workers are in the middle of it."""
    while len(mail_server.accepted) + len(service.received) < count:
        time.sleep(0.002)


def message_id(row: Reminder) -> str:
    return f"<{row.mail_id}@127.0.0.1>"
