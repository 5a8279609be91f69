"""A person's categories, what they chose for single events, and what was learnt from that.

The category of an event is not stored: it is derived when the event is read
(calendars/timeline/categories.py).
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy

from calendars.models.change import current_change_set

LONGEST_TITLE = 200  # of a title, as it is learnt


class CategorySetup(models.Model):
    """The known categories of this person were created, by the transaction that inserted this.

    It stays when all categories are deleted, so that they don't return, and is locked by what
    changes categories, so that their number stays bounded.
    """

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.created_at:%Y-%m-%d}"


class Category(models.Model):
    """`keywords` are words, or several words, that a title has; with `*` at the end a beginning.

    `is_default` takes what no other category takes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    colour = models.CharField(max_length=7, default="#4a6fa5", help_text="#rrggbb")
    emoji = models.CharField(max_length=16, blank=True, default="")
    weight = models.SmallIntegerField(
        default=0,
        help_text=gettext_lazy("If keywords of several categories match, the highest weight wins."),
    )
    keywords = ArrayField(models.TextField(), default=list, blank=True)
    is_default = models.BooleanField(default=False)
    position = models.SmallIntegerField(
        default=0, help_text=gettext_lazy("The place in lists, from 0.")
    )
    change_set = models.BigIntegerField(db_default=current_change_set(), editable=False)

    objects: ClassVar[models.Manager[Category]] = models.Manager()

    class Meta:
        verbose_name = gettext_lazy("category")
        verbose_name_plural = gettext_lazy("categories")
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), name="category_name_once"),
            models.UniqueConstraint(
                fields=["owner"], condition=models.Q(is_default=True), name="category_default_once"
            ),
            models.CheckConstraint(
                condition=models.Q(colour__regex=r"^#[0-9a-f]{6}$"), name="category_colour_is_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(weight__gte=0, weight__lte=100), name="category_weight_in_range"
            ),
        ]
        indexes = [models.Index(fields=["owner", "change_set"], name="category_changes")]

    def __str__(self) -> str:
        return self.name


class CategoryChoice(models.Model):
    """The category that a person chose for one event, or for a series by its master.

    The event is named by value: an event that was deleted and is restored has it again, and a
    sync's deletions don't look here.
    """

    event_id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="choices")
    chosen_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.event_id}: {self.category_id}"


class CategoryLesson(models.Model):
    """A title whose events get a category, because the person chose it for one of them.

    `title` is folded; `written` is the title as it was. `learnt_from` is that event's id, by value.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="lessons")
    title = models.CharField(max_length=LONGEST_TITLE)
    written = models.CharField(max_length=LONGEST_TITLE)
    learnt_from = models.UUIDField()
    learnt_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "title"], name="category_lesson_once")
        ]

    def __str__(self) -> str:
        return f"{self.written}: {self.category_id}"
