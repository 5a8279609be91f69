"""Once wrote rows of beat's schedule, which `profiles/tasks.py` declares now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0005_rules"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = []
