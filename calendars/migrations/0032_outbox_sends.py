"""Pending changes know what may have been sent; events know since when they say the same."""

import django.db.models.deletion
from django.db import migrations, models

import calendars.models.change

# What Google adds to an event that it confirms (its etag, its link) is nothing that a person who
# has seen the event must see again before the next change. `app.confirms` says that an update is
# such a confirmation, whatever Google's form of the values.
STAMP = """
CREATE OR REPLACE FUNCTION calendars_stamp_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same calendars_event := NEW;
BEGIN
    NEW.same_since := coalesce(OLD.same_since, OLD.change_set);
    same.same_since := OLD.same_since;
    same.seen_run := OLD.seen_run;
    same.stored_until := OLD.stored_until;
    same.changed_at := OLD.changed_at;
    IF same IS DISTINCT FROM OLD THEN
        NEW.change_set := current_setting('app.change_set')::bigint;
        NEW.changed_at := statement_timestamp();
        same.change_set := OLD.change_set;
        same.etag := OLD.etag;
        same.sequence := OLD.sequence;
        same.html_link := OLD.html_link;
        same.remote_updated_at := OLD.remote_updated_at;
        IF same IS DISTINCT FROM OLD
            AND coalesce(current_setting('app.confirms', true), '') = '' THEN
            NEW.same_since := NEW.change_set;
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""
FORMER_STAMP = """
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


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0031_reminders'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='same_since',
            field=models.BigIntegerField(db_default=calendars.models.change.current_change_set(), editable=False, help_text='The first change set whose version says the same as the current one; None: the current one.', null=True),
        ),
        migrations.RunSQL(STAMP, FORMER_STAMP),
        migrations.AddField(
            model_name='pendingchange',
            name='sent',
            field=models.JSONField(blank=True, db_default=[], default=list, help_text='What Google may have got of it, before the answer is known.'),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='source',
            field=models.ForeignKey(blank=True, help_text="The calendar of the same account that it's moved from.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='calendars.calendar'),
        ),
        migrations.AlterField(
            model_name='pendingchange',
            name='kind',
            field=models.CharField(choices=[('create', 'Create'), ('update', 'Update'), ('delete', 'Delete'), ('move', 'Move')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='pendingchange',
            index=models.Index(condition=models.Q(('after__isnull', False)), fields=['after'], name='pending_change_after'),
        ),
    ]
