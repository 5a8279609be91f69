"""Calendars: of a connected account, or local."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from calendars.models.change import current_change_set
from calendars.models.connection import Connection


def horizon_start() -> datetime:
    """The start of a new calendar's horizon."""
    return _midnight() - timedelta(days=settings.SYNC_HORIZON_PAST_DAYS)


def horizon_end() -> datetime:
    return _midnight() + timedelta(days=settings.SYNC_HORIZON_FUTURE_DAYS)


def _midnight() -> datetime:
    """Midnight: the horizon moves by whole days, so that calendars synced on one day share it."""
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


class CalendarQuerySet(models.QuerySet["Calendar"]):
    def of(self, owner_id: int) -> Self:
        return self.filter(owner_id=owner_id, removed_at=None)

    def selected(self) -> Self:
        return self.filter(selected=True)

    def shown(self) -> Self:
        """Order by primary first, then by name, as in every list."""
        return self.order_by("-primary", "name", "pk")


class Calendar(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendars"
    )
    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.CASCADE, related_name="calendars"
    )
    remote_id = models.CharField(max_length=1024, blank=True, default="")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True, default="", max_length=8192)
    colour = models.CharField(max_length=7, default="#4a6fa5", help_text="#rrggbb")
    own_colour = models.CharField(
        max_length=7,
        blank=True,
        default="",
        db_default="",
        help_text="#rrggbb that the owner chose; a sync doesn't write it. Empty: the colour above.",
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    default_reminders = models.JSONField(
        default=list,
        db_default=models.Value([], output_field=models.JSONField()),
        help_text=gettext_lazy("Of timed events, as the account has them: method and minutes."),
    )
    own_reminders = models.JSONField(
        null=True,
        blank=True,
        help_text=gettext_lazy("What the owner chose instead; a sync doesn't write it."),
    )
    primary = models.BooleanField(default=False)
    read_only = models.BooleanField(default=False)
    selected = models.BooleanField(
        default=True, help_text=gettext_lazy("Shown in the person's views.")
    )
    seen_run = models.UUIDField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    expanded_from = models.DateTimeField(
        default=horizon_start,
        help_text=gettext_lazy("The instances of series are stored from here …"),
    )
    expanded_until = models.DateTimeField(
        default=horizon_end, help_text=gettext_lazy("… up to here.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    change_set = models.BigIntegerField(db_default=current_change_set(), editable=False)

    hue = 10  # of the palette; set by calendars.models.palette.hued
    # Of a calendar that another user shares with the reader: set by calendars.timeline.shared.
    share_level = ""
    sharer = ""

    objects: ClassVar[models.Manager[Calendar]] = CalendarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "remote_id"],
                condition=models.Q(connection__isnull=False),
                name="calendar_once_per_connection",
            ),
            models.CheckConstraint(
                condition=models.Q(colour__regex=r"^#[0-9a-f]{6}$"), name="calendar_colour_is_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(own_colour__regex=r"^(#[0-9a-f]{6})?$"),
                name="calendar_own_colour_is_hex",
            ),
        ]
        indexes = [models.Index(fields=["owner", "change_set"], name="calendar_changes")]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_colour(self) -> str:
        return self.own_colour or self.colour

    @property
    def full_name(self) -> str:
        """The name, with the person's whose it is if that is another user."""
        return f"{self.sharer}: {self.name}" if self.sharer else self.name
