"""Beat's schedule follows the apps' declarations and keeps an administrator's changes."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps as django_apps
from django.apps.registry import Apps
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from pytest_django import DjangoAssertNumQueries

from config.beat import Periodic, after_migrate, keep_schedule
from config.celery import app
from tests.product import call_command

pytestmark = pytest.mark.django_db
SWEEP = Periodic("Sweep", "sample.tasks.sweep", seconds=5)
NIGHTLY = Periodic("Delete old rows", "sample.tasks.delete", hour="3", minute="17")


def keep(*declared: Periodic) -> None:
    keep_schedule(declared, app="sample")


def row_of(periodic: Periodic) -> PeriodicTask:
    return PeriodicTask.objects.get(task=periodic.task)


def test_each_declared_task_has_a_row_and_exists() -> None:
    app.loader.import_default_modules()
    for name in ("accounts", "profiles", "calendars"):
        for periodic in import_module(f"{name}.tasks").SCHEDULE:
            row = row_of(periodic)
            assert (row.enabled, row.description) == (True, periodic.default)
            assert periodic.task in app.tasks
            assert periodic.task.startswith(f"{name}.tasks.")


def test_a_row_says_when_and_until_when_its_message_counts() -> None:
    keep(SWEEP, NIGHTLY)

    sweep, nightly = row_of(SWEEP), row_of(NIGHTLY)
    assert (sweep.interval.every, sweep.interval.period, sweep.expire_seconds) == (5, "seconds", 10)
    assert (nightly.crontab.hour, nightly.crontab.minute) == ("3", "17")
    assert (str(nightly.crontab.timezone), nightly.expire_seconds) == ("UTC", None)


def test_a_changed_default_is_followed() -> None:
    keep(SWEEP, NIGHTLY)

    keep(replace(SWEEP, seconds=7), Periodic(NIGHTLY.name, NIGHTLY.task, seconds=60))

    assert (row_of(SWEEP).interval.every, row_of(SWEEP).expire_seconds) == (7, 14)
    assert row_of(SWEEP).description == "Default: every 7 seconds."
    assert (row_of(NIGHTLY).interval.every, row_of(NIGHTLY).crontab) == (60, None)


def test_an_operators_interval_name_and_switch_stay() -> None:
    keep(SWEEP)
    slower, _made = IntervalSchedule.objects.get_or_create(every=2, period="minutes")
    PeriodicTask.objects.filter(task=SWEEP.task).update(
        interval=slower, name="Ours", enabled=False, description="Slower at night"
    )
    before = PeriodicTask.objects.filter(task=SWEEP.task).values().get()

    keep(SWEEP)
    keep(replace(SWEEP, seconds=7))

    assert PeriodicTask.objects.filter(task=SWEEP.task).values().get() == before


def test_an_operators_interval_stays_and_the_new_default_is_said() -> None:
    keep(SWEEP)
    slower, _made = IntervalSchedule.objects.get_or_create(every=2, period="minutes")
    PeriodicTask.objects.filter(task=SWEEP.task).update(interval=slower)

    keep(replace(SWEEP, seconds=7))

    assert row_of(SWEEP).interval == slower
    assert row_of(SWEEP).description == "Default: every 7 seconds."


def test_a_row_of_an_earlier_release_keeps_its_schedule() -> None:
    old, _made = IntervalSchedule.objects.get_or_create(every=9, period="seconds")
    PeriodicTask.objects.create(name="Old name", task=SWEEP.task, interval=old)

    keep(SWEEP)

    assert (row_of(SWEEP).name, row_of(SWEEP).interval) == ("Old name", old)


def test_a_removed_task_loses_its_row_and_others_stay() -> None:
    keep(SWEEP, NIGHTLY)
    PeriodicTask.objects.create(
        name="Theirs", task="other.tasks.sweep", interval=row_of(SWEEP).interval
    )

    keep(NIGHTLY)

    assert not PeriodicTask.objects.filter(task=SWEEP.task).exists()
    assert PeriodicTask.objects.filter(name__in=["Theirs", NIGHTLY.name]).count() == 2


def test_the_first_of_several_migrates_has_no_table_to_write_to(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """`manage.py migrate contenttypes` in a new database sends the signal to every app."""
    with django_assert_num_queries(0):
        after_migrate(django_apps.get_app_config("accounts"), plan=[], apps=Apps())


def test_migrate_brings_a_missing_row_back_and_changes_nothing_else() -> None:
    before = list(PeriodicTask.objects.order_by("task").values("task", "name", "description"))
    PeriodicTask.objects.get(task="calendars.tasks.sweep_due").delete()

    call_command("migrate", verbosity=0)

    after = list(PeriodicTask.objects.order_by("task").values("task", "name", "description"))
    assert after == before
