"""Django's mail backend: each message becomes a row for each recipient, which a worker sends.

Everything that sends mail by Django goes through here: allauth, the notices, `sendtestemail`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from accounts.mail.content import seal_message
from accounts.models import OutgoingMail
from config.metrics import MAILS
from config.workers import announce

TASK: Final = "accounts.tasks.send_mails"


class EmailBackend(BaseEmailBackend):
    """Writes the rows in the caller's transaction, and tells the workers when that commits."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        rows = [row for message in messages for row in _rows(message)]
        OutgoingMail.objects.bulk_create(rows)
        if rows:
            transaction.on_commit(partial(MAILS.labels("queued").inc, len(rows)))
            announce(TASK)
        return len(messages)


def _rows(message: EmailMessage) -> list[OutgoingMail]:
    """One row a recipient, so that a refused address holds no other up."""
    rows = [OutgoingMail(recipient=recipient) for recipient in message.recipients()]
    if rows:
        content = _content(message, identity=str(rows[0].pk))
        for row in rows:
            row.sealed_message = seal_message(content, mail=row.pk)
    return rows


def _content(message: EmailMessage, *, identity: str) -> bytes:
    """The message as it is sent. A mail that is sent twice has one Message-ID (RFC 5322, 3.6.4)."""
    headers: dict[str, Any] = {name.lower(): value for name, value in message.extra_headers.items()}
    if "message-id" not in headers:
        host = urlsplit(settings.PUBLIC_URL).hostname
        message.extra_headers["Message-ID"] = f"<{identity}@{host}>"
    return message.message().as_bytes()
