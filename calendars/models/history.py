"""What syncs did to each event: a short history, and the way back from a bad sync."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from calendars.models.calendar import Calendar
from calendars.models.sync import SyncRun


class EventChange(models.Model):
    """One event as it was before a run changed it; `before` is its whole row, None if created.

    It names the event by value, because it outlives it.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "Created"
        UPDATED = "updated", "Updated"
        DELETED = "deleted", "Deleted"

    id: ClassVar[models.BigAutoField[int, int]]
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="changes")
    event_id = models.UUIDField()
    remote_id = models.CharField(max_length=1024)
    kind = models.CharField(max_length=10, choices=Kind)
    before = models.JSONField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["event_id", "-id"], name="event_change_latest_first")]

    def __str__(self) -> str:
        return f"{self.kind} at {timezone.localtime(self.changed_at):%Y-%m-%d %H:%M:%S}"

    @property
    def summary(self) -> str:
        return str((self.before or {}).get("summary", ""))
