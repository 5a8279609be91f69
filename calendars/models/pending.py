"""Changes of events in Google's calendars that Google has not confirmed yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from calendars.models.calendar import Calendar


class PendingChange(models.Model):
    """One event's change that is still to be sent: base, local and remote version kept apart.

    One row per event: a later change joins the one that waits. Versions are columns of an event by
    name, as JSON; `mine` has only those that a person changed. The event is named by value: a
    pending deletion outlives it.
    """

    class Kind(models.TextChoices):
        CREATE = "create", gettext_lazy("Create")
        UPDATE = "update", gettext_lazy("Update")
        DELETE = "delete", gettext_lazy("Delete")

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("Pending")
        CONFLICT = "conflict", gettext_lazy("Conflict")

    event_id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="pending_changes")
    remote_id = models.CharField(max_length=1024)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    base = models.JSONField(
        null=True, help_text=gettext_lazy("As Google last confirmed it; None: not yet.")
    )
    mine = models.JSONField(default=dict)
    theirs = models.JSONField(
        null=True, help_text=gettext_lazy("What Google has instead, in a conflict.")
    )
    theirs_deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="create") | models.Q(base__isnull=False),
                name="pending_change_has_a_base",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.event_id}: {self.state}"
