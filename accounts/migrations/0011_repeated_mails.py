"""Emails that may have been sent twice are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_mails_as_due_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='outgoingmail',
            name='repeated',
            field=models.PositiveSmallIntegerField(default=0, help_text='How often it may have been sent again, because a worker died while sending it.'),
        ),
        # Processes of the former version go on writing rows for a while. Django's own default would
        # be returned by the insert, for which nobody may read the row.
        migrations.RunSQL(
            'ALTER TABLE accounts_outgoingmail ALTER COLUMN repeated SET DEFAULT 0',
            migrations.RunSQL.noop,
        ),
    ]
