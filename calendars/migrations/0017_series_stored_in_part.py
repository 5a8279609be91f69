"""Up to where a series with too many instances is stored, so that readers expand the rest."""

from django.db import migrations, models

# Series that repeat within a day may have been cut without a mark before.
MARK = """
SELECT set_config('app.system', 'migration', true);
UPDATE calendars_event AS event SET stored_until = (
  SELECT max(start_at) FROM calendars_occurrence WHERE event_id = event.id)
WHERE recurrence <> '{}'
  AND array_to_string(recurrence, ' ') ~* '(SECONDLY|MINUTELY|HOURLY|BYHOUR|BYMINUTE|BYSECOND)';
SELECT set_config('app.system', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0016_zone_definition")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="stored_until",
            field=models.DateTimeField(
                editable=False,
                help_text="Of a series with too many instances: those that start after it are not"
                " stored.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("stored_until__isnull", False)),
                fields=["calendar"],
                name="event_series_cut",
            ),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
