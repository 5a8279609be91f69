"""The workers' door to the upkeep of profiles."""

from __future__ import annotations

from celery import shared_task

from profiles.retention import PRUNERS


@shared_task
def prune_profiles() -> dict[str, int]:
    return {name: prune() for name, prune in PRUNERS.items()}
