import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

STATES = [
    ("opening", "Being opened"),
    ("open", "Open"),
    ("stopping", "To be stopped"),
    ("refused", "Not possible"),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("calendars", "0007_schedule_upkeep"),
    ]

    operations = [
        migrations.AddField(
            "connection",
            "notice_due_at",
            models.DateTimeField(
                blank=True,
                help_text="When the person is to be mailed that it must be renewed.",
                null=True,
            ),
        ),
        migrations.AddField(
            "credential",
            "failed_at",
            models.DateTimeField(help_text="When a refresh last failed in passing.", null=True),
        ),
        migrations.AddField("grantrevocation", "channels", models.JSONField(default=list)),
        migrations.CreateModel(
            name="RefreshTokenMeter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=20)),
                ("subject", models.CharField(max_length=255)),
                ("client_id", models.CharField(max_length=255)),
                ("email", models.EmailField(blank=True, default="", max_length=254)),
                (
                    "issued_at",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider", "subject", "client_id"),
                        name="refresh_token_meter_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("state", models.CharField(choices=STATES, default="opening", max_length=10)),
                ("address", models.URLField(max_length=500)),
                ("secret_digest", models.BinaryField(max_length=32)),
                ("resource_id", models.CharField(blank=True, default="", max_length=255)),
                ("expires_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_message_number", models.PositiveBigIntegerField(default=0)),
                ("last_notified_at", models.DateTimeField(null=True)),
                ("error_code", models.CharField(blank=True, default="", max_length=60)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channels",
                        to="calendars.syncstate",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["due_at"], name="channel_due")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["opening", "refused"])),
                        fields=("collection",),
                        name="channel_opened_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("collection",),
                        name="channel_open_once",
                    ),
                ],
            },
        ),
    ]
