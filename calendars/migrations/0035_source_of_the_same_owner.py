"""The calendar from which an event is moved is of the owner of the change."""

from django.db import migrations

from config.database.keys import hold_copies


class Migration(migrations.Migration):
    dependencies = [("calendars", "0034_guest_rights")]

    operations = [
        hold_copies(
            "calendars_pendingchange", "calendars_calendar", key="source_id", copies=["owner_id"]
        )
    ]
