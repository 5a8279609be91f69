"""Ending Google's grants of connections that go: noted with them, done later, never in the way.

The row is written in the transaction that removes the connection; so a Google that is away, or
a worker that is killed, costs time and no grant.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import User
from calendars.google import oauth
from calendars.google.credentials import open_refresh_token
from calendars.google.errors import GoogleError
from calendars.models import Credential, GrantRevocation
from config.celery import app
from config.encryption import CannotDecrypt

TASK = "calendars.tasks.revoke_grants"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)
GIVE_UP_AFTER = timedelta(days=14)  # no stranger's token is kept for longer
BATCH = 50
log = structlog.get_logger(__name__)


def release_grants(user: User) -> None:
    """Notes all of a person's grants, and tells the workers when the transaction has committed."""
    credentials = Credential.objects.filter(owner=user)
    GrantRevocation.objects.bulk_create(
        [
            GrantRevocation(connection_id=each.pk, refresh_token=bytes(each.refresh_token))
            for each in credentials
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(_announce)


def revoke_due_grants() -> int:
    """Tells Google of each grant that is due, outside any transaction; gives how many it ended."""
    due = GrantRevocation.objects.due(timezone.now())[:BATCH]
    return sum(_revoke(revocation) for revocation in due)


def _revoke(revocation: GrantRevocation) -> bool:
    if not _claim(revocation):
        return False
    try:
        oauth.revoke(open_refresh_token(revocation.pk, revocation.refresh_token))
    except GoogleError as error:
        log.warning("grant_not_revoked", connection=str(revocation.pk), code=error.code)
        return False
    except CannotDecrypt:
        log.error("grant_unreadable", connection=str(revocation.pk))
    revocation.delete()
    return True


def _claim(revocation: GrantRevocation) -> bool:
    """Puts the next attempt off before this one is made, so that no other worker makes it too."""
    now = timezone.now()
    if now - revocation.created_at > GIVE_UP_AFTER:
        log.error("grant_given_up", connection=str(revocation.pk))
        revocation.delete()
        return False
    wait = min(FIRST_WAIT * 2 ** min(revocation.attempts, 16), LONGEST_WAIT)
    mine = GrantRevocation.objects.filter(pk=revocation.pk, attempts=revocation.attempts)
    return mine.update(attempts=revocation.attempts + 1, due_at=now + wait) == 1


def _announce() -> None:
    try:
        app.send_task(TASK, expires=60)
    except OperationalError:
        log.warning("broker_unreachable", task=TASK)
