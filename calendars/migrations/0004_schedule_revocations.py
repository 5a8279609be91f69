"""Beat's schedule of grants that Google still has to be told to end."""

from django.db import migrations

TASK = "calendars.tasks.revoke_grants"
EVERY_SECONDS = 60


def schedule_revocations(apps, schema_editor):
    interval, _ = apps.get_model("django_celery_beat", "IntervalSchedule").objects.get_or_create(
        every=EVERY_SECONDS, period="seconds"
    )
    apps.get_model("django_celery_beat", "PeriodicTask").objects.get_or_create(
        name="End grants of accounts that are gone",
        defaults={"task": TASK, "interval": interval, "expire_seconds": EVERY_SECONDS},
    )


def unschedule_revocations(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(task=TASK).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0003_grant_revocation"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(schedule_revocations, unschedule_revocations)]
