"""Mails that tell a person what happened to a connection."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.models import Connection

TRY_AGAIN_AFTER = timedelta(minutes=10)
BATCH = 100
log = structlog.get_logger(__name__)


def tell_dead_grants() -> int:
    """Mails each person whose connection has ended, once; gives how many were told.

    The next try is put off before the mail goes out, so that no other worker sends it too.
    """
    due = Connection.objects.filter(
        status=Connection.Status.RECONNECT_REQUIRED, notice_due_at__lte=timezone.now()
    )
    with acting_as_system(reason="to list who is to be told"):
        connections = list(due.select_related("owner")[:BATCH])
    return sum(_tell(connection) for connection in connections)


def _tell(connection: Connection) -> bool:
    mine = Connection.objects.filter(pk=connection.pk)
    claimed = mine.filter(notice_due_at=connection.notice_due_at)
    next_try_at = timezone.now() + TRY_AGAIN_AFTER
    with acting_as(user_id=connection.owner_id):
        if not claimed.update(notice_due_at=next_try_at):
            return False
    try:
        _mail(connection)
    except OSError as error:  # smtplib's own errors are OSErrors too
        log.warning("mail_not_sent", notice="reconnect", error=type(error).__name__)
        return False
    with acting_as(user_id=connection.owner_id):
        mine.filter(notice_due_at=next_try_at).update(notice_due_at=None)
    return True


def _mail(connection: Connection) -> None:
    context = {
        "connection": connection,
        "page": settings.PUBLIC_URL + reverse("connections"),
    }
    subject = render_to_string("calendars/mail/reconnect_subject.txt", context).strip()
    body = render_to_string("calendars/mail/reconnect_message.txt", context)
    send_mail(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject, body, None, [connection.owner.email])
