"""The index of search, which follows the change sequence: it fills itself from where it is."""

import uuid
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.row_security import show_own_rows

ALL_READ = uuid.UUID(int=2**128 - 1)
TABLES = ("calendars_searchindex", "calendars_searchentry")


def hold_to_owner(table: str) -> migrations.RunSQL:
    name = f"{table}_owner_fk"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (owner_id)"
        " REFERENCES accounts_user ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def owner(kind: type[Any] = models.ForeignKey, **options: Any) -> Any:
    return kind(
        db_constraint=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("calendars", "0028_own_colour"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchIndex",
            fields=[
                ("owner", owner(models.OneToOneField, primary_key=True, serialize=False)),
                (
                    "number",
                    models.BigIntegerField(
                        default=0, help_text="The change set that was read last …"
                    ),
                ),
                (
                    "read_to",
                    models.UUIDField(
                        default=ALL_READ, help_text="… and its last event that was read."
                    ),
                ),
                (
                    "words",
                    models.TextField(
                        default="\n",
                        help_text="Of titles, places and people, each between line ends; none is"
                        " ever removed.",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "owner_id",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("owner", owner(db_index=False)),
                ("event_id", models.UUIDField()),
                ("calendar_id", models.UUIDField()),
                (
                    "series_id",
                    models.UUIDField(
                        help_text="The event itself, or the series that it is part of."
                    ),
                ),
                ("repeats", models.BooleanField()),
                ("all_day", models.BooleanField()),
                ("start_at", models.DateTimeField()),
                ("last_at", models.DateTimeField(null=True)),
                ("end_at", models.DateTimeField(null=True)),
                ("longest", models.BigIntegerField(help_text="Of its occurrences; in seconds.")),
                (
                    "title_end",
                    models.IntegerField(help_text="The length of the first line of `lines` …"),
                ),
                (
                    "place_end",
                    models.IntegerField(help_text="… and of the first two, with their ends."),
                ),
                ("lines", models.TextField(help_text="Title, place and people.")),
                ("notes", models.TextField()),
            ],
        ),
        *(operation(table) for table in TABLES for operation in (hold_to_owner, show_own_rows)),
    ]
