"""Beat's schedule of what keeps the calendars true; administrators may change it in admin."""

from django.db import migrations

DAILY = {"Move the horizon of repeating events": "calendars.tasks.roll_horizon"}
HOURLY = {"Compare a calendar with Google": "calendars.tasks.audit_calendars"}


def schedule(apps, schema_editor):
    crontabs = apps.get_model("django_celery_beat", "CrontabSchedule").objects
    every = {"day_of_week": "*", "day_of_month": "*", "month_of_year": "*", "timezone": "UTC"}
    daily, _ = crontabs.get_or_create(minute="41", hour="0", **every)
    hourly, _ = crontabs.get_or_create(minute="23", hour="*", **every)
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
    for names, crontab in ((DAILY, daily), (HOURLY, hourly)):
        for name, task in names.items():
            tasks.get_or_create(name=name, defaults={"task": task, "crontab": crontab})


def unschedule(apps, schema_editor):
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
    tasks.filter(task__in=[*DAILY.values(), *HOURLY.values()]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0006_history"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(schedule, unschedule)]
