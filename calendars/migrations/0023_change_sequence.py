"""The change sequence of each owner, kept by triggers: docs/design.md, "The change sequence".

`change_set` of a row names the transaction that changed it last. A change set gets its number at
COMMIT, by a deferred trigger that holds the owner's row of `changesequence` for that moment only.
"""

import uuid
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

import calendars.models.change
from accounts.row_security import show_own_rows

FUNCTIONS = """
CREATE SEQUENCE calendars_changeset_id;

CREATE FUNCTION calendars_begin_change_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('app.change_set', true), '') = '' THEN
        PERFORM set_config('app.change_set', nextval('calendars_changeset_id')::text, true);
    END IF;
    RETURN NULL;
END $$;

-- What a sync or the horizon notes about an event is no change of it. An UPDATE of `change_set`
-- itself marks an unchanged event as changed, for a calendar that returns.
CREATE FUNCTION calendars_stamp_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same calendars_event := NEW;
BEGIN
    same.seen_run := OLD.seen_run;
    same.stored_until := OLD.stored_until;
    same.changed_at := OLD.changed_at;
    IF same IS DISTINCT FROM OLD THEN
        NEW.change_set := current_setting('app.change_set')::bigint;
        NEW.changed_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION calendars_stamp_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    same calendars_calendar := NEW;
BEGIN
    same.seen_run := OLD.seen_run;
    same.expanded_from := OLD.expanded_from;
    same.expanded_until := OLD.expanded_until;
    same.change_set := OLD.change_set;
    NEW.change_set := OLD.change_set;
    IF same IS DISTINCT FROM OLD THEN
        NEW.change_set := current_setting('app.change_set')::bigint;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION calendars_record_change_set(owners bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO calendars_changeset (owner_id, id)
    SELECT DISTINCT owner_id, current_setting('app.change_set')::bigint
    FROM unnest(owners) AS owner_id ORDER BY owner_id
    ON CONFLICT DO NOTHING;
$$;

CREATE FUNCTION calendars_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    current bigint := current_setting('app.change_set')::bigint;
    owners bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM written WHERE change_set <> current) THEN
            RAISE integrity_constraint_violation
                USING MESSAGE = 'change_set is given by the database';
        END IF;
    END IF;
    SELECT array_agg(DISTINCT owner_id) INTO owners FROM written WHERE change_set = current;
    PERFORM calendars_record_change_set(owners);
    RETURN NULL;
END $$;

-- The events of a calendar that returns are sent again: clients dropped them with the calendar.
CREATE FUNCTION calendars_return_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE calendars_event SET change_set = current_setting('app.change_set')::bigint
        WHERE calendar_id = NEW.id;
    RETURN NULL;
END $$;

-- A calendar's tombstone stands for its events too.
CREATE FUNCTION calendars_bury_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO calendars_tombstone (id, owner_id, kind, calendar_id, change_set)
        SELECT id, owner_id, 'event', calendar_id, current_setting('app.change_set')::bigint
        FROM gone
        WHERE EXISTS (SELECT FROM calendars_calendar AS one WHERE one.id = gone.calendar_id)
        ON CONFLICT (id) DO UPDATE
            SET change_set = excluded.change_set, deleted_at = excluded.deleted_at;
    PERFORM calendars_record_change_set((SELECT array_agg(DISTINCT owner_id) FROM gone));
    RETURN NULL;
END $$;

CREATE FUNCTION calendars_bury_calendars() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM calendars_tombstone AS tombstone USING gone
        WHERE tombstone.owner_id = gone.owner_id AND tombstone.calendar_id = gone.id;
    INSERT INTO calendars_tombstone (id, owner_id, kind, calendar_id, change_set)
        SELECT id, owner_id, 'calendar', id, current_setting('app.change_set')::bigint FROM gone;
    PERFORM calendars_record_change_set((SELECT array_agg(DISTINCT owner_id) FROM gone));
    RETURN NULL;
END $$;

-- At COMMIT the settings of the security context may have ended. Of an owner who was deleted in
-- the same transaction nothing is left to be numbered.
CREATE FUNCTION calendars_number_change_set() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place bigint;
    former text := coalesce(current_setting('app.system', true), '');
BEGIN
    PERFORM set_config('app.system', 'change sequence', true);
    IF EXISTS (SELECT FROM calendars_changeset WHERE owner_id = NEW.owner_id AND id = NEW.id) THEN
        INSERT INTO calendars_changesequence AS known (owner_id, last) VALUES (NEW.owner_id, 1)
            ON CONFLICT (owner_id) DO UPDATE SET last = known.last + 1
            RETURNING last INTO place;
        UPDATE calendars_changeset SET number = place
            WHERE owner_id = NEW.owner_id AND id = NEW.id;
    END IF;
    PERFORM set_config('app.system', former, true);
    RETURN NULL;
END $$;
"""
DROP_FUNCTIONS = """
DROP FUNCTION calendars_number_change_set();
DROP FUNCTION calendars_bury_calendars();
DROP FUNCTION calendars_bury_events();
DROP FUNCTION calendars_return_events();
DROP FUNCTION calendars_record_changes();
DROP FUNCTION calendars_record_change_set(bigint[]);
DROP FUNCTION calendars_stamp_calendar();
DROP FUNCTION calendars_stamp_event();
DROP FUNCTION calendars_begin_change_set();
DROP SEQUENCE calendars_changeset_id;
"""
# ADD COLUMN evaluates the default once: what is there already belongs to one change set.
BEGIN_CHANGE_SET = """
SELECT set_config('app.system', 'migration', true);
SELECT set_config('app.change_set', nextval('calendars_changeset_id')::text, true);
"""
NUMBER_WHAT_IS_THERE = """
INSERT INTO calendars_changeset (owner_id, id, number)
    SELECT DISTINCT owner_id, current_setting('app.change_set')::bigint, 1
    FROM calendars_calendar;
INSERT INTO calendars_changesequence (owner_id, last) SELECT owner_id, 1 FROM calendars_changeset;
SELECT set_config('app.change_set', '', true);
SELECT set_config('app.system', '', true);
"""


def hold_to_owner(table: str) -> migrations.RunSQL:
    """An owner takes these rows along when the triggers wrote some during the deletion, too."""
    name = f"{table}_owner_fk"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (owner_id)"
        " REFERENCES accounts_user ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def triggers_of(table: str, noun: str) -> migrations.RunSQL:
    """`noun` names the table's own functions: calendars_stamp_<noun>, calendars_bury_<noun>s."""
    create = f"""
    CREATE TRIGGER begin_change_set BEFORE INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION calendars_begin_change_set();
    CREATE TRIGGER stamp BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION calendars_stamp_{noun}();
    CREATE TRIGGER record_inserted AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION calendars_record_changes();
    CREATE TRIGGER record_updated AFTER UPDATE ON {table} REFERENCING NEW TABLE AS written
        FOR EACH STATEMENT EXECUTE FUNCTION calendars_record_changes();
    CREATE TRIGGER bury AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION calendars_bury_{noun}s();
    """
    names = ("bury", "record_updated", "record_inserted", "stamp", "begin_change_set")
    return migrations.RunSQL(create, [f"DROP TRIGGER {name} ON {table}" for name in names])


RETURN_EVENTS = """
CREATE TRIGGER return_events AFTER UPDATE ON calendars_calendar FOR EACH ROW
    WHEN (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL)
    EXECUTE FUNCTION calendars_return_events();
"""
NUMBER_CHANGE_SETS = """
CREATE CONSTRAINT TRIGGER number_at_commit AFTER INSERT ON calendars_changeset
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION calendars_number_change_set();
"""


def owner(kind: type[Any] = models.ForeignKey, **options: Any) -> Any:
    return kind(
        db_constraint=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


def change_set() -> Any:
    return models.BigIntegerField(
        db_default=calendars.models.change.current_change_set(), editable=False
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("calendars", "0022_listed_occurrences"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeSequence",
            fields=[
                ("owner", owner(models.OneToOneField, primary_key=True, serialize=False)),
                ("last", models.BigIntegerField(help_text="The number of the last change set.")),
            ],
        ),
        migrations.CreateModel(
            name="ChangeSet",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "owner_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("owner", owner(db_index=False)),
                ("id", models.BigIntegerField()),
                ("number", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "number"), name="change_set_number_once"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner", owner(db_index=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("calendar", "Calendar"), ("event", "Event")], max_length=10
                    ),
                ),
                (
                    "calendar_id",
                    models.UUIDField(help_text="By value: the calendar may be gone too."),
                ),
                ("change_set", models.BigIntegerField()),
                ("deleted_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner", "change_set"], name="tombstone_changes")
                ]
            },
        ),
        *(
            operation(f"calendars_{name}")
            for name in ("changesequence", "changeset", "tombstone")
            for operation in (hold_to_owner, show_own_rows)
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(BEGIN_CHANGE_SET, migrations.RunSQL.noop),
        migrations.AddField("calendar", "change_set", change_set()),
        migrations.AddField("event", "change_set", change_set()),
        migrations.AlterField(
            "event", "changed_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AddIndex(
            "calendar", models.Index(fields=["owner", "change_set"], name="calendar_changes")
        ),
        migrations.AddIndex(
            "event", models.Index(fields=["owner", "change_set"], name="event_changes")
        ),
        migrations.RunSQL(NUMBER_WHAT_IS_THERE, migrations.RunSQL.noop),
        triggers_of("calendars_calendar", "calendar"),
        triggers_of("calendars_event", "event"),
        migrations.RunSQL(RETURN_EVENTS, "DROP TRIGGER return_events ON calendars_calendar"),
        migrations.RunSQL(
            NUMBER_CHANGE_SETS, "DROP TRIGGER number_at_commit ON calendars_changeset"
        ),
    ]
