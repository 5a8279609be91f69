"""The audit log, append-only: triggers refuse what nobody may do to it."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

# The doors are settings of one transaction. `retention` lets rows go that are older than
# `app.audit_keep_days`, and of a month at least; `anonymise` empties what points to a person, and nothing else.
PROTECT = """
CREATE FUNCTION accounts_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    door text := coalesce(current_setting('app.audit_door', true), '');
    emptied accounts_auditevent;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF door = 'retention' AND OLD.occurred_at < statement_timestamp() - make_interval(
            days => greatest(current_setting('app.audit_keep_days')::int, 30)
        ) THEN
            RETURN OLD;
        END IF;
    ELSIF door = 'anonymise' THEN
        emptied := OLD;
        emptied.user_id := NULL;
        emptied.session_id := NULL;
        emptied.ip := NULL;
        emptied.client_id := '';
        emptied.user_agent := '';
        emptied.details := '{}';
        IF NEW IS NOT DISTINCT FROM emptied THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_event_is_append_only
    BEFORE UPDATE OR DELETE ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_audit_change();

CREATE FUNCTION accounts_anonymise_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.audit_door', 'anonymise', true);
    UPDATE accounts_auditevent
        SET user_id = NULL, session_id = NULL, ip = NULL, client_id = '', user_agent = '',
            details = '{}'
        WHERE user_id = OLD.id;
    PERFORM set_config('app.audit_door', '', true);
    RETURN OLD;
END $$;

CREATE TRIGGER user_leaves_the_audit_log
    BEFORE DELETE ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION accounts_anonymise_audit_events();
"""
UNPROTECT = """
DROP TRIGGER user_leaves_the_audit_log ON accounts_user;
DROP FUNCTION accounts_anonymise_audit_events();
DROP TRIGGER audit_event_is_append_only ON accounts_auditevent;
DROP FUNCTION accounts_refuse_audit_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_legacy'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('occurred_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('event', models.CharField(max_length=32)),
                ('outcome', models.CharField(max_length=16)),
                ('reason', models.CharField(blank=True, help_text='Never told to the outside.', max_length=64)),
                ('count', models.PositiveIntegerField(default=1)),
                ('method', models.CharField(blank=True, help_text='How the request was signed in.', max_length=32)),
                ('session_id', models.UUIDField(null=True)),
                ('client_id', models.CharField(blank=True, max_length=64)),
                ('ip', models.GenericIPAddressField(null=True, verbose_name='IP address')),
                ('user_agent', models.CharField(blank=True, max_length=256)),
                ('request_id', models.CharField(blank=True, db_index=True, max_length=64)),
                ('details', models.JSONField(default=dict)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-occurred_at', '-id'], name='audit_event_of_person'), models.Index(fields=['user', 'ip', 'event'], name='audit_event_of_address')],
            },
        ),
        migrations.RunSQL(PROTECT, UNPROTECT),
    ]
