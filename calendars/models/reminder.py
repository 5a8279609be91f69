"""Reminders: one row for each reminder of each occurrence, made ahead and due once."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from config.database.due import Due, DueQuerySet, RepeatedQuerySet

DEFAULT_HOUR = time(9)


class ReminderQuerySet(DueQuerySet["Reminder"]):
    def due(self, now: datetime) -> Self:
        return super().due(now).filter(state=Reminder.State.SCHEDULED)

    def ended_before(self, at: datetime) -> Self:
        return self.filter(ended_at__lt=at)


class Reminder(Due):
    """A reminder of one occurrence by one method.

    Its id is a function of the series, the instance, its start, the method and the lead time, so
    that it is made once, whatever rewrites the event, and anew when the event moves. Events are
    named by value: the row says what was sent, also of an event that is gone. What is due is handed
    over in one transaction, to a mail or to the messages of devices, which have leases of their
    own.
    """

    class Method(models.TextChoices):
        MAIL = "mail", gettext_lazy("Email")
        POPUP = "popup", gettext_lazy("On open pages")
        PUSH = "push", gettext_lazy("On devices")

    class State(models.TextChoices):
        SCHEDULED = "scheduled", gettext_lazy("Scheduled")
        HANDED = "handed", gettext_lazy("On its way")
        RINGING = "ringing", gettext_lazy("Shown on open pages")
        SENT = "sent", gettext_lazy("Sent")
        FAILED = "failed", gettext_lazy("Failed")
        MISSED = "missed", gettext_lazy("Missed")
        UNSEEN = "unseen", gettext_lazy("No page was open")

    id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    event_id = models.UUIDField()
    original_start_at = models.DateTimeField()
    start_at = models.DateTimeField()
    all_day = models.BooleanField()
    method = models.CharField(max_length=5, choices=Method)
    minutes = models.PositiveIntegerField(help_text=gettext_lazy("Before the start."))
    expires_at = models.DateTimeField(
        help_text=gettext_lazy("After this it isn't sent any more: it was missed.")
    )
    state = models.CharField(max_length=9, choices=State, default=State.SCHEDULED)
    snoozed = models.PositiveSmallIntegerField(default=0)
    repeated = models.PositiveSmallIntegerField(
        default=0,
        help_text=gettext_lazy(
            "How often it may have been sent again, because a worker died while sending it."
        ),
    )
    mail_id = models.UUIDField(null=True)
    handed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Reminder]] = ReminderQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="scheduled"), name="reminder_due"
            ),
            models.Index(
                fields=["state", "due_at"],
                condition=models.Q(state__in=["handed", "ringing"]),
                name="reminder_under_way",
            ),
            models.Index(fields=["owner", "start_at"], name="reminder_occurrence"),
            models.Index(fields=["owner", "due_at"], name="reminder_log"),
            models.Index(
                fields=["ended_at"], condition=models.Q(ended_at__isnull=False), name="reminder_old"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} of {self.event_id} at {self.due_at:%Y-%m-%d %H:%M}"


class ReminderRoll(models.Model):
    """How far an owner's reminders are made: up to a time, a change set, and by which settings."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    number = models.BigIntegerField(
        default=0, help_text=gettext_lazy("The change set that was read last.")
    )
    rolled_until = models.DateTimeField(
        null=True, help_text=gettext_lazy("Those due up to here are made. Empty: make them now.")
    )
    zone = models.CharField(max_length=64, blank=True, default="")
    settings = models.CharField(
        max_length=32, blank=True, default="", help_text=gettext_lazy("A digest.")
    )

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.number}"


class NotificationPreferences(models.Model):
    """By which ways a person is reminded, and when of all-day events."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    mail = models.BooleanField(default=True)
    popup = models.BooleanField(default=True)
    push = models.BooleanField(default=True)
    all_day_at = models.TimeField(default=DEFAULT_HOUR)

    class Meta:
        verbose_name = verbose_name_plural = gettext_lazy("notification preferences")

    def __str__(self) -> str:
        return str(self.owner_id)


class PushSubscription(models.Model):
    """A browser that receives notifications, for as long as its session lasts.

    Its endpoint and keys open a way to the device, so they are sealed for this row; the digest
    finds an endpoint again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    session = models.ForeignKey(
        "accounts.Session", on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    endpoint_digest = models.BinaryField(max_length=32, unique=True)
    sealed_keys = models.BinaryField()
    service = models.CharField(max_length=253, help_text=gettext_lazy("The push service's host."))
    label = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.label or self.service} since {self.created_at:%Y-%m-%d}"


class PushMessageQuerySet(RepeatedQuerySet["PushMessage"]):
    def due(self, now: datetime) -> Self:
        return super().due(now).filter(status=PushMessage.Status.WAITING)


class PushMessage(Due):
    """One notification to one device. Its text is dropped as soon as it is sent or given up."""

    class Status(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        SENT = "sent", gettext_lazy("Sent")
        FAILED = "failed", gettext_lazy("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(
        PushSubscription, on_delete=models.CASCADE, related_name="messages"
    )
    reminder = models.ForeignKey(
        Reminder, null=True, on_delete=models.CASCADE, related_name="messages"
    )
    payload = models.JSONField(null=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    repeated = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, db_index=True)

    objects: ClassVar[models.Manager[PushMessage]] = PushMessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(status="waiting"), name="push_message_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.subscription_id}"
