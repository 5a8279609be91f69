"""The audit log names the administrator who did something to another person's account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.row_security import show_rows_of_actor

# As in 0003, and one more shape: an administrator who leaves is taken out of what they did, with
# the address and the program, which were theirs.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION accounts_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
    ELSIF door IN ('anonymise', 'anonymise actor') THEN
        emptied := OLD;
        emptied.ip := NULL;
        emptied.client_id := '';
        emptied.user_agent := '';
        IF door = 'anonymise' THEN
            emptied.user_id := NULL;
            emptied.session_id := NULL;
            emptied.details := '{}';
        ELSE
            emptied.actor_id := NULL;
        END IF;
        IF NEW IS NOT DISTINCT FROM emptied THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION accounts_anonymise_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.audit_door', 'anonymise', true);
    UPDATE accounts_auditevent
        SET user_id = NULL, session_id = NULL, ip = NULL, client_id = '', user_agent = '',
            details = '{}'
        WHERE user_id = OLD.id;
    PERFORM set_config('app.audit_door', 'anonymise actor', true);
    UPDATE accounts_auditevent
        SET actor_id = NULL, ip = NULL, client_id = '', user_agent = ''
        WHERE actor_id = OLD.id;
    PERFORM set_config('app.audit_door', '', true);
    RETURN OLD;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_schedule_mails")]

    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="by",
            field=models.CharField(
                blank=True,
                choices=[("administrator", "An administrator"), ("operator", "The operator")],
                default="",
                max_length=16,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditevent",
            name="actor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="administrator",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("actor__isnull", False)),
                fields=["actor", "-occurred_at", "-id"],
                name="audit_event_of_actor",
            ),
        ),
        # Going back needs no older functions: without the column they are never reached for it.
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        show_rows_of_actor("accounts_auditevent", actor="actor_id"),
    ]
