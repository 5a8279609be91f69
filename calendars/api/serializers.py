"""Serializers of the calendar endpoints. The rules are in the services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError as ModelValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calendars.models import Calendar, SyncRun
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.occurrences import TimelineEntry
from profiles.fields.locale import canonical_zone
from profiles.fields.rules import NO_VALUES

_MINUTE = timedelta(minutes=1)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339 section 5.6; the seconds are optional.
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# Far enough from the limits of a date that no zone and no long event exceeds them.
YEARS = range(2, 9998)


class ConnectIn(serializers.Serializer[Any]):
    redirect_uri = serializers.CharField(max_length=500, required=False, allow_blank=True)


class ConsentOut(serializers.Serializer[Any]):
    authorization_url = serializers.URLField()


class CallbackIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=2000)
    state = serializers.CharField(max_length=200)


class DisconnectIn(serializers.Serializer[Any]):
    keep_data = serializers.BooleanField(required=False, default=True)


class SyncIn(serializers.Serializer[Any]):
    full = serializers.BooleanField(required=False, default=False)


class SyncOut(serializers.Serializer[Any]):
    """`run` is the run of the calendar list; `runs` also has the run of each calendar.

    A repeated request returns the same runs until they start.
    """

    run = serializers.UUIDField(allow_null=True)
    runs = serializers.ListField(child=serializers.UUIDField())


class RunOut(serializers.ModelSerializer[SyncRun]):
    """`calendar` is null for the calendar list; `seconds` increases while the run is active."""

    seconds = serializers.SerializerMethodField()
    error = serializers.CharField(source="error_code")

    class Meta:
        model = SyncRun
        fields = (
            *("id", "calendar", "kind", "outcome", "started_at", "finished_at", "seconds"),
            *("pages", "fetched", "created", "updated", "deleted", "quarantined", "retries"),
            "error",
        )
        read_only_fields = fields

    def get_seconds(self, run: SyncRun) -> float | None:
        return None if run.outcome == SyncRun.Outcome.QUEUED else round(run.seconds, 3)


class CalendarOut(serializers.ModelSerializer[Calendar]):
    class Meta:
        model = Calendar
        fields = (
            "id",
            "connection",
            "name",
            "colour",
            "time_zone",
            "selected",
            "read_only",
        )
        read_only_fields = fields


class CalendarIn(serializers.Serializer[Any]):
    """Missing members stay unchanged; unknown members are refused."""

    name = serializers.CharField(max_length=300, required=False)
    colour = serializers.RegexField(
        r"\A#[0-9A-Fa-f]{6}\Z",
        required=False,
        help_text="#rrggbb",
        error_messages={"invalid": "Use a colour in the form #rrggbb, such as #4a6fa5."},
    )
    time_zone = serializers.CharField(
        max_length=64, required=False, help_text="An IANA time zone name."
    )
    selected = serializers.BooleanField(
        required=False, help_text="Whether the user's views show this calendar."
    )

    def validate_colour(self, colour: str) -> str:
        return colour.lower()

    def validate_time_zone(self, name: str) -> str:
        try:
            return canonical_zone(name, NO_VALUES)
        except ModelValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from None

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else ()
        if unknown:
            errors = {str(name)[:64]: ["This field can't be changed."] for name in sorted(unknown)}
            raise serializers.ValidationError(errors, code="not-changeable")
        return super().to_internal_value(data)


class ProgressOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["idle", "queued", "running", "parked"])
    run = serializers.UUIDField(allow_null=True)
    fetched = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    eta_seconds = serializers.IntegerField(allow_null=True)
    parked_until = serializers.DateTimeField(allow_null=True)


class TroubleOut(serializers.Serializer[Any]):
    """What keeps one calendar, or with null the calendar list, from syncing."""

    calendar = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class ErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField(source="error_code")
    message = serializers.CharField(source="error_message")


class ConnectionOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    provider = serializers.CharField()
    email = serializers.EmailField()
    status = serializers.ChoiceField(choices=["active", "reconnect_required", "disconnected"])
    scopes = serializers.ListField(child=serializers.CharField())
    last_synced_at = serializers.DateTimeField(allow_null=True)
    next_sync_at = serializers.DateTimeField(allow_null=True)
    error = serializers.SerializerMethodField()
    troubles = TroubleOut(many=True)
    calendars = CalendarOut(many=True)
    progress = ProgressOut()

    @extend_schema_field(ErrorOut(allow_null=True))
    def get_error(self, summary: Any) -> dict[str, str] | None:
        return ErrorOut(summary).data if summary.error_code else None


class OccurrencesIn(serializers.Serializer[Any]):
    """The window is [start, end): dates in the user's zone, or date-times with an offset."""

    start = serializers.CharField(max_length=40)
    end = serializers.CharField(max_length=40)
    calendar = serializers.UUIDField(required=False)
    q = serializers.CharField(max_length=200, required=False)
    cursor = serializers.CharField(max_length=400, required=False)

    def validate_start(self, text: str) -> datetime:
        return self._moment(text)

    def validate_end(self, text: str) -> datetime:
        return self._moment(text)

    def _moment(self, text: str) -> datetime:
        moment = self._read(text.replace(" ", "+"))  # an unescaped plus
        if moment is None:
            raise serializers.ValidationError(
                "Use a date (2026-01-31) or a date-time with an offset "
                "(2026-01-31T09:00:00+01:00).",
                code="not-a-moment",
            )
        if moment.year not in YEARS:
            raise serializers.ValidationError(
                f"Use a year from {YEARS[0]} to {YEARS[-1]}.", code="out-of-range"
            )
        return moment

    def _read(self, text: str) -> datetime | None:
        zone: ZoneInfo = self.context["zone"]
        try:
            if DATE.fullmatch(text):
                return datetime.combine(date.fromisoformat(text), time.min, zone)
            return datetime.fromisoformat(text) if MOMENT.fullmatch(text) else None
        except ValueError:
            return None


class OccurrenceOut(serializers.Serializer[TimelineEntry]):
    """Timed: RFC 3339 in the event's zone. All-day: dates with an exclusive end."""

    id = serializers.CharField(source="key", help_text="Stable id of this instance.")
    event = serializers.UUIDField(source="event_id")
    calendar = serializers.UUIDField(source="calendar_id")
    summary = serializers.CharField()
    description = serializers.CharField()
    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    all_day = serializers.BooleanField()
    time_zone = serializers.SerializerMethodField()
    status = serializers.CharField()
    location = serializers.CharField()
    colour = serializers.CharField(help_text="The calendar's, #rrggbb.")
    recurring = serializers.BooleanField()
    original_start = serializers.SerializerMethodField()

    def get_start(self, entry: TimelineEntry) -> str:
        return written(entry, entry.start_at)

    def get_end(self, entry: TimelineEntry) -> str:
        return written(entry, entry.end_at)

    def get_original_start(self, entry: TimelineEntry) -> str:
        return written(entry, entry.original_start_at)

    def get_time_zone(self, entry: TimelineEntry) -> str | None:
        return None if entry.all_day else entry.time_zone


def written(entry: TimelineEntry, moment: datetime) -> str:
    if entry.all_day:
        return moment.date().isoformat()
    local = moment.astimezone(event_zone(entry.time_zone, entry.zone_definition))
    # RFC 3339 has only offsets of whole minutes; historical zones have others.
    has_seconds = (local.utcoffset() or _MINUTE) % _MINUTE
    return (moment.astimezone(UTC) if has_seconds else local).isoformat()
