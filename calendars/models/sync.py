"""Sync work: a row per collection, per run and per push channel."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from calendars.models.calendar import Calendar
from calendars.models.connection import Connection
from config.database.due import Due, DueQuerySet


class SyncRun(models.Model):
    """One run. A run that is killed and resumed by another worker stays one run."""

    class Kind(models.TextChoices):
        FULL = "full", gettext_lazy("Full")
        INCREMENT = "increment", gettext_lazy("Increment")
        AUDIT = "audit", gettext_lazy("Audit")
        UNDO = "undo", gettext_lazy("Undo")

    class Outcome(models.TextChoices):
        QUEUED = "queued", gettext_lazy("Queued")
        RUNNING = "running", gettext_lazy("Running")
        COMPLETED = "completed", gettext_lazy("Completed")
        FAILED = "failed", gettext_lazy("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    calendar = models.ForeignKey(
        Calendar,
        null=True,
        on_delete=models.CASCADE,
        related_name="runs",
        help_text=gettext_lazy("None: the list"),
    )
    kind = models.CharField(max_length=10, choices=Kind)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    known = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Events known when a full run began.")
    )
    pages = models.PositiveIntegerField(default=0)
    fetched = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    retries = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["connection", "-started_at"], name="run_latest_first")]

    def __str__(self) -> str:
        began = timezone.localtime(self.started_at)
        return f"{self.kind} run of {began:%Y-%m-%d %H:%M:%S}: {self.outcome}"

    @property
    def fills(self) -> bool:
        """Whether it fills an empty calendar, so that there are no previous versions."""
        return self.kind == self.Kind.FULL and not self.known

    @property
    def seconds(self) -> float:
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()


class SyncStateQuerySet(DueQuerySet["SyncState"]):
    def due(self, now: datetime) -> Self:
        """Due collections of active connections that aren't parked, longest due first."""
        return super().due(now).filter(connection__status=Connection.Status.ACTIVE, parked=False)


class SyncState(Due):
    """One synced collection: a calendar's events, or a connection's calendar list.

    A request for a sync raises `wanted`; a finished run sets `done` to the value at its start.
    So a change that is announced during a run is never treated as already fetched.
    """

    class Deletions(models.TextChoices):
        """What happens to events that a full list no longer contains."""

        APPLIED = "applied", gettext_lazy("Applied")
        HELD = "held", gettext_lazy("Held until a second list")
        ASKED = "asked", gettext_lazy("Held until the user decides")
        APPROVED = "approved", gettext_lazy("Approved for the next list")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="sync_states")
    calendar = models.OneToOneField(
        Calendar, null=True, on_delete=models.CASCADE, related_name="sync_state"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sync_token = models.TextField(blank=True, default="")
    page_token = models.TextField(
        blank=True, default="", help_text=gettext_lazy("The page to go on with.")
    )
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.SET_NULL, related_name="+")
    queued_run = models.ForeignKey(
        SyncRun, null=True, on_delete=models.SET_NULL, related_name="+",
        help_text=gettext_lazy("The requested run that has not begun."),
    )  # fmt: skip
    full_wanted = models.BooleanField(default=False)
    deletions = models.CharField(
        max_length=10, choices=Deletions, default=Deletions.APPLIED, editable=False
    )
    held_count = models.PositiveIntegerField(
        default=0, help_text=gettext_lazy("Deletions that are held.")
    )
    relist_at = models.DateTimeField(
        null=True, help_text=gettext_lazy("When a full list is due by itself.")
    )
    audited_at = models.DateTimeField(null=True)
    wanted = models.PositiveBigIntegerField(default=1)
    done = models.PositiveBigIntegerField(default=0)
    parked = models.BooleanField(default=False)
    paused = models.BooleanField(
        default=False,
        db_default=False,
        help_text=gettext_lazy("Parked by an administrator, until one unparks it."),
    )
    last_synced_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[SyncState]] = SyncStateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(calendar__isnull=True),
                name="sync_state_one_calendar_list",
            ),
            models.CheckConstraint(
                condition=Q(done__lte=F("wanted")), name="sync_state_done_wanted"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(parked=False), name="sync_due")]

    def __str__(self) -> str:
        return f"{'calendar list' if self.calendar_id is None else self.calendar_id}"


class ChannelQuerySet(DueQuerySet["Channel"]):
    pass


class Channel(Due):
    """One channel on one collection. `due_at` is the time of its next step.

    It is written before Google is called, because the handshake may arrive before the response,
    or in place of a lost one.
    """

    class State(models.TextChoices):
        OPENING = "opening", gettext_lazy("Being opened")
        OPEN = "open", gettext_lazy("Open")  # due: replace it
        STOPPING = "stopping", gettext_lazy("To be stopped")  # replaced, still accepted for a while
        REFUSED = "refused", gettext_lazy("Not possible")  # failed, retried when due

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(SyncState, on_delete=models.CASCADE, related_name="channels")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.OPENING)
    address = models.URLField(max_length=500)
    secret_digest = models.BinaryField(max_length=32)
    resource_id = models.CharField(max_length=255, blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    last_message_number = models.PositiveBigIntegerField(default=0)
    last_notified_at = models.DateTimeField(null=True)
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
