"""Beat's schedule of push channels and of mails about dead grants."""

from django.db import migrations

TASKS = {
    "Open Google's push channels": ("calendars.tasks.open_channels", 5),
    "Renew, replace and stop push channels": ("calendars.tasks.keep_channels", 15),
    "Mail people whose connection has ended": ("calendars.tasks.tell_dead_grants", 60),
}


def schedule(apps, schema_editor):
    intervals = apps.get_model("django_celery_beat", "IntervalSchedule").objects
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
    for name, (task, seconds) in TASKS.items():
        interval, _ = intervals.get_or_create(every=seconds, period="seconds")
        tasks.get_or_create(
            name=name,
            defaults={"task": task, "interval": interval, "expire_seconds": seconds * 2},
        )


def unschedule(apps, schema_editor):
    names = [task for task, _seconds in TASKS.values()]
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(task__in=names).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0008_push"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(schedule, unschedule)]
