"""The workers' doors to the upkeep of accounts."""

from __future__ import annotations

from celery import shared_task

from accounts.audit import trail
from accounts.retention import PRUNERS


@shared_task
def write_audit_tallies() -> int:
    return trail.write_tallies()


@shared_task
def prune_accounts() -> dict[str, int]:
    return {name: prune() for name, prune in PRUNERS.items()}
