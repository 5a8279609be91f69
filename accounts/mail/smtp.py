"""SMTP within bounds of time: on each step, and on a conversation as a whole."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from config.workers import cut_after

# A server that sends a byte now and then keeps each step within EMAIL_TIMEOUT, and not the whole.
CONVERSATION_TIMEOUTS = 3
SERVICE_CLOSING = 421  # RFC 5321, 3.8
TOO_LARGE = 552  # RFC 1870, 6.2: in answer to MAIL FROM, and about the mail


class SMTPTransport(smtp.EmailBackend):
    """Django's, with its connection kept open from one mail to the next until `close`."""

    _greeted: smtplib.SMTP | None = None

    @property
    def connection_class(self) -> Any:
        kind = _WatchedTLS if self.use_ssl else _Watched
        return partial(kind, transport=self)

    def watch(self, connection: smtplib.SMTP) -> None:
        """The connection that is being opened, before Django knows it."""
        self._greeted = connection

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Raises ServerUnavailable if no connection comes about; what smtplib raises for a mail."""
        with self._time_limit():
            self._open()
        for message in messages:
            with self._time_limit():
                super().send_messages([message])
        return len(messages)

    def close(self) -> None:
        with self._time_limit(), suppress(OSError):  # what was sent is sent
            super().close()

    def _open(self) -> None:
        try:
            self.open()
        except OSError as error:
            raise ServerUnavailable from error

    def _time_limit(self) -> AbstractContextManager[None]:
        return cut_after((self.timeout or 0) * CONVERSATION_TIMEOUTS, self._cut)

    def _cut(self) -> None:
        """Ends the conversation from another thread: what waits for the server reads its end."""
        connection = self._greeted
        if connection is not None and connection.sock is not None:
            with suppress(OSError):  # closed already
                connection.sock.shutdown(socket.SHUT_RDWR)


class _Watched(smtplib.SMTP):
    """Tells its transport of itself before it connects, which its constructor does."""

    def __init__(self, *args: Any, transport: SMTPTransport, **options: Any) -> None:
        transport.watch(self)
        super().__init__(*args, **options)


class _WatchedTLS(smtplib.SMTP_SSL):
    def __init__(self, *args: Any, transport: SMTPTransport, **options: Any) -> None:
        transport.watch(self)
        super().__init__(*args, **options)


class ServerUnavailable(Exception):
    """The mail server cannot be used at the moment, whatever the mail."""


@dataclass(frozen=True, slots=True)
class Failure:
    """`is_final`: another try would end the same way. `is_servers`: so would any other mail.

    `was_tried`: the server may have taken the mail, or failed because of it.
    """

    reason: str
    is_final: bool = False
    is_servers: bool = False
    was_tried: bool = True

    @property
    def code(self) -> str:
        """The reply's code, or the class of the error; a reply's text may name a recipient."""
        first = self.reason.partition(" ")[0]
        return first if first == self.reason or first.isdecimal() else "not-sent"


def failure_of(error: OSError | ValueError | ServerUnavailable) -> Failure:
    """smtplib's errors are OSErrors. A ValueError says that an address cannot be sent to."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _of_reply(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code != TOO_LARGE:
        reason = _reply(error.smtp_code, error.smtp_error)
        return Failure(reason, is_servers=True, was_tried=False)
    if isinstance(error, smtplib.SMTPResponseException):
        return _of_reply(error.smtp_code, error.smtp_error)
    if isinstance(error, ValueError):
        return Failure("the address cannot be sent to", is_final=True)
    was_tried = not isinstance(error, ServerUnavailable)
    return Failure(_describe(error), is_servers=True, was_tried=was_tried)


def _describe(error: Exception) -> str:
    """The server's reply, or the class of the error: its text may hold a host or an address."""
    cause = error.__cause__ if isinstance(error, ServerUnavailable) else error
    if isinstance(cause, smtplib.SMTPResponseException):
        return _reply(cause.smtp_code, cause.smtp_error)
    return type(cause).__name__


def _reply(code: int, text: bytes | str) -> str:
    """On one line, for the administration pages."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}".strip()


def _of_reply(code: int, text: bytes | str) -> Failure:
    reason = _reply(code, text)
    if code == SERVICE_CLOSING:
        return Failure(reason, is_servers=True)
    return Failure(reason, is_final=500 <= code < 600)
