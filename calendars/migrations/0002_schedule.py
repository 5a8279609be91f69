"""Once wrote rows of beat's schedule, which `calendars/tasks.py` declares now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("calendars", "0001_initial"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = []
