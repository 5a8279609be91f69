"""SMTP within bounds of time: on each step, and on a conversation as a whole."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp

from accounts.mail.failures import ServerUnavailable

# A server that sends a byte now and then keeps each step within EMAIL_TIMEOUT, and not the whole.
CONVERSATION_TIMEOUTS = 3


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

    @contextmanager
    def _time_limit(self) -> Iterator[None]:
        timer = threading.Timer((self.timeout or 0) * CONVERSATION_TIMEOUTS, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

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
