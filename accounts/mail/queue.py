"""Django's mail backend: each message becomes a row for each recipient, which a worker sends.

Everything that sends mail by Django goes through here: allauth, the notices, `sendtestemail`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email import message_from_bytes, policy
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.clients import Client
from accounts.models import OutgoingMail, Session, User
from accounts.reading import for_reader
from config.database.encryption import keyring
from config.metrics import MAILS
from config.web.public_address import public_address
from config.workers import announce

log = structlog.get_logger(__name__)
TASK: Final = "accounts.tasks.send_mails"


def sealing_context(mail: UUID) -> str:
    return f"accounts_outgoingmail.sealed_message:{mail}"


def seal_message(content: bytes, *, mail: UUID) -> bytes:
    return keyring().seal(content, context=sealing_context(mail))


def open_message(mail: OutgoingMail) -> StoredMessage:
    """Raises CannotDecrypt."""
    content = keyring().open(mail.sealed_message, context=sealing_context(mail.pk))
    return StoredMessage(content, recipient=mail.recipient)


class _StoredContent:
    """Exactly the bytes that were stored, in the form in which Django's transports ask for them."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\n") -> bytes:
        return linesep.encode().join(self._content.splitlines())


class StoredMessage(EmailMessage):
    """A message for Django's transports that sends what was stored, to one recipient."""

    def __init__(self, content: bytes, *, recipient: str) -> None:
        parsed = message_from_bytes(content, policy=policy.default)
        text = parsed.get_body(("plain", "html"))
        super().__init__(
            subject=str(parsed["Subject"]),
            body=text.get_content() if text is not None else "",
            from_email=str(parsed["From"]),
            to=[recipient],
        )
        self._content = content

    def message(self, **_options: object) -> _StoredContent:  # type: ignore[override]
        return _StoredContent(self._content)


def mails_to(user: User) -> QuerySet[OutgoingMail]:
    """Also to addresses that the person has not confirmed, unless they are another person's too."""
    own = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    others = EmailAddress.objects.exclude(user=user).filter(email__in=own)
    primary = User.objects.exclude(pk=user.pk).filter(email__in=own)
    shared = {*others.values_list("email", flat=True), *primary.values_list("email", flat=True)}
    return OutgoingMail.objects.filter(recipient__in=own - shared)


class EmailBackend(BaseEmailBackend):
    """Writes the rows in the caller's transaction, and tells the workers when that commits."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        queue_mails(messages)
        return len(messages)


def queue_mails(messages: Sequence[EmailMessage]) -> list[OutgoingMail]:
    """Write the rows; for callers that want to know what became of them."""
    rows = [row for message in messages for row in _rows(message)]
    OutgoingMail.objects.bulk_create(rows)
    if rows:
        transaction.on_commit(partial(MAILS.labels("queued").inc, len(rows)))
        announce(TASK)
    return rows


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


def tell_refresh_reused(*, session: Session) -> None:
    log.warning("refresh_token_reused", session=str(session.pk), user=str(session.user.public_id))
    _send("refresh_reused", session.user, {"session": session})


def tell_wrong_codes(*, user: User, client: Client, count: int) -> None:
    """The password opened the way to the code, so its owner is asked to change it."""
    reset = public_address(reverse("account_reset_password"))
    log_page = public_address(reverse("settings-log"))
    context = {"count": count, "ip": client.ip, "reset": reset, "log_page": log_page}
    _send("wrong_codes", user, context)


def _send(notice: str, user: User, context: Mapping[str, object]) -> None:
    with for_reader(user):
        get_adapter().send_mail(f"accounts/mail/{notice}", user.email, dict(context))
