"""Changes of events in Google's calendars that Google has not confirmed yet."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy, gettext_noop

from calendars.models.calendar import Calendar
from calendars.models.connection import FULL_SCOPE, WRITE_SCOPE, Connection
from config.database.due import Due, DueQuerySet

# The error code and message of changes in an account that was connected for reading only.
WAITS_FOR_CONSENT = (
    "write-access-missing",
    gettext_noop("Allow Daybook to change events in this account. Until then the change waits."),
)


class PendingChangeQuerySet(DueQuerySet["PendingChange"]):
    def ready(self, now: datetime) -> Self:
        """Those that may be sent now, the longest due first: of accounts that may be written to,
        and not before the change that each must follow."""
        first = self.model.objects.filter(pk=OuterRef("after"))
        return (
            self.due(now)
            .filter(state=PendingChange.State.PENDING, calendar__removed_at=None)
            .filter(calendar__connection__status=Connection.Status.ACTIVE)
            .filter(calendar__connection__scopes__overlap=[WRITE_SCOPE, FULL_SCOPE])
            .exclude(Exists(first))
        )


class PendingChange(Due):
    """One event's change that is still to be sent: base, local and remote version kept apart.

    One row per event: a later change joins the one that waits. Versions are columns of an event by
    name, as JSON; `mine` has only those that a person changed. The event is named by value: a
    pending deletion outlives it. It is a row of work: only `pending` ones are sent, and only when
    no other pending change is named by `after`.

    `sent` are the values that Google may have got without confirming them: while a worker waits
    for the answer, and after an answer was lost.
    """

    class Kind(models.TextChoices):
        CREATE = "create", gettext_lazy("Create")
        UPDATE = "update", gettext_lazy("Update")
        DELETE = "delete", gettext_lazy("Delete")
        MOVE = "move", gettext_lazy("Move")

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
    sent = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text=gettext_lazy("What Google may have got of it, before the answer is known."),
    )
    source = models.ForeignKey(
        Calendar,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=gettext_lazy("The calendar of the same account that it's moved from."),
    )
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
            ),
            models.Index(
                fields=["after"],
                condition=models.Q(after__isnull=False),
                name="pending_change_after",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="create") | models.Q(base__isnull=False),
                name="pending_change_has_a_base",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.event_id}: {self.state}"

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is waiting for Google's answer."""
        return self.lease_until is not None and self.lease_until > timezone.now()

    @property
    def is_at_google(self) -> bool:
        """Whether Google has confirmed the event."""
        return self.kind != self.Kind.CREATE and bool((self.base or {}).get("etag"))
