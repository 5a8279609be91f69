import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import calendars.models.calendar

KINDS = [("full", "Full"), ("increment", "Increment"), ("audit", "Audit"), ("undo", "Undo")]
OUTCOMES = [
    ("queued", "Queued"),
    ("running", "Running"),
    ("completed", "Completed"),
    ("failed", "Failed"),
]
DELETIONS = [
    ("applied", "Applied"),
    ("held", "Held until a second list"),
    ("asked", "Held until somebody decides"),
    ("approved", "Approved for the next list"),
]
CHANGES = [("created", "Created"), ("updated", "Updated"), ("deleted", "Deleted")]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("calendars", "0005_schedule_retention"),
    ]

    operations = [
        migrations.AddField(
            "calendar",
            "expanded_from",
            models.DateTimeField(
                default=calendars.models.calendar.horizon_start,
                help_text="The instances of series are stored from here …",
            ),
        ),
        migrations.AddField(
            "calendar",
            "expanded_until",
            models.DateTimeField(
                default=calendars.models.calendar.horizon_end, help_text="… up to here."
            ),
        ),
        migrations.AlterField(
            "syncrun", "kind", models.CharField(choices=KINDS, max_length=10)
        ),
        migrations.AlterField(
            "syncrun",
            "outcome",
            models.CharField(choices=OUTCOMES, default="running", max_length=10),
        ),
        migrations.AddField(
            "syncrun",
            "known",
            models.PositiveIntegerField(default=0, help_text="Events known when a full run began."),
        ),
        migrations.AddField(
            "syncstate",
            "queued_run",
            models.ForeignKey(
                help_text="The run that somebody asked for and waits for.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="calendars.syncrun",
            ),
        ),
        migrations.AddField(
            "syncstate",
            "deletions",
            models.CharField(
                choices=DELETIONS, default="applied", editable=False, max_length=10
            ),
        ),
        migrations.AddField(
            "syncstate",
            "held_count",
            models.PositiveIntegerField(default=0, help_text="Deletions that are held."),
        ),
        migrations.AddField(
            "syncstate",
            "relist_at",
            models.DateTimeField(help_text="When a full list is due by itself.", null=True),
        ),
        migrations.AddField("syncstate", "audited_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "event",
            models.Index(
                condition=models.Q(("recurrence", []), _negated=True),
                fields=["calendar"],
                name="event_series",
            ),
        ),
        migrations.CreateModel(
            name="EventChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.UUIDField()),
                ("remote_id", models.CharField(max_length=1024)),
                ("kind", models.CharField(choices=CHANGES, max_length=10)),
                ("before", models.JSONField(null=True)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="calendars.calendar",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="calendars.syncrun",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["event_id", "-id"], name="event_change_latest_first")
                ]
            },
        ),
    ]
