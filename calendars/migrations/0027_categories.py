"""Categories: the rows, their policies, their keys, and their place in the change sequence."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models

from accounts.row_security import show_own_rows
from config.database.keys import hold_copies, name_together

# As for calendars and events (migration 0023), whose functions begin and record a change set. An
# UPDATE of `change_set` itself marks a category of which the choices or lessons changed.
SEQUENCE = """
CREATE FUNCTION calendars_stamp_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.change_set := current_setting('app.change_set')::bigint;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION calendars_bury_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO calendars_tombstone (id, owner_id, kind, change_set)
        SELECT id, owner_id, 'category', current_setting('app.change_set')::bigint FROM gone
        ON CONFLICT (id) DO UPDATE
            SET change_set = excluded.change_set, deleted_at = excluded.deleted_at;
    PERFORM calendars_record_change_set((SELECT array_agg(DISTINCT owner_id) FROM gone));
    RETURN NULL;
END $$;

CREATE TRIGGER begin_change_set BEFORE INSERT OR UPDATE OR DELETE ON calendars_category
    FOR EACH STATEMENT EXECUTE FUNCTION calendars_begin_change_set();
CREATE TRIGGER stamp BEFORE UPDATE ON calendars_category
    FOR EACH ROW EXECUTE FUNCTION calendars_stamp_category();
CREATE TRIGGER record_inserted AFTER INSERT ON calendars_category REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION calendars_record_changes();
CREATE TRIGGER record_updated AFTER UPDATE ON calendars_category REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION calendars_record_changes();
CREATE TRIGGER bury AFTER DELETE ON calendars_category REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION calendars_bury_categories();
"""
DROP_SEQUENCE = """
DROP TRIGGER bury ON calendars_category;
DROP TRIGGER record_updated ON calendars_category;
DROP TRIGGER record_inserted ON calendars_category;
DROP TRIGGER stamp ON calendars_category;
DROP TRIGGER begin_change_set ON calendars_category;
DROP FUNCTION calendars_bury_categories();
DROP FUNCTION calendars_stamp_category();
"""
OWNED = ("categorysetup", "category", "categorychoice", "categorylesson")
OF_A_CATEGORY = ("categorychoice", "categorylesson")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_mails_as_due_rows'),
        ('calendars', '0026_conference_url'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CategorySetup',
            fields=[
                ('owner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.AlterField(
            model_name='tombstone',
            name='calendar_id',
            field=models.UUIDField(help_text='By value: the calendar may be gone too. A category has none.', null=True),
        ),
        migrations.AlterField(
            model_name='tombstone',
            name='kind',
            field=models.CharField(choices=[('calendar', 'Calendar'), ('event', 'Event'), ('category', 'Category')], max_length=10),
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('colour', models.CharField(default='#4a6fa5', help_text='#rrggbb', max_length=7)),
                ('emoji', models.CharField(blank=True, default='', max_length=16)),
                ('weight', models.SmallIntegerField(default=0, help_text='If keywords of several categories match, the highest weight wins.')),
                ('keywords', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, default=list, size=None)),
                ('is_default', models.BooleanField(default=False)),
                ('position', models.SmallIntegerField(default=0, help_text='The place in lists, from 0.')),
                ('change_set', models.BigIntegerField(db_default=django.db.models.functions.comparison.Cast(django.db.models.functions.comparison.NullIf(models.Func(models.Value('app.change_set'), models.Value(True), function='current_setting'), models.Value('')), models.BigIntegerField()), editable=False)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
            },
        ),
        migrations.CreateModel(
            name='CategoryChoice',
            fields=[
                ('event_id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('chosen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='calendars.category')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CategoryLesson',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=200)),
                ('written', models.CharField(max_length=200)),
                ('learnt_from', models.UUIDField()),
                ('learnt_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lessons', to='calendars.category')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='category',
            index=models.Index(fields=['owner', 'change_set'], name='category_changes'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(models.F('owner'), django.db.models.functions.text.Lower('name'), name='category_name_once'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('owner',), name='category_default_once'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('colour__regex', '^#[0-9a-f]{6}$')), name='category_colour_is_hex'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('weight__gte', 0), ('weight__lte', 100)), name='category_weight_in_range'),
        ),
        migrations.AddConstraint(
            model_name='categorylesson',
            constraint=models.UniqueConstraint(fields=('owner', 'title'), name='category_lesson_once'),
        ),
        *(show_own_rows(f"calendars_{name}") for name in OWNED),
        name_together("calendars_category", "owner_id"),
        *(
            hold_copies(
                f"calendars_{name}", "calendars_category", key="category_id", copies=["owner_id"]
            )
            for name in OF_A_CATEGORY
        ),
        migrations.RunSQL(SEQUENCE, DROP_SEQUENCE),
    ]
