"""Mails that tell a person what happened to a connection."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.local_time import in_zone_of
from accounts.security_context import acting_as, acting_as_system
from calendars.models import Connection
from config.public_address import public_address

BATCH = 100


def tell_dead_grants() -> int:
    """Mails each person whose connection has ended, once; gives how many were told."""
    due = Connection.objects.filter(
        status=Connection.Status.RECONNECT_REQUIRED, notice_due_at__lte=timezone.now()
    )
    with acting_as_system(reason="to list who is to be told"):
        connections = list(due.select_related("owner")[:BATCH])
    return sum(_tell(connection) for connection in connections)


def _tell(connection: Connection) -> bool:
    """The mail is kept with the note that it was written, so that no other worker writes it too."""
    due = Connection.objects.filter(pk=connection.pk, notice_due_at=connection.notice_due_at)
    with acting_as(user_id=connection.owner_id):
        if not due.update(notice_due_at=None):
            return False
        _mail(connection)
    return True


def _mail(connection: Connection) -> None:
    context = {
        "connection": connection,
        "page": public_address(reverse("connections")),
    }
    with in_zone_of(connection.owner):
        subject = render_to_string("calendars/mail/reconnect_subject.txt", context).strip()
        body = render_to_string("calendars/mail/reconnect_message.txt", context)
    send_mail(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject, body, None, [connection.owner.email])
