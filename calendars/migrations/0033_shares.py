"""Shares of calendars: their policies and keys.

A recipient's choice goes with the share in the database: the owner who ends it can't see it.
"""

import accounts.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from accounts.row_security import show_own_rows, show_rows_of_address
from config.database.keys import hold_copies

HOLD_CHOICE = """
ALTER TABLE calendars_hiddenshare ADD CONSTRAINT calendars_hiddenshare_share_fk
    FOREIGN KEY (share_id) REFERENCES calendars_share ON DELETE CASCADE
    DEFERRABLE INITIALLY DEFERRED
"""
RELEASE_CHOICE = "ALTER TABLE calendars_hiddenshare DROP CONSTRAINT calendars_hiddenshare_share_fk"

class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0032_outbox_sends'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Share',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', accounts.fields.NormalisedEmailField(help_text="The recipient's.", max_length=254)),
                ('level', models.CharField(choices=[('busy', 'Free or busy, without details'), ('read', 'All details')], max_length=4)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='calendars.calendar')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='HiddenShare',
            fields=[
                ('share', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='calendars.share')),
                ('reader', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='share',
            index=models.Index(fields=['email'], name='share_recipient'),
        ),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.UniqueConstraint(fields=('calendar', 'email'), name='share_once_per_address'),
        ),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['busy', 'read'])), name='share_level_is_known'),
        ),
        show_own_rows("calendars_share"),
        show_rows_of_address("calendars_share", address="email"),
        show_own_rows("calendars_hiddenshare", owner="reader_id"),
        hold_copies(
            "calendars_share", "calendars_calendar", key="calendar_id", copies=["owner_id"]
        ),
        migrations.RunSQL(HOLD_CHOICE, RELEASE_CHOICE),
    ]
