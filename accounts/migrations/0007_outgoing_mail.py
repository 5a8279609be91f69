"""Mails that wait to be sent. Anybody adds one; the system alone reads and sends them."""

import datetime
import django.utils.timezone
import uuid
from django.db import migrations, models

from accounts.row_security import accept_rows, show_to_system


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_row_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailServer',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('holder', models.UUIDField(null=True)),
                ('held_until', models.DateTimeField(default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))),
                ('paused_until', models.DateTimeField(default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))),
                ('failures', models.PositiveIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name': 'mail server',
                'verbose_name_plural': 'mail server',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='mail_server_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('recipient', models.CharField(max_length=320)),
                ('sealed_message', models.BinaryField()),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('last_error', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                'verbose_name': 'mail',
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['due_at'], name='outgoing_mail_due'), models.Index(fields=['recipient'], name='outgoing_mail_recipient')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'waiting')), models.Q(models.Q(('status', 'waiting'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='outgoing_mail_ends_once')],
            },
        ),
        show_to_system("accounts_mailserver"),
        show_to_system("accounts_outgoingmail"),
        accept_rows("accounts_outgoingmail"),
    ]
