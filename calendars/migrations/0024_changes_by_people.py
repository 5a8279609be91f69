"""Who made each change of an event, and changes that Google has not confirmed."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from accounts.row_security import show_own_rows
from config.database.keys import hold_copies


# With the time of the statement, so that the statement itself can tell which rows it changed.
STAMP = """
CREATE OR REPLACE FUNCTION calendars_stamp_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same calendars_event := NEW;
BEGIN
    same.seen_run := OLD.seen_run;
    same.stored_until := OLD.stored_until;
    same.changed_at := OLD.changed_at;
    IF same IS DISTINCT FROM OLD THEN
        NEW.change_set := current_setting('app.change_set')::bigint;
        NEW.changed_at := statement_timestamp();
    END IF;
    RETURN NEW;
END $$;
"""
# What was kept before is of runs alone.
NAME_ACTS_OF_RUNS = """
SELECT set_config('app.system', 'migration', true);
UPDATE calendars_eventchange SET act = run_id;
SELECT set_config('app.system', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0023_change_sequence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PendingChange',
            fields=[
                ('event_id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('remote_id', models.CharField(max_length=1024)),
                ('kind', models.CharField(choices=[('create', 'Create'), ('update', 'Update'), ('delete', 'Delete')], max_length=10)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('conflict', 'Conflict')], default='pending', max_length=10)),
                ('base', models.JSONField(help_text='As Google last confirmed it; None: not yet.', null=True)),
                ('mine', models.JSONField(default=dict)),
                ('theirs', models.JSONField(help_text='What Google has instead, in a conflict.', null=True)),
                ('theirs_deleted', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.AddField(
            model_name='eventchange',
            name='act',
            field=models.UUIDField(default=uuid.uuid4),
        ),
        migrations.AddField(
            model_name='eventchange',
            name='actor',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='eventchange',
            name='door',
            field=models.CharField(choices=[('sync', 'Sync'), ('page', 'Page'), ('api', 'API'), ('caldav', 'CalDAV'), ('import', 'Import'), ('rule', 'Rule'), ('undo', 'Undo')], default='sync', max_length=10),
        ),
        migrations.RunSQL(STAMP, migrations.RunSQL.noop),
        migrations.RunSQL(NAME_ACTS_OF_RUNS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='eventchange',
            name='run',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='calendars.syncrun'),
        ),
        migrations.AddIndex(
            model_name='eventchange',
            index=models.Index(fields=['act'], name='event_change_act'),
        ),
        migrations.AddConstraint(
            model_name='eventchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('door', 'sync'), _negated=True), ('run__isnull', False), _connector='OR'), name='event_change_of_a_sync_has_its_run'),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='calendar',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending_changes', to='calendars.calendar'),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='pendingchange',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'create'), ('base__isnull', False), _connector='OR'), name='pending_change_has_a_base'),
        ),
        migrations.AddIndex(
            model_name='eventchange',
            index=models.Index(
                condition=models.Q(('actor__isnull', False)),
                fields=['actor'],
                name='event_change_actor',
            ),
        ),
        show_own_rows('calendars_pendingchange'),
        hold_copies(
            'calendars_pendingchange', 'calendars_calendar', key='calendar_id', copies=['owner_id']
        ),
    ]
