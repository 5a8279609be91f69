"""Channels and revocations are leased, and say their last error, like every row of work."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0018_index_of_lasting_occurrences'),
    ]

    operations = [
        migrations.AddField(
            model_name='channel',
            name='error_message',
            field=models.CharField(blank=True, default='', max_length=300),
        ),
        migrations.AddField(
            model_name='channel',
            name='lease_token',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='lease_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='grantrevocation',
            name='error_code',
            field=models.CharField(blank=True, default='', max_length=60),
        ),
        migrations.AddField(
            model_name='grantrevocation',
            name='error_message',
            field=models.CharField(blank=True, default='', max_length=300),
        ),
        migrations.AddField(
            model_name='grantrevocation',
            name='lease_token',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='grantrevocation',
            name='lease_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='channel',
            name='attempts',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='channel',
            name='due_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='credential',
            name='lease_token',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='grantrevocation',
            name='attempts',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='grantrevocation',
            name='due_at',
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name='syncstate',
            name='lease_token',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='grantrevocation',
            index=models.Index(fields=['due_at'], name='grant_revocation_due'),
        ),
    ]
