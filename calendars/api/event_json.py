"""An event as the API shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from msgspec.structs import replace
from rest_framework import serializers

from accounts.models import User
from calendars.api.occurrences import OccurrenceJson, occurrence_json, rfc3339
from calendars.events.conferences import conference_url_of
from calendars.events.given_people import plain_reminders
from calendars.events.rows import EventRow
from calendars.events.scopes import Dropped, Edited
from calendars.models import Event, Occurrence, PendingChange
from calendars.rfc5545.people import NO_RESPONSE
from calendars.rfc5545.recurrence import Instance, InvalidRecurrence
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.categories import classifier_of
from calendars.timeline.event_card import SYNCED, sync_state_of
from calendars.timeline.occurrences import entry_of
from config.web.etags import etag


@dataclass(frozen=True, slots=True)
class Shown:
    """An event with what is derived of it when it's read; `told` is of its first instance."""

    event: Event
    told: OccurrenceJson
    dropped: tuple[Dropped, ...] = ()
    kept: bool = False

    @classmethod
    def of(cls, event: Event, reader: User | None = None, edited: Edited | None = None) -> Shown:
        """`reader` decides the category, if it isn't the event's owner."""
        first_at = event.original_start_at or event.start_at
        occurrence = Occurrence.of(event, Instance(first_at, event.start_at, event.end_at))
        entry = entry_of(occurrence, UTC, classifier_of(reader.pk if reader else event.owner_id))
        told = replace(occurrence_json(entry), sync=sync_state_of(event))
        return cls(event, told, edited.dropped, edited.kept) if edited else cls(event, told)


class AttendeeOut(serializers.Serializer[Any]):
    """`response` is needsAction, accepted, declined or tentative."""

    email = serializers.CharField()
    name = serializers.CharField()
    response = serializers.CharField()
    optional = serializers.BooleanField()
    organizer = serializers.BooleanField()
    self = serializers.BooleanField()

    def to_representation(self, stored: Any) -> dict[str, Any]:
        defaults: dict[str, Any] = {"email": "", "name": "", "response": NO_RESPONSE}
        flags = dict.fromkeys(("optional", "organizer", "self"), False)
        return {name: stored.get(name, value) for name, value in (defaults | flags).items()}


class ReminderOut(serializers.Serializer[Any]):
    method = serializers.CharField()
    minutes = serializers.IntegerField()


class RemindersOut(serializers.Serializer[Any]):
    """`use_default`: those of the calendar."""

    use_default = serializers.BooleanField()
    overrides = ReminderOut(many=True)

    def to_representation(self, stored: Any) -> dict[str, Any]:
        return plain_reminders(stored)


class SyncErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class EventOut(serializers.Serializer[Shown]):
    """Timed: RFC 3339 in the event's zone. All-day: dates with an exclusive end."""

    id = serializers.UUIDField(source="event.pk")
    uid = serializers.CharField(source="event.ical_uid", help_text="As in iCalendar files.")
    calendar = serializers.UUIDField(source="event.calendar_id")
    summary = serializers.CharField(source="event.summary")
    description = serializers.CharField(source="event.description")
    location = serializers.CharField(source="event.location")
    start = serializers.CharField(source="told.start")
    end = serializers.CharField(source="told.end")
    all_day = serializers.BooleanField(source="event.all_day")
    time_zone = serializers.CharField(
        source="told.time_zone", allow_null=True, help_text="null for all-day events."
    )
    recurrence = serializers.ListField(
        source="event.recurrence", child=serializers.CharField(), help_text="RRULE, EXDATE, RDATE."
    )
    status = serializers.CharField(source="event.status")
    visibility = serializers.CharField(source="event.visibility")
    transparency = serializers.CharField(source="event.transparency")
    attendees = AttendeeOut(source="event.attendees", many=True)
    reminders = RemindersOut(source="event.reminders")
    conference_url = serializers.SerializerMethodField()
    category = serializers.UUIDField(source="told.category", allow_null=True)
    html_link = serializers.CharField(source="event.html_link")
    sync = serializers.ChoiceField(
        ["synced", *PendingChange.State.values],
        source="told.sync",
        help_text="Whether the connected account has this version of the event.",
    )
    sync_error = serializers.SerializerMethodField(
        help_text="Why it isn't there yet; null if nothing went wrong."
    )

    def get_conference_url(self, shown: Shown) -> str:
        return conference_url_of(shown.event)

    @extend_schema_field(SyncErrorOut(allow_null=True))
    def get_sync_error(self, shown: Shown) -> dict[str, str] | None:
        """Read only if something waits, which is rare."""
        if sync_state_of(shown.event) == SYNCED:
            return None
        pending = PendingChange.objects.filter(pk=shown.event.pk).first()
        return sync_error_of(pending) if pending else None


def sync_error_of(pending: PendingChange) -> dict[str, str] | None:
    if not pending.error_code:
        return None
    return {"code": pending.error_code, "message": pending.error_message}


class DroppedOut(serializers.Serializer[Dropped]):
    """A changed instance that has no place in its series any more; the undo brings it back."""

    original_start = serializers.SerializerMethodField()
    summary = serializers.CharField()
    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    all_day = serializers.BooleanField()
    time_zone = serializers.CharField()

    def get_original_start(self, dropped: Dropped) -> str:
        return _written(dropped, dropped.original_start_at)

    def get_start(self, dropped: Dropped) -> str:
        return _written(dropped, dropped.start_at)

    def get_end(self, dropped: Dropped) -> str:
        return _written(dropped, dropped.end_at)


def _written(dated: Dropped | EventRow, moment: datetime) -> str:
    if dated.all_day:
        return moment.astimezone(UTC).date().isoformat()
    try:
        return rfc3339(moment, event_zone(dated.time_zone, getattr(dated, "zone_definition", "")))
    except InvalidRecurrence:  # the event defined its zone itself
        return rfc3339(moment, UTC)


class VersionOut(serializers.Serializer[EventRow]):
    """One version of an event, with the members that a person may change."""

    summary = serializers.CharField()
    description = serializers.CharField()
    location = serializers.CharField()
    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    all_day = serializers.BooleanField()
    time_zone = serializers.CharField()
    recurrence = serializers.ListField(child=serializers.CharField())
    status = serializers.CharField()
    visibility = serializers.CharField()
    transparency = serializers.CharField()
    attendees = AttendeeOut(many=True)
    reminders = RemindersOut()

    def get_start(self, row: EventRow) -> str:
        return _written(row, row.start_at)

    def get_end(self, row: EventRow) -> str:
        return _written(row, row.end_at)


class EditedOut(EventOut):
    """The event after a change, and what the change did beside it."""

    dropped_exceptions = DroppedOut(
        many=True,
        source="dropped",
        help_text="Changed instances that no longer fit into the series and went with the change.",
    )
    rule_kept = serializers.BooleanField(
        source="kept",
        help_text="The instance was moved, but the days or hours of the series' rule stayed, "
        "because it names several.",
    )


def etag_of(owner: User, event: Event) -> str:
    return etag(owner.public_id, event.change_set)
