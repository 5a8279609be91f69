"""Notifications for devices, written as rows; calendars/reminders/delivery.py sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from calendars.models import Event, PushMessage, PushSubscription, Reminder
from calendars.reminders.mails import event_path
from calendars.reminders.words import title_of, when
from config.workers import announce

TASK = "calendars.tasks.send_pushes"
TEST_LASTS = timedelta(minutes=10)


def queue_pushes(
    devices: Sequence[PushSubscription],
    *,
    reminder: Reminder,
    event: Event,
    start_at: datetime,
    end_at: datetime,
    is_late: bool,
    now: datetime,
) -> None:
    """One message a device, with no more than a title and a time."""
    words = when(start_at, end_at, all_day=event.all_day, now=now)
    body = _("%(when)s (late)") % {"when": words} if is_late else words
    payload = _payload(
        title_of(event), body, event_path(event, reminder.original_start_at), reminder.pk.hex
    )
    _queue(devices, payload, expires_at=reminder.expires_at, reminder=reminder)


def queue_test(device: PushSubscription) -> None:
    payload = _payload(
        _("Notifications work"),
        _("This device receives your reminders."),
        reverse("settings-notifications"),
        "test",
    )
    _queue([device], payload, expires_at=timezone.now() + TEST_LASTS, reminder=None)


def _payload(title: str, body: str, path: str, tag: str) -> dict[str, Any]:
    """What the service worker shows. A notification replaces one with its tag."""
    return {"title": title, "body": body, "url": path, "tag": tag, "lang": get_language() or "en"}


def _queue(
    devices: Sequence[PushSubscription],
    payload: dict[str, Any],
    *,
    expires_at: datetime,
    reminder: Reminder | None,
) -> None:
    PushMessage.objects.bulk_create(
        PushMessage(
            owner_id=device.owner_id,
            subscription=device,
            reminder=reminder,
            payload=payload,
            expires_at=expires_at,
        )
        for device in devices
    )
    announce(TASK)
