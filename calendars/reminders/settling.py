"""What became of reminders that were handed over, read from the emails and messages; retention."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import connection
from django.utils import timezone

from accounts.security_context import acting_as_system
from calendars.models import PushMessage, Reminder
from config.database.bulk import delete_in_batches
from config.metrics import REMINDERS

KEEP = timedelta(days=30)

# One statement each: the emails belong to no person, and a reminder has a message for each device.
_MAILS = """
UPDATE calendars_reminder AS reminder
SET state = CASE mail.status WHEN 'sent' THEN 'sent' ELSE 'failed' END,
    ended_at = mail.ended_at, repeated = mail.repeated, error_code = mail.error_code,
    error_message = mail.error_message
FROM accounts_outgoingmail AS mail
WHERE reminder.state = 'handed' AND reminder.method = 'mail' AND mail.id = reminder.mail_id
  AND mail.status <> 'waiting'
RETURNING reminder.method, reminder.state, reminder.repeated
"""
_MESSAGES = """
UPDATE calendars_reminder AS reminder
SET state = CASE WHEN ended.sent > 0 THEN 'sent' ELSE 'failed' END,
    ended_at = coalesce(ended.at, now()), repeated = ended.repeated,
    error_code = CASE WHEN ended.sent > 0 THEN '' ELSE coalesce(ended.code, 'no-device') END
FROM (
    SELECT handed.id, count(*) FILTER (WHERE message.status = 'sent') AS sent,
        max(message.ended_at) AS at, coalesce(sum(message.repeated), 0) AS repeated,
        max(message.error_code) AS code
    FROM calendars_reminder AS handed
    LEFT JOIN calendars_pushmessage AS message ON message.reminder_id = handed.id
    WHERE handed.state = 'handed' AND handed.method = 'push'
    GROUP BY handed.id
    HAVING count(*) FILTER (WHERE message.status = 'waiting') = 0
) AS ended
WHERE reminder.id = ended.id AND reminder.state = 'handed'
RETURNING reminder.method, reminder.state, reminder.repeated
"""


def settle_reminders() -> int:
    """Note what was sent, failed or was sent again; return how many reminders ended."""
    ended: list[tuple[str, str, int]] = []
    with (
        acting_as_system(reason="emails belong to no person"),
        connection.cursor() as cursor,
    ):
        for statement in (_MAILS, _MESSAGES):
            cursor.execute(statement)
            ended += cursor.fetchall()
    for method, state, repeated in ended:
        REMINDERS.labels(method, state).inc()
        if repeated:
            REMINDERS.labels(method, "repeated").inc()
    return len(ended)


def prune_reminders() -> int:
    """Delete reminders that ended longer ago than KEEP, and what tests of devices left."""
    at = timezone.now() - KEEP
    access = partial(acting_as_system, reason="retention")
    old = Reminder.objects.filter(ended_at__lt=at)
    tests = PushMessage.objects.filter(ended_at__lt=at, reminder=None)
    return delete_in_batches(old, access=access) + delete_in_batches(tests, access=access)
