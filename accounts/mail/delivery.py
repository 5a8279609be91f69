"""Sends the mails that are due, one at a time and one worker at a time.

Each mail is leased before it goes out. A worker that is killed between the server's acceptance and
the note of it leaves a lease that lapses: the mail is sent again, with the same Message-ID, and at
most as often as `config.backoff.MAIL` allows. The right to send, and the pause after the server
failed, are in the one row of `MailServer`.
"""

from __future__ import annotations

import time
import uuid
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from accounts.mail.queue import TASK, open_message
from accounts.mail.smtp import Failure, ServerUnavailable, failure_of
from accounts.models import MailServer, OutgoingMail
from accounts.security_context import acting_as_system
from config.backoff import MAIL, MAIL_SERVER
from config.database.due import MESSAGE_LENGTH
from config.database.encryption import Altered, KeyMissing
from config.metrics import MAILS
from config.workers import send

log = structlog.get_logger(__name__)

# A conversation takes three time-outs at most; opening, sending and closing are one each.
LEASE_TIMEOUTS = 12
RUN_SECONDS = 60
Status = OutgoingMail.Status


@dataclass(frozen=True, slots=True)
class Turn:
    """One worker's right to send, until it lapses. Its methods are called as the system."""

    token: uuid.UUID

    def keep(self) -> bool:
        """Renew the lease. Returns False if it lapsed and another worker has it."""
        return MailServer.objects.keep(self.token, lasting=lease())

    def note_success(self) -> None:
        no_error = {"attempts": 0, "error_code": "", "error_message": ""}
        MailServer.objects.keep(self.token, lasting=lease(), **no_error)

    def pause(self, error_code: str, reason: str) -> None:
        """End the turn for a while: the server is at fault, so no other mail would go either."""
        held = MailServer.objects.filter(lease_token=self.token)
        wait = MAIL_SERVER.wait(next(iter(held.values_list("attempts", flat=True)), 0))
        log.warning("mail_server_unavailable", error=error_code, pause_seconds=wait.total_seconds())
        held.put_off(self.token, wait=wait, error_code=error_code, error_message=reason)

    def end(self) -> None:
        MailServer.objects.release(self.token)


def claim_turn() -> Turn | None:
    """Returns None if another worker sends, or while the server is given a pause."""
    MailServer.objects.bulk_create([MailServer()], ignore_conflicts=True)
    token = MailServer.objects.due(timezone.now()).order_by().claim(lasting=lease())
    return Turn(token) if token else None


def lease() -> timedelta:
    return timedelta(seconds=LEASE_TIMEOUTS * settings.EMAIL_TIMEOUT)


def send_due_mails() -> int:
    """Sends until nothing is due or the server fails, for RUN_SECONDS; returns how many it sent.

    Looks again after each turn: what came while the turn ended found the server taken.
    """
    sent, until = 0, time.monotonic() + RUN_SECONDS
    while _is_anything_due():
        if time.monotonic() > until:
            send(TASK)
            break
        with _acting_as_system():
            turn = claim_turn()
        if turn is None:
            break
        sent += _send_in_turn(turn, until)
    return sent


def _is_anything_due() -> bool:
    with _acting_as_system():
        return OutgoingMail.objects.due(timezone.now()).exists()


def _send_in_turn(turn: Turn, until: float) -> int:
    sent = 0
    try:
        with closing(_transport()) as transport:
            while time.monotonic() < until and (mail := _claim_next(turn)) is not None:
                failure = _deliver(mail, transport)
                with _acting_as_system():
                    _note(mail, failure, turn)
                sent += failure is None
                if failure is not None and failure.is_servers:
                    break
    finally:
        with _acting_as_system():
            turn.end()
    return sent


def _transport() -> BaseEmailBackend:
    return get_connection(settings.MAIL_TRANSPORT)


def _claim_next(turn: Turn) -> OutgoingMail | None:
    with _acting_as_system():
        return OutgoingMail.objects.claim_next(lasting=lease()) if turn.keep() else None


def _deliver(mail: OutgoingMail, transport: BaseEmailBackend) -> Failure | None:
    """Outside any transaction. Returns None if the server accepted the mail."""
    if MAIL.is_spent(mail.attempts, since=mail.created_at):
        return Failure(mail.error_message or "too old", is_final=True, was_tried=False)
    try:
        transport.send_messages([open_message(mail)])
    except KeyMissing:
        return Failure("its key is not in ENCRYPTION_KEYS")
    except Altered:
        return Failure("unreadable: it was altered", is_final=True)
    except (OSError, ValueError, ServerUnavailable) as error:
        return failure_of(error)
    return None


def _note(mail: OutgoingMail, failure: Failure | None, turn: Turn) -> None:
    if failure is None:
        turn.note_success()
        _end(mail, Status.SENT)
        return
    if failure.is_servers:
        turn.pause(failure.code, failure.reason)
    attempts = mail.attempts + failure.was_tried
    if failure.is_final or MAIL.is_spent(attempts):
        _end(mail, Status.FAILED, failure, attempts=attempts)
    else:
        _put_off(mail, failure)


def _end(
    mail: OutgoingMail, status: Status, failure: Failure | None = None, *, attempts: int = 0
) -> None:
    """The content goes with the last attempt: nothing needs it any more."""
    MAILS.labels(status.value).inc()
    error = {"error_code": "", "error_message": ""}
    if failure is not None:
        log.error("mail_given_up", mail=str(mail.pk), attempts=attempts, code=failure.code)
        error = {"error_code": failure.code, "error_message": failure.reason[:MESSAGE_LENGTH]}
    # By its key: a mail that was sent is sent, whichever worker holds the lease by now.
    OutgoingMail.objects.filter(pk=mail.pk).update(
        status=status,
        ended_at=timezone.now(),
        sealed_message=b"",
        attempts=attempts,
        lease_token=None,
        lease_until=None,
        **error,
    )


def _put_off(mail: OutgoingMail, failure: Failure) -> None:
    """A mail that the server never saw has lost nothing: it goes when the server is back."""
    MAILS.labels("server_unavailable" if failure.is_servers else "deferred").inc()
    held = OutgoingMail.objects.filter(pk=mail.pk)
    error = {"error_code": failure.code, "error_message": failure.reason[:MESSAGE_LENGTH]}
    if failure.was_tried:
        held.put_off(mail.lease_token, wait=MAIL.wait(mail.attempts), **error)
    else:
        held.release(mail.lease_token, **error)


def _acting_as_system() -> AbstractContextManager[None]:
    return acting_as_system(reason="a mail names nobody")
