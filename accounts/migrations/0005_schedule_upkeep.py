"""Once wrote rows of beat's schedule, which `accounts/tasks.py` declares now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_browser_sessions_and_approval"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = []
