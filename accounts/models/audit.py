"""The audit log: one row per event, immutable once written."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.audit.events import BY_PHRASES, BY_TITLES, REFUSED, TITLES
from accounts.models.user import User


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def of(self, user: User) -> Self:
        """Events about a user; for staff also what they did to others."""
        about = models.Q(user=user)
        return self.filter(about | models.Q(actor=user) if user.is_staff else about)

    def older_than(self, at: datetime) -> Self:
        return self.filter(occurred_at__lt=at)


class AuditEvent(models.Model):
    """One event: actor, action, method, origin and outcome; never a token or a password.

    `user` owns the account concerned. If an administrator or a command acted, `by` says so and
    `actor` is the administrator; address and user agent are then the administrator's.

    Database triggers refuse UPDATE and DELETE, with two exceptions: retention, and removing the
    user from events when the account is deleted. `count` is above 1 where events of one kind,
    user and address were aggregated.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occurred_at = models.DateTimeField(default=timezone.now, db_index=True)
    event = models.CharField(max_length=32)
    outcome = models.CharField(max_length=16)
    reason = models.CharField(
        max_length=64, blank=True, help_text=gettext_lazy("Never told to the outside.")
    )
    count = models.PositiveIntegerField(default=1)

    # The trigger on users clears these columns before the user's row is deleted.
    user = models.ForeignKey(User, null=True, on_delete=models.DO_NOTHING, related_name="+")
    by = models.CharField(max_length=16, blank=True, choices=tuple(BY_TITLES.items()))
    actor = models.ForeignKey(
        User,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        verbose_name=gettext_lazy("administrator"),
    )
    method = models.CharField(
        max_length=32, blank=True, help_text=gettext_lazy("How the request was signed in.")
    )
    session_id = models.UUIDField(null=True)
    client_id = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True, verbose_name=gettext_lazy("IP address"))
    user_agent = models.CharField(max_length=256, blank=True)
    request_id = models.CharField(max_length=64, blank=True, db_index=True)
    details = models.JSONField(default=dict)

    # The account concerned, where `seen_by` shows the event to the administrator.
    about: str | None = None

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-occurred_at", "-id"], name="audit_event_of_person"),
            models.Index(fields=["user", "ip", "event"], name="audit_event_of_address"),
            models.Index(
                fields=["actor", "-occurred_at", "-id"],
                name="audit_event_of_actor",
                condition=models.Q(actor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} at {timezone.localtime(self.occurred_at):%Y-%m-%d %H:%M:%S}"

    @property
    def title(self) -> str:
        title = str(TITLES.get(self.event, self.event))
        return BY_PHRASES[self.by] % {"title": title} if self.by in BY_PHRASES else title

    def seen_by(self, person: User) -> Self:
        """Return the event without the administrator's address and user agent if its subject
        reads it."""
        if self.by and self.actor_id != person.pk:
            self.ip, self.user_agent = None, ""
        if self.user_id != person.pk and self.user is not None:
            self.about = self.user.email
        return self

    @property
    def is_refused(self) -> bool:
        return self.outcome == REFUSED
