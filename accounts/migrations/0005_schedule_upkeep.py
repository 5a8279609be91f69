"""The beat of the audit log and of retention; administrators may change it in admin."""

from django.db import migrations

TALLIES = "accounts.tasks.write_audit_tallies"
PRUNE = "accounts.tasks.prune_accounts"
TALLY_SECONDS = 30


def schedule(apps, schema_editor):
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
    interval, _ = apps.get_model("django_celery_beat", "IntervalSchedule").objects.get_or_create(
        every=TALLY_SECONDS, period="seconds"
    )
    tasks.get_or_create(
        name="Write what the audit log counted",
        defaults={"task": TALLIES, "interval": interval, "expire_seconds": TALLY_SECONDS * 2},
    )
    nightly, _ = apps.get_model("django_celery_beat", "CrontabSchedule").objects.get_or_create(
        minute="17", hour="3", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    tasks.get_or_create(
        name="Let go of old events and sessions", defaults={"task": PRUNE, "crontab": nightly}
    )


def unschedule(apps, schema_editor):
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
    tasks.filter(task__in=[TALLIES, PRUNE]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_browser_sessions_and_approval"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(schedule, unschedule)]
