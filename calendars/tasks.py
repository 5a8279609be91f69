"""The workers' doors to the sync engine."""

from __future__ import annotations

from celery import shared_task

from calendars.sync import pull, schedule


@shared_task
def sync_collection(state_id: int) -> None:
    pull.sync_collection(state_id)


@shared_task
def sweep_due() -> int:
    return schedule.sweep_due()
