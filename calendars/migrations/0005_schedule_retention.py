"""Once wrote rows of beat's schedule, which `calendars/tasks.py` declares now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("calendars", "0004_schedule_revocations")]

    operations = []
