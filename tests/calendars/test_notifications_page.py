"""Settings → Notifications, popups of open pages, and what a browser installs for push."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import Session, User
from calendars.models import (
    Calendar,
    Event,
    NotificationPreferences,
    PushMessage,
    PushSubscription,
    Reminder,
)
from tests.calendars.reminding import HOUR, make_local, remind
from tests.calendars.rows import make_calendar, make_connection
from tests.factories import make_session
from tests.product import ring_on

pytestmark = pytest.mark.django_db
PAGE = "/settings/notifications/"


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def text(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def make_reminder(event: Event, **fields: object) -> Reminder:
    now = timezone.now()
    values: dict[str, object] = {
        "method": "popup",
        "state": "ringing",
        "due_at": now,
        "handed_at": now,
        "expires_at": now + HOUR,
    }
    return Reminder.objects.create(
        id=uuid4(),
        owner_id=event.owner_id,
        event_id=event.pk,
        original_start_at=event.start_at,
        start_at=event.start_at,
        all_day=False,
        minutes=10,
        **{**values, **fields},
    )


def make_device(owner: User) -> PushSubscription:
    make_session(owner)
    return PushSubscription.objects.create(
        owner=owner,
        session=Session.objects.filter(user=owner)[0],
        endpoint_digest=uuid4().bytes,
        sealed_keys=b"sealed",
        service="push.example.com",
    )


@pytest.mark.quick
def test_it_names_each_calendar_with_what_holds(browser: Client, alice: User) -> None:
    make_local(alice)
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    work.default_reminders = [{"method": "email", "minutes": 30}]
    work.save()

    page = text(browser)

    assert "10 minutes before · all-day: the day before at 09:00" in strip_tags(page)
    assert "As in Google Calendar: 30 minutes before, by email" in page
    assert "Google sends the email reminders of its calendars itself" in page


def test_ways_and_hour_are_saved(browser: Client, alice: User) -> None:
    answer = browser.post(f"{PAGE}ways/", {"popup": "on", "all_day_at": "07:15"})

    assert answer.status_code == 302
    chosen = NotificationPreferences.objects.get()
    assert (chosen.mail, chosen.popup, chosen.push) == (False, True, False)
    assert chosen.all_day_at.isoformat() == "07:15:00"
    assert browser.post(f"{PAGE}ways/", {"all_day_at": "25:00"}).status_code == 422


def test_the_reminders_of_a_calendar_are_saved_without_javascript(
    browser: Client, alice: User
) -> None:
    calendar = make_local(alice)
    form = {
        "timed": "own",
        "timed_method": ["popup", "email", ""],
        "timed_amount": ["2", "1", ""],
        "timed_unit": ["hours", "weeks", "minutes"],
        "all_day_method": ["popup", ""],
        "all_day_days": ["0", ""],
        "mail": "on",
    }

    assert browser.post(f"{PAGE}calendars/{calendar.pk}/", form).status_code == 302

    calendar.refresh_from_db()
    assert calendar.own_reminders == {
        "timed": [{"method": "popup", "minutes": 120}, {"method": "email", "minutes": 10_080}],
        "all_day": [{"method": "popup", "days": 0}],
        "mail": True,
    }
    assert "2 hours before" in text(browser)


def test_what_is_no_number_is_refused(browser: Client, alice: User) -> None:
    calendar = make_local(alice)
    form = {"timed": "own", "timed_method": "popup", "timed_amount": "-5", "timed_unit": "hours"}

    answer = browser.post(f"{PAGE}calendars/{calendar.pk}/", form)

    assert answer.status_code == 422
    assert "Enter a whole number." in answer.content.decode()
    assert Calendar.objects.get().own_reminders is None


def test_anothers_calendar_and_device_are_not_found(browser: Client, charlie: User) -> None:
    calendar, device = make_local(charlie), make_device(charlie)

    for address in (
        f"calendars/{calendar.pk}/",
        f"devices/{device.pk}/test/",
        f"devices/{device.pk}/remove/",
    ):
        assert browser.post(f"{PAGE}{address}", {"timed": "account"}).status_code == 404
    assert PushSubscription.objects.exists()
    assert not PushMessage.objects.exists()


def test_a_device_is_listed_tested_and_removed(browser: Client, alice: User) -> None:
    device = make_device(alice)
    assert "push.example.com" in text(browser)

    browser.post(f"{PAGE}devices/{device.pk}/test/")
    assert (PushMessage.objects.get().payload or {})["title"] == "Notifications work"

    browser.post(f"{PAGE}devices/{device.pk}/remove/")
    assert not PushSubscription.objects.exists()
    assert "push.example.com" not in text(browser)


def test_what_was_missed_or_repeated_is_counted_and_shown(browser: Client, alice: User) -> None:
    event = remind(make_local(alice), datetime(2026, 11, 18, 9, tzinfo=UTC))
    make_reminder(event, state="missed", ended_at=timezone.now())
    make_reminder(event, state="sent", method="mail", repeated=1, ended_at=timezone.now())
    make_reminder(event, state="sent", method="push", ended_at=timezone.now())

    page = " ".join(text(browser).split())

    assert "2 reminders in 7 days · 1 missed · 1 may have come twice" in page
    assert "may have come twice: a worker stopped while sending" in page
    assert "Daybook wasn't running in time" in page


def test_popups_are_shown_snoozed_and_dismissed(browser: Client, alice: User) -> None:
    start_at = timezone.now() + timedelta(minutes=10)
    event = remind(make_local(alice), start_at, summary="Dentist <b>")
    first, second = make_reminder(event), make_reminder(event)
    shown = text(browser, "/reminders/")
    assert shown.count("Dentist &lt;b&gt;</bdi>") == 2

    def answer(reminder: Reminder, value: str) -> int:
        return browser.post(f"/reminders/{reminder.pk}/", {"answer": value}).status_code

    assert answer(first, "dismiss") == 302
    assert answer(second, "15") == 302
    assert answer(second, "7") == 422
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("sent", "scheduled")
    assert second.due_at > timezone.now() + timedelta(minutes=14)
    assert "Dentist" not in text(browser, "/reminders/")


def test_anothers_popup_is_not_found(browser: Client, charlie: User) -> None:
    event = remind(make_local(charlie), timezone.now() + HOUR)
    reminder = make_reminder(event)

    assert "Dentist" not in text(browser, "/reminders/")
    answer = browser.post(f"/reminders/{reminder.pk}/", {"answer": "dismiss"})
    assert answer.status_code == 404
    reminder.refresh_from_db()
    assert reminder.state == "ringing"


@pytest.mark.django_db(transaction=True)
def test_an_open_page_is_told_that_something_rings(browser: Client, alice: User) -> None:
    page = text(browser, "/settings/calendars/")
    version = page.split('data-version="')[1].split('"')[0]

    def bell() -> tuple[int, str]:
        answer = browser.get("/calendar/version/", headers={"If-None-Match": f'"{version}"'})
        return answer.status_code, answer.headers.get("Daybook-Bell", "")

    assert bell() == (304, "")
    reminder = make_reminder(remind(make_local(alice), timezone.now() + HOUR))
    ring_on(timezone.now())
    status, word = bell()
    assert (status, bool(word)) == (304, True), "the page itself is the newest"
    ring_on(timezone.now())
    assert bell()[1] == word

    browser.post(f"/reminders/{reminder.pk}/", {"answer": "5"})
    assert bell()[1] != word


def test_the_manifest_and_the_service_worker_are_anybodys_and_say_nothing() -> None:
    client = Client()
    manifest = client.get("/manifest.webmanifest")
    assert manifest["Content-Type"] == "application/manifest+json"
    content = json.loads(manifest.content)
    assert (content["scope"], content["display"]) == ("/", "standalone")
    assert {icon["purpose"] for icon in content["icons"]} == {"any", "maskable"}

    worker = client.get("/service-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert "no-cache" in worker["Cache-Control"]
    assert "worker-src 'self'" in worker["Content-Security-Policy"]
    script = worker.content.decode()
    assert "fetch" not in script
    assert "caches." not in script
    assert not worker.cookies
