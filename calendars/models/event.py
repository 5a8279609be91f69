"""Events (masters, exceptions, single ones) and the occurrences derived from them.

Times: a timed event keeps UTC instants and the zone in which it repeats: one of IANA's, or one that
its file defined, whose definition stays with the event. An all-day event keeps midnight UTC of its
first date and of its exclusive end date, and never shifts.

An event is held to its calendar, and an occurrence to its event, by triggers that run once for
each statement (config/database/keys.py): a foreign key is checked once for each row. The copies of
keys (the owner of both, the calendar of an occurrence) are held with them. Deleting a calendar
deletes its events in the database, and deleting an event its occurrences, those included that a
sync was writing at that moment; so Django has nothing to collect (DO_NOTHING).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import IntFlag
from functools import lru_cache
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy

from calendars.models.calendar import Calendar
from calendars.models.change import current_change_set
from calendars.rfc5545.recurrence import Instance

LONG_SPAN = timedelta(days=31)
# Up to this length an occurrence touches a day that it starts in, or this long before. The others
# have a partial index of their own, occurrence_lasting (migration 0018).
SHORT = timedelta(hours=4)
# What a row is, in the words of its partial indexes: where a condition is put differently, the
# planner doesn't see that they cover it.
IS_SERIES = ~models.Q(recurrence=[])
IS_EXCEPTION = ~models.Q(recurring_event_id="")
PRIVATE = ("private", "confidential")  # other users see of it only that its owner is busy
_NOT_FIXED = ~(0xF << 76 | 0x3 << 62)
_VERSION_8 = 8 << 76 | 2 << 62


def is_long(start_at: datetime, end_at: datetime) -> bool:
    """Whether an occurrence is looked up by its end."""
    return end_at - start_at > LONG_SPAN


def event_id_for(calendar_id: uuid.UUID, remote_id: str) -> uuid.UUID:
    """Return the deterministic id of an event, so that inserts are idempotent without a lookup.

    A version 8 UUID (RFC 9562 section 5.8): 48 bits of the calendar's id, so that a calendar's
    rows lie together in the index, then 74 bits of a keyed digest of the event's remote id.
    """
    return uuid.UUID(bytes=event_key_for(calendar_id.bytes, remote_id))


def event_key_for(calendar_key: bytes, remote_id: str) -> bytes:
    """Return the bytes of that id, without creating UUID objects for a whole page."""
    digest = _keyed_digest(calendar_key).copy()
    digest.update(remote_id.encode())
    number = int.from_bytes(calendar_key[:6] + digest.digest())
    return (number & _NOT_FIXED | _VERSION_8).to_bytes(16)


def events_of(calendar_ids: Collection[uuid.UUID], name: str = "id") -> models.Q:
    """Select the rows of these calendars by the ids of events, which are indexed.

    `name` is the column of the event's id.
    """
    ranges = [_ids_of(calendar_id, name) for calendar_id in calendar_ids]
    within = models.Q(calendar_id__in=calendar_ids)
    return models.Q(*ranges, _connector=models.Q.OR) & within


def _ids_of(calendar_id: uuid.UUID, name: str) -> models.Q:
    """Their first bytes are the calendar's; see `event_id_for`."""
    prefix = calendar_id.bytes[:6]
    first, last = uuid.UUID(bytes=prefix + bytes(10)), uuid.UUID(bytes=prefix + b"\xff" * 10)
    return models.Q((f"{name}__gte", first), (f"{name}__lte", last))


def exceptions_of(calendar: Calendar, remote_ids: Collection[str]) -> models.Q:
    """What replaces an instance of one of these series; the remote ids are their masters'."""
    return IS_EXCEPTION & models.Q(calendar=calendar, recurring_event_id__in=remote_ids)


def with_exceptions(calendar: Calendar, remote_ids: Collection[str]) -> models.Q:
    """The events of these remote ids, and the exceptions of the series among them."""
    own = models.Q(pk__in=[event_id_for(calendar.pk, remote_id) for remote_id in remote_ids])
    return own | exceptions_of(calendar, remote_ids)


@lru_cache(maxsize=64)
def _keyed_digest(key: bytes) -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=10, key=key)


class GuestRights(IntFlag):
    """What the organizer lets guests do, Google's guestsCanModify, -InviteOthers and
    -SeeOtherGuests."""

    MODIFY = 1
    INVITE = 2
    SEE = 4


USUAL_RIGHTS = int(GuestRights.INVITE | GuestRights.SEE)


class Event(models.Model):
    """One event resource, with the names of RFC 5545 and Google's API.

    A row is a single event, a series' master (`recurrence` is filled) or an exception of a
    series (`recurring_event_id` names the master's remote id, `original_start_at` the instance).
    """

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", gettext_lazy("Confirmed")
        TENTATIVE = "tentative", gettext_lazy("Tentative")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    calendar = models.ForeignKey(
        Calendar, on_delete=models.DO_NOTHING, related_name="events", db_constraint=False
    )
    remote_id = models.CharField(max_length=1024)
    ical_uid = models.CharField(max_length=1024, blank=True, default="")
    etag = models.CharField(max_length=100, blank=True, default="")
    sequence = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.CONFIRMED)
    summary = models.TextField(blank=True, default="")
    description = models.TextField(blank=True, default="")
    location = models.TextField(blank=True, default="")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    all_day = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64, default="UTC")
    zone_definition = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy(
            "A VTIMEZONE without its TZID, where time_zone is not one of IANA's."
        ),
    )
    recurrence = ArrayField(models.TextField(), default=list)
    recurring_event_id = models.CharField(max_length=1024, blank=True, default="")
    original_start_at = models.DateTimeField(null=True)
    visibility = models.CharField(max_length=20, blank=True, default="")
    transparency = models.CharField(max_length=20, blank=True, default="")
    event_type = models.CharField(max_length=30, blank=True, default="")
    colour_id = models.CharField(max_length=10, blank=True, default="")
    html_link = models.TextField(blank=True, default="")
    conference_url = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text=gettext_lazy(
            "The conference that the source names; see also calendars/events/conferences.py."
        ),
    )
    guest_rights = models.SmallIntegerField(
        default=USUAL_RIGHTS,
        db_default=USUAL_RIGHTS,
        help_text=gettext_lazy("What guests may do: 1 change it, 2 invite others, 4 see others."),
    )
    organizer = models.JSONField(default=dict)
    attendees = models.JSONField(default=list)
    reminders = models.JSONField(default=dict)
    remote_updated_at = models.DateTimeField(null=True)
    seen_run = models.UUIDField(
        null=True, help_text=gettext_lazy("The last run that saw it, for rebuilds.")
    )
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    change_set = models.BigIntegerField(db_default=current_change_set(), editable=False)
    same_since = models.BigIntegerField(
        null=True,
        db_default=current_change_set(),
        editable=False,
        help_text=gettext_lazy(
            "The first change set whose version says the same as the current one; None: the"
            " current one."
        ),
    )
    stored_until = models.DateTimeField(
        null=True,
        editable=False,
        help_text=gettext_lazy(
            "Of a series with too many instances: those that start after it are not stored."
        ),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_at__gte=models.F("start_at")), name="event_ends_after_start"
            )
        ]
        indexes = [
            models.Index(
                fields=["calendar", "recurring_event_id"],
                condition=IS_EXCEPTION,
                name="event_exceptions",
            ),
            models.Index(fields=["calendar"], condition=IS_SERIES, name="event_series"),
            models.Index(
                fields=["calendar"],
                condition=models.Q(stored_until__isnull=False),
                name="event_series_cut",
            ),
            models.Index(fields=["owner", "change_set"], name="event_changes"),
        ]

    def __str__(self) -> str:
        return self.summary or "(no title)"

    def is_version(self, base: int) -> bool:
        """Whether who has seen the version of that change set has seen what the event says now."""
        return (self.same_since or self.change_set) <= base <= self.change_set


class Occurrence(models.Model):
    """One instance, derived from an event inside the rolling horizon.

    The indexes are B-trees on times and not a range index, because the operators of ranges are
    not leakproof and could not be used below row-level security.
    """

    pk = models.CompositePrimaryKey("event_id", "original_start_at")
    event = models.ForeignKey(
        Event,
        on_delete=models.DO_NOTHING,
        related_name="occurrences",
        db_index=False,
        db_constraint=False,
    )
    original_start_at = models.DateTimeField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    calendar = models.ForeignKey(
        Calendar, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    all_day = models.BooleanField()
    long = models.BooleanField(help_text=gettext_lazy("Spans more than LONG_SPAN."))

    class Meta:
        indexes = [
            models.Index(fields=["owner", "start_at"], name="occurrence_timeline"),
            models.Index(
                fields=["owner", "end_at"], condition=models.Q(long=True), name="occurrence_long"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} at {self.start_at:%Y-%m-%d %H:%M}"

    @classmethod
    def of(cls, event: Event, instance: Instance) -> Occurrence:
        """Build an unsaved instance of an event whose calendar is loaded."""
        original_at, start_at, end_at = instance
        return cls(
            event=event,
            calendar=event.calendar,
            owner_id=event.owner_id,
            original_start_at=original_at,
            start_at=start_at,
            end_at=end_at,
            all_day=event.all_day,
            long=is_long(start_at, end_at),
        )


class QuarantinedEvent(models.Model):
    """An event that can't be stored, with the reason. For an imported file the event itself may
    be stored, without the parts listed here."""

    id: ClassVar[models.BigAutoField[int, int]]
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="quarantined")
    remote_id = models.CharField(max_length=1024)
    summary = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=300)
    payload = models.JSONField()
    seen_run = models.UUIDField(null=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "remote_id"], name="quarantined_once_per_event"
            )
        ]

    def __str__(self) -> str:
        return f"{self.summary or self.remote_id}: {self.reason}"
