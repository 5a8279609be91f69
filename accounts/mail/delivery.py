"""Sends the mails that are due, one at a time and one worker at a time.

The next try is put off before a mail goes out. A worker that dies between the server's acceptance
and the note of it leaves the mail due once more: it may come twice, with the same Message-ID, and
at most MOST_ATTEMPTS times.

Both stand in the one row of `MailServer` and change by conditional UPDATE.
"""

from __future__ import annotations

import time
import uuid
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils import timezone

from accounts.mail.queue import TASK, open_message
from accounts.mail.smtp import Failure, ServerUnavailable, failure_of
from accounts.models import MailServer, OutgoingMail
from accounts.models.mail import ERROR_LENGTH
from accounts.security_context import acting_as_system
from config.database.encryption import Altered, KeyMissing
from config.metrics import MAILS
from config.workers import backoff, send

log = structlog.get_logger(__name__)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=2)

# A conversation takes three time-outs at most; opening, sending and closing are one each.
LEASE_TIMEOUTS = 12
RUN_SECONDS = 60
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)
MOST_ATTEMPTS = 12  # about a day and a half
GIVE_UP_AFTER = timedelta(days=3)  # the links in it have ended by then
Status = OutgoingMail.Status


@dataclass(frozen=True, slots=True)
class Turn:
    """One worker's right to send, until it lapses. Its methods are called as the system."""

    holder: uuid.UUID

    def keep(self) -> bool:
        """Prolongs the lease; False if it lapsed and another worker has it."""
        return self._update(held_until=timezone.now() + _lease()) == 1

    def note_success(self) -> None:
        self._update(failures=0, last_error="")

    def pause(self, reason: str) -> None:
        """Nothing is sent for a while: the server is at fault, so no other mail would go either."""
        failures = MailServer.objects.filter(holder=self.holder).values_list("failures", flat=True)
        wait = backoff(next(iter(failures), 0), first=FIRST_PAUSE, longest=LONGEST_PAUSE)
        log.warning(
            "mail_server_unavailable",
            error=reason.partition(" ")[0],  # a reply's text may name a recipient
            pause_seconds=wait.total_seconds(),
        )
        self._update(
            failures=F("failures") + 1,
            paused_until=timezone.now() + wait,
            last_error=reason[:ERROR_LENGTH],
        )

    def end(self) -> None:
        self._update(holder=None, held_until=timezone.now())

    def _update(self, **changes: object) -> int:
        return MailServer.objects.filter(holder=self.holder).update(**changes)


def claim_turn() -> Turn | None:
    """Returns None if another worker sends, or while the server is given a pause."""
    now, turn = timezone.now(), Turn(uuid.uuid4())
    MailServer.objects.bulk_create([MailServer()], ignore_conflicts=True)
    free = MailServer.objects.filter(held_until__lte=now, paused_until__lte=now)
    return turn if free.update(holder=turn.holder, held_until=now + _lease()) else None


def _lease() -> timedelta:
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
    """The mail that waits longest, with its next try put off already."""
    now = timezone.now()
    with _acting_as_system():
        if not turn.keep():
            return None
        for mail in OutgoingMail.objects.due(now)[:1]:
            wait = backoff(mail.attempts, first=FIRST_WAIT, longest=LONGEST_WAIT)
            mine = OutgoingMail.objects.filter(
                pk=mail.pk, status=Status.WAITING, attempts=mail.attempts
            )
            mail.attempts += 1
            if mine.update(attempts=mail.attempts, due_at=now + wait):
                return mail
    return None


def _deliver(mail: OutgoingMail, transport: BaseEmailBackend) -> Failure | None:
    """Outside any transaction. Returns None if the server accepted the mail."""
    if timezone.now() - mail.created_at > GIVE_UP_AFTER:
        return Failure(mail.last_error or "too old", is_final=True)
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
        turn.pause(failure.reason)
    if failure.is_final or mail.attempts >= MOST_ATTEMPTS:
        _end(mail, Status.FAILED, failure.reason)
    else:
        _put_off(mail, failure)


def _end(mail: OutgoingMail, status: Status, reason: str = "") -> None:
    """The content goes with the last try: nothing needs it any more."""
    MAILS.labels(status.value).inc()
    if status is Status.FAILED:
        log.error("mail_given_up", mail=str(mail.pk), attempts=mail.attempts, code=reason[:3])
    OutgoingMail.objects.filter(pk=mail.pk).update(
        status=status, ended_at=timezone.now(), sealed_message=b"", last_error=reason[:ERROR_LENGTH]
    )


def _put_off(mail: OutgoingMail, failure: Failure) -> None:
    """A mail that the server never saw has lost nothing: it goes when the server is back."""
    MAILS.labels("server_unavailable" if failure.is_servers else "deferred").inc()
    changes: dict[str, Any] = {"last_error": failure.reason[:ERROR_LENGTH]}
    if not failure.was_tried:
        changes |= {"attempts": mail.attempts - 1, "due_at": mail.due_at}
    OutgoingMail.objects.filter(pk=mail.pk).update(**changes)


def _acting_as_system() -> AbstractContextManager[None]:
    return acting_as_system(reason="a mail names nobody")
