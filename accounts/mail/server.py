"""The right to send, which one worker has at a time, and the pauses after the server failed.

Both stand in the one row of `MailServer` and change by conditional UPDATE.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from accounts.models import MailServer
from accounts.models.mail import ERROR_LENGTH
from config.backoff import backoff

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=2)
# A conversation takes three time-outs at most; opening, sending and closing are one each.
LEASE_TIMEOUTS = 12
log = structlog.get_logger(__name__)


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
