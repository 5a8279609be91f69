"""Changes of events in Google's calendars that Google has not confirmed yet."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from calendars.models.calendar import Calendar
from config.database.due import Due, DueQuerySet


class PendingChangeQuerySet(DueQuerySet["PendingChange"]):
    pass


class PendingChange(Due):
    """One event's change that is still to be sent: base, local and remote version kept apart.

    One row per event: a later change joins the one that waits. Versions are columns of an event by
    name, as JSON; `mine` has only those that a person changed. The event is named by value: a
    pending deletion outlives it. It is a row of work: only `pending` ones are sent, and only when
    no other pending change is named by `after`.
    """

    class Kind(models.TextChoices):
        CREATE = "create", gettext_lazy("Create")
        UPDATE = "update", gettext_lazy("Update")
        DELETE = "delete", gettext_lazy("Delete")

    class State(models.TextChoices):
        PENDING = "pending", gettext_lazy("Pending")
        CONFLICT = "conflict", gettext_lazy("Conflict")
        FAILED = "failed", gettext_lazy("Failed")

    class Notify(models.TextChoices):
        """Whom Google mails about the change, in the words of its API."""

        NONE = "none", gettext_lazy("Nobody")
        EXTERNAL = "externalOnly", gettext_lazy("Guests without Google Calendar")
        ALL = "all", gettext_lazy("All guests")

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
    notify = models.CharField(max_length=12, choices=Notify, default=Notify.NONE)
    revision = models.PositiveIntegerField(
        default=0,
        help_text=gettext_lazy("Counts the local changes, so that what was sent is known."),
    )
    after = models.UUIDField(
        null=True,
        help_text=gettext_lazy("The event whose pending change Google must confirm first."),
    )
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[PendingChange]] = PendingChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="pending"), name="pending_change_due"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="create") | models.Q(base__isnull=False),
                name="pending_change_has_a_base",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.event_id}: {self.state}"
