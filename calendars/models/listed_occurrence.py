"""The table of occurrences as a model with a key of one column, which admin needs."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from calendars.models.calendar import Calendar
from calendars.models.event import Event

_KEY_FORMAT = "%Y%m%dT%H%M%S.%fZ"


class ListedOccurrence(models.Model):
    """An occurrence, to be read. Its real key is `event` with `original_start_at`.

    Django's admin refuses models with a composite key (django/contrib/admin/sites.py), so `event`
    is declared the key here, and rows are named by `key`.
    """

    event = models.OneToOneField(
        Event, on_delete=models.DO_NOTHING, primary_key=True, related_name="+"
    )
    original_start_at = models.DateTimeField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+"
    )
    calendar = models.ForeignKey(Calendar, on_delete=models.DO_NOTHING, related_name="+")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    all_day = models.BooleanField()
    long = models.BooleanField()

    class Meta:
        managed = False
        db_table = "calendars_occurrence"
        default_permissions = ()  # those of Occurrence hold
        verbose_name = gettext_lazy("occurrence")

    def __str__(self) -> str:
        return f"{self.event_id} at {self.original_start_at:%Y-%m-%d %H:%M}"

    @property
    def key(self) -> str:
        return f"{self.event_id}_{self.original_start_at.astimezone(UTC).strftime(_KEY_FORMAT)}"

    @classmethod
    def named(cls, key: str) -> models.QuerySet[ListedOccurrence]:
        """Return the row of that key, or none."""
        event_id, _, moment = key.partition("_")
        try:
            at = datetime.strptime(moment, _KEY_FORMAT).replace(tzinfo=UTC)
            return cls.objects.filter(event_id=UUID(event_id), original_start_at=at)
        except ValueError:
            return cls.objects.none()
