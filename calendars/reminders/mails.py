"""Reminders by email: written in their reader's language and zone, sent by accounts/mail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.mail.queue import queue_mails
from accounts.models import User
from calendars.models import Event
from calendars.reminders.words import title_of, when
from calendars.timeline.instances import at_of
from config.web.public_address import public_address

SALT = "reminders by email"


def event_path(event: Event, start_at: datetime) -> str:
    return f"{reverse('event', args=[event.pk])}?at={at_of(start_at)}"


def queue_reminder(
    *,
    owner: User,
    event: Event,
    start_at: datetime,
    end_at: datetime,
    is_late: bool,
    now: datetime,
) -> UUID:
    """Write the email of one reminder; return the id of its row."""
    stop = public_address(reverse("stop-reminder-mails", args=[stop_token(owner)]))
    context = {
        "title": title_of(event),
        "when": when(start_at, end_at, all_day=event.all_day, now=now),
        "place": "" if event.visibility in ("private", "confidential") else event.location[:300],
        "is_late": is_late,
        "page": public_address(event_path(event, start_at)),
        "settings": public_address(reverse("settings-notifications")),
        "stop": stop,
    }
    subject = render_to_string("reminders/mail_subject.txt", context)
    message = EmailMessage(
        settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + " ".join(subject.split()),
        render_to_string("reminders/mail_message.txt", context),
        None,
        [owner.email],
        # RFC 8058: mail programs offer to end these mails with one click.
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    [row] = queue_mails([message])
    return row.pk


def stop_token(owner: User) -> str:
    """Opens nothing but the end of reminders by email, so it doesn't expire."""
    return signing.Signer(salt=SALT).sign(str(owner.public_id))


def owner_of_token(token: str) -> str:
    """Return the public id of the person. Raises BadSignature."""
    return signing.Signer(salt=SALT).unsign(token)
