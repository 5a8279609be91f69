"""Grants that Google still has to be told to end."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone


class GrantRevocationQuerySet(models.QuerySet["GrantRevocation"]):
    def due(self, now: datetime) -> Self:
        return self.filter(due_at__lte=now).order_by("due_at")


class GrantRevocation(models.Model):
    """A refresh token, sealed as its connection's credential was, that outlives both for a while.

    It names nobody: its key is the id that the connection had, which the seal is bound to.
    """

    connection_id = models.UUIDField(primary_key=True)
    refresh_token = models.BinaryField()
    channels = models.JSONField(default=list)  # of pairs: the channel's id, its resource's
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager[GrantRevocation]] = GrantRevocationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"grant to end since {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"
