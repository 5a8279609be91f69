"""What was done to each event: a short history, from which changes are undone."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from calendars.models.calendar import Calendar
from calendars.models.sync import SyncRun


class EventChange(models.Model):
    """One event as it was before a change; `before` is its whole row, None if it was created.

    It names the event by value, because it outlives it. What was done at once (a run, an import,
    one request) has one `act`.
    """

    class Kind(models.TextChoices):
        CREATED = "created", gettext_lazy("Created")
        UPDATED = "updated", gettext_lazy("Updated")
        DELETED = "deleted", gettext_lazy("Deleted")

    class Door(models.TextChoices):
        """Where a change came in."""

        SYNC = "sync", gettext_lazy("Sync")
        PAGE = "page", gettext_lazy("Page")
        API = "api", "API"
        CALDAV = "caldav", "CalDAV"
        IMPORT = "import", gettext_lazy("Import")
        RULE = "rule", gettext_lazy("Rule")
        UNDO = "undo", gettext_lazy("Undo")

    id: ClassVar[models.BigAutoField[int, int]]
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.CASCADE, related_name="changes")
    act = models.UUIDField(default=uuid.uuid4)
    door = models.CharField(max_length=10, choices=Door, default=Door.SYNC)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    event_id = models.UUIDField()
    remote_id = models.CharField(max_length=1024)
    kind = models.CharField(max_length=10, choices=Kind)
    before = models.JSONField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(door="sync") | models.Q(run__isnull=False),
                name="event_change_of_a_sync_has_its_run",
            )
        ]
        indexes = [
            models.Index(fields=["event_id", "-id"], name="event_change_latest_first"),
            models.Index(fields=["act"], name="event_change_act"),
            models.Index(
                fields=["actor"],
                condition=models.Q(actor__isnull=False),
                name="event_change_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {timezone.localtime(self.changed_at):%Y-%m-%d %H:%M:%S}"

    @property
    def summary(self) -> str:
        return str((self.before or {}).get("summary", ""))
