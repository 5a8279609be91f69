"""Events are held to their calendar once a statement, and not once a row.

The lock is the one of a foreign key's check: a calendar that is being deleted is waited for, and
one that events are written to waits with its end. What was written meanwhile goes with it: a
statement inside a function sees what was committed before it began.
"""

import django.db.models.deletion
from django.db import migrations, models

CREATE_TRIGGERS = """
CREATE FUNCTION calendars_hold_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH named AS (SELECT DISTINCT calendar_id AS id FROM inserted),
        held AS (
            SELECT calendar.id FROM calendars_calendar AS calendar JOIN named USING (id)
            FOR KEY SHARE OF calendar
        )
        SELECT id FROM named EXCEPT SELECT id FROM held
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'an event names a calendar that is not there';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION calendars_take_events_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM calendars_occurrence AS occurrence USING gone
        WHERE occurrence.owner_id = gone.owner_id AND occurrence.calendar_id = gone.id;
    DELETE FROM calendars_event AS event USING gone WHERE event.calendar_id = gone.id;
    RETURN NULL;
END $$;

CREATE TRIGGER event_names_a_calendar AFTER INSERT ON calendars_event
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT
    EXECUTE FUNCTION calendars_hold_events();
CREATE TRIGGER calendar_takes_events_along AFTER DELETE ON calendars_calendar
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
    EXECUTE FUNCTION calendars_take_events_along();
"""
DROP_TRIGGERS = """
DROP TRIGGER calendar_takes_events_along ON calendars_calendar;
DROP TRIGGER event_names_a_calendar ON calendars_event;
DROP FUNCTION calendars_take_events_along();
DROP FUNCTION calendars_hold_events();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0013_paused_by_administrators'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='calendar',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='calendars.calendar'),
        ),
        migrations.RunSQL(CREATE_TRIGGERS, DROP_TRIGGERS),
    ]
