"""Calendars that their owners share with other users of this Daybook.

A share names its recipient by email address, not by account: so sharing with an address reveals
nothing about whether it has an account here, and a share waits until a user confirms the address.
Who receives a share is decided when it is read. docs/design.md, "Sharing".
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from accounts.fields import NormalisedEmailField
from calendars.models.calendar import Calendar


class ShareQuerySet(models.QuerySet["Share"]):
    def received_by(self, reader_id: int) -> Self:
        """Shares of calendars that exist, with an address that this user confirmed."""
        own = EmailAddress.objects.filter(user=reader_id, verified=True)
        mine = self.filter(email__in=own.values("email"), owner__is_active=True)
        return mine.exclude(owner=reader_id)


class Share(models.Model):
    class Level(models.TextChoices):
        BUSY = "busy", gettext_lazy("Free or busy, without details")
        READ = "read", gettext_lazy("All details")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="shares")
    email = NormalisedEmailField(max_length=254, help_text=gettext_lazy("The recipient's."))
    level = models.CharField(max_length=4, choices=Level)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[models.Manager[Share]] = ShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "email"], name="share_once_per_address"),
            models.CheckConstraint(
                condition=models.Q(level__in=["busy", "read"]), name="share_level_is_known"
            ),
        ]
        indexes = [models.Index(fields=["email"], name="share_recipient")]

    def __str__(self) -> str:
        return f"{self.calendar_id}: {self.level}"


class HiddenShare(models.Model):
    """A shared calendar that its reader doesn't show. It goes with the share, in the database: the
    owner who ends the share can't see this row."""

    share = models.OneToOneField(
        Share,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="+",
    )
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.share_id)


def is_hidden(reader_id: int) -> Exists:
    """Whether the reader hides a share."""
    return Exists(HiddenShare.objects.filter(share=OuterRef("pk"), reader=reader_id))
