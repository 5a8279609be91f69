"""Mails and the mail server read like every other row of work."""

import django.utils.timezone
from django.db import migrations, models

CODE = models.CharField(blank=True, default="", max_length=60)
MESSAGE = models.CharField(blank=True, default="", max_length=300)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_audit_actor")]

    operations = [
        migrations.RenameField("mailserver", "holder", "lease_token"),
        migrations.RenameField("mailserver", "held_until", "lease_until"),
        migrations.RenameField("mailserver", "paused_until", "due_at"),
        migrations.RenameField("mailserver", "failures", "attempts"),
        migrations.RenameField("mailserver", "last_error", "error_message"),
        migrations.AddField("mailserver", "error_code", CODE),
        migrations.AlterField("mailserver", "error_message", MESSAGE),
        migrations.AlterField(
            "mailserver", "lease_token", models.UUIDField(editable=False, null=True)
        ),
        migrations.AlterField("mailserver", "lease_until", models.DateTimeField(null=True)),
        migrations.AlterField(
            "mailserver", "due_at", models.DateTimeField(default=django.utils.timezone.now)
        ),
        migrations.RenameField("outgoingmail", "last_error", "error_message"),
        migrations.AddField("outgoingmail", "error_code", CODE.clone()),
        migrations.AlterField("outgoingmail", "error_message", MESSAGE.clone()),
        migrations.AlterField(
            "outgoingmail", "attempts", models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(
            "outgoingmail", "lease_token", models.UUIDField(editable=False, null=True)
        ),
        migrations.AddField("outgoingmail", "lease_until", models.DateTimeField(null=True)),
    ]
