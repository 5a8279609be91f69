"""The workers' doors to the upkeep of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session as CookieSession
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts.audit import trail
from accounts.mail import delivery
from accounts.models import AuditEvent, LegacyExchange, OutgoingMail, Session
from accounts.security_context import acting_as_system
from config.beat import Periodic
from config.database.bulk import delete_in_batches
from config.workers import prune_each

SEND_SECONDS = 900  # above the longest run with the longest EMAIL_TIMEOUT; what hangs is killed


# Beat's defaults; operators change them in admin.
SCHEDULE = (
    Periodic("Write what the audit log counted", "accounts.tasks.write_audit_tallies", seconds=30),
    Periodic("Send mails that are due", "accounts.tasks.send_mails", seconds=10),
    Periodic(
        "Delete old audit events, sessions and mails",
        "accounts.tasks.prune_accounts",
        hour="3",
        minute="17",
    ),
)


def prune_audit_log() -> int:
    """Events older than AUDIT_KEEP_DAYS, through the one door that the trigger leaves."""
    kept_from = timezone.now() - timedelta(days=settings.AUDIT_KEEP_DAYS)
    return delete_in_batches(AuditEvent.objects.older_than(kept_from), access=_retention_access)


def prune_sessions() -> int:
    """Sessions that ended longer ago than ENDED_SESSION_KEEP_DAYS."""
    at = timezone.now() - timedelta(days=settings.ENDED_SESSION_KEEP_DAYS)
    ended = Q(revoked_at__lt=at) | Q(idle_expires_at__lt=at) | Q(expires_at__lt=at)
    return delete_in_batches(Session.objects.filter(ended), access=_acting_as_system)


def prune_cookies() -> int:
    """What stood behind cookies that have expired."""
    return delete_in_batches(CookieSession.objects.filter(expire_date__lt=timezone.now()))


def prune_legacy_exchanges() -> int:
    """Traded tokens that are refused for their age by now."""
    return delete_in_batches(LegacyExchange.objects.expired(timezone.now()))


def prune_mails() -> int:
    """Mails that were sent or given up longer ago than ENDED_MAIL_KEEP_DAYS."""
    at = timezone.now() - timedelta(days=settings.ENDED_MAIL_KEEP_DAYS)
    return delete_in_batches(OutgoingMail.objects.ended_before(at), access=_acting_as_system)


PRUNERS: Mapping[str, Callable[[], int]] = {
    "audit events": prune_audit_log,
    "ended sessions": prune_sessions,
    "expired cookies": prune_cookies,
    "ended mails": prune_mails,
    "traded legacy tokens": prune_legacy_exchanges,
}


def _acting_as_system() -> AbstractContextManager[None]:
    return acting_as_system(reason="retention")


@contextmanager
def _retention_access() -> Iterator[None]:
    with _acting_as_system():
        _open_door("retention", settings.AUDIT_KEEP_DAYS)
        yield
        _open_door("", settings.AUDIT_KEEP_DAYS)


def _open_door(door: str, keep_days: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.audit_door', %s, true),"
            " set_config('app.audit_keep_days', %s, true)",
            [door, str(keep_days)],
        )


@shared_task
def write_audit_tallies() -> int:
    return trail.write_tallies()


@shared_task(time_limit=SEND_SECONDS)
def send_mails() -> int:
    return delivery.send_due_mails()


@shared_task
def prune_accounts() -> dict[str, int]:
    return prune_each(PRUNERS)
