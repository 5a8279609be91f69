"""Pending changes are rows of work: leased, put off, given up with a reason."""

import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0029_search'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='pendingchange',
            name='after',
            field=models.UUIDField(help_text='The event whose pending change Google must confirm first.', null=True),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='attempts',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='due_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='error_code',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='error_message',
            field=models.CharField(blank=True, default='', max_length=300),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='lease_token',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='lease_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='notify',
            field=models.CharField(choices=[('none', 'Nobody'), ('externalOnly', 'Guests without Google Calendar'), ('all', 'All guests')], default='none', max_length=12),
        ),
        migrations.AddField(
            model_name='pendingchange',
            name='revision',
            field=models.PositiveIntegerField(default=0, help_text='Counts the local changes, so that what was sent is known.'),
        ),
        migrations.AlterField(
            model_name='pendingchange',
            name='state',
            field=models.CharField(choices=[('pending', 'Pending'), ('conflict', 'Conflict'), ('failed', 'Failed')], default='pending', max_length=10),
        ),
        migrations.AddIndex(
            model_name='pendingchange',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['due_at'], name='pending_change_due'),
        ),
    ]
