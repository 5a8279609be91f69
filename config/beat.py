"""Beat's schedule: each app declares its periodic tasks, and `migrate` updates the database.

The rows are django-celery-beat's, which administrators can change in admin. A row's description has
its default, so that an administrator's interval can be distinguished from an old default, and is
kept. A disabled task stays disabled; a deleted one is created again, so disable it instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

DAILY_UTC = {"day_of_week": "*", "day_of_month": "*", "month_of_year": "*", "timezone": "UTC"}
# A message older than this many intervals is dropped, since later ones ask for the same.
INTERVALS_TO_EXPIRY = 2
DEFAULT = "Default: "


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task that beat sends every `seconds`, or else daily or hourly at a time in UTC.

    `name` is the name of a new row; administrators may change it.
    """

    name: str
    task: str
    seconds: int = 0
    hour: str = "*"
    minute: str = "0"

    @property
    def default(self) -> str:
        if self.seconds:
            return _default(f"every {self.seconds} seconds")
        return _default(f"at {self.hour}:{self.minute} UTC")


def declare_schedule(app: AppConfig) -> None:
    """Keep the SCHEDULE of the app's `tasks` module in the database, after each `migrate`."""
    post_migrate.connect(after_migrate, sender=app, dispatch_uid=f"schedule of {app.name}")


def after_migrate(
    sender: AppConfig, plan: Sequence[Any] | None = None, apps: Apps | None = None, **_signal: Any
) -> None:
    """Update the schedule; `flush` sends the signal too, without a plan, and is ignored."""
    if plan is not None and apps is not None and _has_tables(apps):
        declared = import_module(f"{sender.name}.tasks").SCHEDULE
        keep_schedule(declared, app=sender.name)


def _has_tables(migrated: Apps) -> bool:
    """Return whether beat's tables exist: `migrate` may run for other apps only."""
    from django_celery_beat.models import PeriodicTask

    try:
        reached = migrated.get_model("django_celery_beat", "PeriodicTask")
    except LookupError:
        return False
    columns = {field.column for field in reached._meta.concrete_fields}
    return columns == {field.column for field in PeriodicTask._meta.concrete_fields}


def keep_schedule(declared: Sequence[Periodic], *, app: str) -> None:
    """Add missing tasks, apply changed defaults, remove tasks that the app no longer has."""
    from django_celery_beat.models import PeriodicTask

    own = PeriodicTask.objects.filter(task__startswith=f"{app}.tasks.")
    own.exclude(task__in=[periodic.task for periodic in declared]).delete()
    rows = list(own.select_related("interval", "crontab"))
    for periodic in declared:
        kept = [row for row in rows if row.task == periodic.task]
        for row in kept:
            _follow(row, periodic)
        if not kept:
            PeriodicTask.objects.create(
                name=periodic.name,
                task=periodic.task,
                description=periodic.default,
                **_when(periodic),
            )


def _follow(row: Any, periodic: Periodic) -> None:
    """Apply a changed default; a row without a description is older, and its schedule is kept."""
    is_ours = not row.description or row.description.startswith(DEFAULT)
    if row.description == periodic.default or not is_ours:
        return
    changes: dict[str, Any] = {"description": periodic.default}
    if row.description == _default_of(row):
        changes |= {"interval": None, "crontab": None, **_when(periodic)}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def _when(periodic: Periodic) -> Mapping[str, Any]:
    from django_celery_beat.models import CrontabSchedule, IntervalSchedule

    if not periodic.seconds:
        crontab, _made = CrontabSchedule.objects.get_or_create(
            hour=periodic.hour, minute=periodic.minute, **DAILY_UTC
        )
        return {"crontab": crontab, "expire_seconds": None}
    interval, _made = IntervalSchedule.objects.get_or_create(
        every=periodic.seconds, period=IntervalSchedule.SECONDS
    )
    return {"interval": interval, "expire_seconds": INTERVALS_TO_EXPIRY * periodic.seconds}


def _default_of(row: Any) -> str:
    """Return the default that corresponds to the row's schedule."""
    if row.interval is not None:
        return _default(f"every {row.interval.every} {row.interval.period}")
    if row.crontab is not None:
        return _default(f"at {row.crontab.hour}:{row.crontab.minute} UTC")
    return ""


def _default(when: str) -> str:
    return f"{DEFAULT}{when}."
