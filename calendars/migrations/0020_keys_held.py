"""Every key between tables is held, and the copies of keys beside them.

Events and occurrences by triggers that run once for each statement, the others by foreign keys.
Deleting a calendar deletes its events in the database, and deleting an event its occurrences.
"""

from __future__ import annotations

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from config.database.keys import hold_by_statement, hold_copies, keep_final, name_together

former = import_module("calendars.migrations.0014_events_held_by_statement")


def held_in_the_database(to: str, related_name: str, *, indexed: bool = False) -> models.Field:  # type: ignore[type-arg]
    return models.ForeignKey(
        to,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name=related_name,
        db_index=indexed,
        db_constraint=False,
    )


def hold_owner(child: str, parent: str, key: str) -> migrations.RunSQL:
    return hold_copies(f"calendars_{child}", f"calendars_{parent}", key=key, copies=["owner_id"])


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("calendars", "0019_due_rows"),
    ]

    operations = [
        migrations.RunSQL(former.DROP_TRIGGERS, former.CREATE_TRIGGERS),
        hold_by_statement(
            "calendars_event", "calendars_calendar", key="calendar_id", copies=["owner_id"]
        ),
        hold_by_statement(
            "calendars_occurrence",
            "calendars_event",
            key="event_id",
            copies=["owner_id", "calendar_id"],
        ),
        keep_final("calendars_calendar", "id", "owner_id", "connection_id"),
        keep_final("calendars_event", "id", "owner_id", "calendar_id"),
        keep_final("calendars_occurrence", "owner_id", "calendar_id", "event_id"),
        migrations.AlterField(
            "event",
            "owner",
            held_in_the_database(settings.AUTH_USER_MODEL, "+"),
        ),
        migrations.AlterField(
            "event", "calendar", held_in_the_database("calendars.calendar", "events", indexed=True)
        ),
        migrations.AlterField(
            "occurrence", "owner", held_in_the_database(settings.AUTH_USER_MODEL, "+")
        ),
        migrations.AlterField(
            "occurrence", "calendar", held_in_the_database("calendars.calendar", "+")
        ),
        migrations.AlterField(
            "occurrence", "event", held_in_the_database("calendars.event", "occurrences")
        ),
        *(name_together(f"calendars_{table}", "owner_id") for table in
          ("connection", "calendar", "syncstate", "syncrun")),
        name_together("calendars_calendar", "connection_id"),
        name_together("calendars_syncrun", "calendar_id"),
        *(hold_owner(child, "connection", "connection_id") for child in
          ("authorizationrequest", "calendar", "credential", "syncrun", "syncstate")),
        *(hold_owner(child, "calendar", "calendar_id") for child in
          ("eventchange", "quarantinedevent", "syncrun", "syncstate")),
        hold_owner("eventchange", "syncrun", "run_id"),
        hold_owner("syncstate", "syncrun", "run_id"),
        hold_owner("syncstate", "syncrun", "queued_run_id"),
        hold_owner("channel", "syncstate", "collection_id"),
        *(hold_copies(f"calendars_{child}", "calendars_calendar", key="calendar_id",
                      copies=["connection_id"]) for child in ("syncrun", "syncstate")),
        hold_copies("calendars_eventchange", "calendars_syncrun", key="run_id",
                    copies=["calendar_id"]),
    ]  # fmt: skip
