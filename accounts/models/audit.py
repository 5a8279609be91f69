"""The audit log: one row an event, which nobody changes once it is written."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.audit.events import REFUSED, TITLES
from accounts.models.user import User


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def older_than(self, at: datetime) -> Self:
        return self.filter(occurred_at__lt=at)


class AuditEvent(models.Model):
    """Who did what, how, from where, and how it ended; never with a token or a password.

    Triggers in the database refuse UPDATE and DELETE. Two doors stand in the triggers: one for
    retention, and one that takes the person out of the events when the account is deleted.
    `count` is above 1 where events of one kind, person and address were counted together.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occurred_at = models.DateTimeField(default=timezone.now, db_index=True)
    event = models.CharField(max_length=32)
    outcome = models.CharField(max_length=16)
    reason = models.CharField(max_length=64, blank=True, help_text="Never told to the outside.")
    count = models.PositiveIntegerField(default=1)

    # The trigger on users empties these columns before the row of the person goes.
    user = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, related_name="+")
    method = models.CharField(max_length=32, blank=True, help_text="How the request was signed in.")
    session_id = models.UUIDField(null=True)
    client_id = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True, verbose_name="IP address")
    user_agent = models.CharField(max_length=256, blank=True)
    request_id = models.CharField(max_length=64, blank=True, db_index=True)
    details = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-occurred_at", "-id"], name="audit_event_of_person"),
            models.Index(fields=["user", "ip", "event"], name="audit_event_of_address"),
        ]

    def __str__(self) -> str:
        return f"{self.title} at {self.occurred_at:%Y-%m-%d %H:%M:%S}"

    @property
    def title(self) -> str:
        return TITLES.get(self.event, self.event)

    @property
    def is_refused(self) -> bool:
        return self.outcome == REFUSED
