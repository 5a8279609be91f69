"""The index of search: the folded words of each event, in a narrow table that is read by owner.

It follows the change sequence (calendars/timeline/search_index.py), so that no writer of events
pays for it and none can forget it.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

ALL_READ = UUID(int=2**128 - 1)


class SearchIndex(models.Model):
    """How far an owner's index has come in the change sequence, and the words that occur in it."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    number = models.BigIntegerField(
        default=0, help_text=gettext_lazy("The change set that was read last …")
    )
    read_to = models.UUIDField(
        default=ALL_READ, help_text=gettext_lazy("… and its last event that was read.")
    )
    words = models.TextField(
        default="\n",
        help_text=gettext_lazy(
            "Of titles, places and people, each between line ends; none is ever removed."
        ),
    )

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.number}"


class SearchEntry(models.Model):
    """The words of one event, each text as `folding.spaced` has it, and when it happens.

    `start_at` is the first start, `last_at` the start of the last occurrence and `end_at` its end;
    both are null for a series without an end. Cancelled events have no entry.
    """

    pk = models.CompositePrimaryKey("owner_id", "event_id")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    event_id = models.UUIDField()
    calendar_id = models.UUIDField()
    series_id = models.UUIDField(
        help_text=gettext_lazy("The event itself, or the series that it is part of.")
    )
    repeats = models.BooleanField()
    all_day = models.BooleanField()
    start_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    end_at = models.DateTimeField(null=True)
    longest = models.BigIntegerField(help_text=gettext_lazy("Of its occurrences; in seconds."))
    title_end = models.IntegerField(
        help_text=gettext_lazy("The length of the first line of `lines` …")
    )
    place_end = models.IntegerField(
        help_text=gettext_lazy("… and of the first two, with their ends.")
    )
    lines = models.TextField(help_text=gettext_lazy("Title, place and people."))
    notes = models.TextField()

    def __str__(self) -> str:
        return str(self.event_id)
