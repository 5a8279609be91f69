"""Push channels: over which Google says that a collection changed, and not what."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from calendars.models.sync import SyncState


class ChannelQuerySet(models.QuerySet["Channel"]):
    def due(self, now: datetime) -> Self:
        return self.filter(due_at__lte=now).order_by("due_at")


class Channel(models.Model):
    """One channel on one collection. `due_at` is when its state asks for the next step.

    It is written before Google is asked, so that the handshake, which may come before Google's
    answer or in place of a lost one, finds it and tells the resource's id.
    """

    class State(models.TextChoices):
        OPENING = "opening", "Being opened"
        OPEN = "open", "Open"  # due: to be replaced
        STOPPING = "stopping", "To be stopped"  # replaced, and heard for a while yet
        REFUSED = "refused", "Not possible"  # remembered, and tried again when due

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(SyncState, on_delete=models.CASCADE, related_name="channels")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPENING)
    address = models.URLField(max_length=500)
    secret_digest = models.BinaryField(max_length=32)
    resource_id = models.CharField(max_length=255, blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    last_message_number = models.PositiveBigIntegerField(default=0)
    last_notified_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Channel]] = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["collection"],
                condition=Q(state__in=["opening", "refused"]),
                name="channel_opened_once",
            ),
            models.UniqueConstraint(
                fields=["collection"], condition=Q(state="open"), name="channel_open_once"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="channel_due")]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.collection}"
