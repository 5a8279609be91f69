"""What a failed delivery means: for this mail for good, for this mail for now, or for all mails."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass

SERVICE_CLOSING = 421  # RFC 5321, 3.8
TOO_LARGE = 552  # RFC 1870, 6.2: in answer to MAIL FROM, and about the mail


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
