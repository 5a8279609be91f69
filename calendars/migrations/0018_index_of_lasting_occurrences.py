"""An index of what lasts: all-day occurrences, and those longer than `SHORT` of models/event.py.

A day is touched by few of them, but they may begin a month before it. Its condition subtracts
times, which an index of a model's Meta cannot say.
"""

from django.db import migrations

CREATE = """
CREATE INDEX occurrence_lasting ON calendars_occurrence (owner_id, start_at)
WHERE all_day OR end_at - start_at > interval '4 hours'
"""


class Migration(migrations.Migration):
    dependencies = [("calendars", "0017_series_stored_in_part")]

    operations = [migrations.RunSQL(CREATE, "DROP INDEX occurrence_lasting")]
