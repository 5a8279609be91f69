"""The workers' doors to the sync engine."""

from __future__ import annotations

from celery import shared_task

from calendars.notices import tell_dead_grants as tell_of_dead_grants
from calendars.retention import PRUNERS
from calendars.revocation import revoke_due_grants
from calendars.sync import audit, channels, pull, rolling, schedule
from config.one_of_many import OneOfMany


@shared_task
def sync_collection(state_id: int) -> None:
    if pull.sync_collection(state_id) is None:
        schedule.look_again(state_id)


@shared_task
def sweep_due() -> int:
    return schedule.sweep_due()


@shared_task
def revoke_grants() -> int:
    return revoke_due_grants()


@shared_task
def prune_calendars() -> dict[str, int]:
    pruned = {}
    for name, prune in PRUNERS.items():
        with OneOfMany("prune_fault", rows=name):
            pruned[name] = prune()
    return pruned


@shared_task
def roll_horizon() -> int:
    return rolling.roll_horizon()


@shared_task
def audit_calendars() -> int:
    return len(audit.audit_sample())


@shared_task
def audit_collection(state_id: int) -> None:
    audit.audit_collection(state_id)


@shared_task
def open_channels() -> int:
    return channels.open_channels()


@shared_task
def keep_channels() -> int:
    return channels.keep_channels()


@shared_task
def tell_dead_grants() -> int:
    return tell_of_dead_grants()
