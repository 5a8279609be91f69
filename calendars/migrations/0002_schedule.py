"""Beat's schedule of the sync engine; administrators may change it in admin."""

from django.db import migrations

TASK = "calendars.tasks.sweep_due"
EVERY_SECONDS = 5


def schedule_sweep(apps, schema_editor):
    interval, _ = apps.get_model("django_celery_beat", "IntervalSchedule").objects.get_or_create(
        every=EVERY_SECONDS, period="seconds"
    )
    apps.get_model("django_celery_beat", "PeriodicTask").objects.get_or_create(
        name="Look for calendars that are due",
        defaults={"task": TASK, "interval": interval, "expire_seconds": EVERY_SECONDS * 2},
    )


def unschedule_sweep(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(task=TASK).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(schedule_sweep, unschedule_sweep)]
