"""Profiles and their history under row-level security."""

from django.db import migrations

from accounts.row_security import show_own_rows


class Migration(migrations.Migration):
    dependencies = [("profiles", "0006_schedule_retention")]

    operations = [show_own_rows("profiles_profile"), show_own_rows("profiles_profilechange")]
