"""Owners of events, and owners and calendars of occurrences, are copies: their events vouch."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def copy_of(to: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("calendars", "0009_schedule_push"),
    ]

    operations = [
        migrations.AlterField("event", "owner", copy_of(settings.AUTH_USER_MODEL)),
        migrations.AlterField("occurrence", "owner", copy_of(settings.AUTH_USER_MODEL)),
        migrations.AlterField("occurrence", "calendar", copy_of("calendars.calendar")),
    ]
