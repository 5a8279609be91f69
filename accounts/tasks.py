"""The workers' doors to the upkeep of accounts."""

from __future__ import annotations

from celery import shared_task

from accounts.audit import trail
from accounts.mail import delivery
from accounts.retention import PRUNERS

SEND_SECONDS = 900  # above the longest run with the longest EMAIL_TIMEOUT; what hangs is killed


@shared_task
def write_audit_tallies() -> int:
    return trail.write_tallies()


@shared_task(time_limit=SEND_SECONDS)
def send_mails() -> int:
    return delivery.send_due_mails()


@shared_task
def prune_accounts() -> dict[str, int]:
    return {name: prune() for name, prune in PRUNERS.items()}
