"""The change sequence of each owner: what changed of calendars, events and categories, by commit.

Triggers keep it (migration `change_sequence`), so every writer is recorded. docs/design.md explains
how the numbers are given.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Cast, Now, NullIf
from django.utils.translation import gettext_lazy


def current_change_set() -> Cast:
    """The database default of a row's `change_set`: the change set of the running transaction.

    A BEFORE STATEMENT trigger has set it when a row is inserted.
    """
    setting = Func(Value("app.change_set"), Value(True), function="current_setting")
    return Cast(NullIf(setting, Value("")), models.BigIntegerField())


class ChangeSequence(models.Model):
    """How far an owner's change sequence has come."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    last = models.BigIntegerField(help_text=gettext_lazy("The number of the last change set."))

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.last}"


class ChangeSet(models.Model):
    """What one transaction changed for one owner. Rows name it by `id` in their `change_set`.

    `number` is given when the transaction commits, so that numbers follow the order of commits.
    """

    pk = models.CompositePrimaryKey("owner_id", "id")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    id = models.BigIntegerField()
    number = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "number"], name="change_set_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.number}"


class Tombstone(models.Model):
    """A calendar, event or category that was deleted. A calendar's stands for its events too."""

    class Kind(models.TextChoices):
        CALENDAR = "calendar", gettext_lazy("Calendar")
        EVENT = "event", gettext_lazy("Event")
        CATEGORY = "category", gettext_lazy("Category")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=10, choices=Kind)
    calendar_id = models.UUIDField(
        null=True,
        help_text=gettext_lazy("By value: the calendar may be gone too. A category has none."),
    )
    change_set = models.BigIntegerField()
    deleted_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["owner", "change_set"], name="tombstone_changes")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
