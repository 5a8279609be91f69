"""The content of a waiting mail at rest: sealed for its row, since it may open an account."""

from __future__ import annotations

from email import message_from_bytes, policy
from uuid import UUID

from django.core.mail import EmailMessage

from accounts.models import OutgoingMail
from config.encryption import keyring


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
