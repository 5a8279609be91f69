"""The endpoint of occurrences: expanded instances in a time window."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.occurrences import TIMELINE, TimelineEntry, occurrences_between
from config.web.pagination import linked_page, list_of
from config.web.parameters import takes_query, validated
from config.web.problems import DomainError, FieldFault, Kind
from profiles.services import time_zone_of

LONGEST_WINDOW_DAYS = 800
_MINUTE = timedelta(minutes=1)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339 section 5.6; the seconds are optional.
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
# Far enough from the limits of a date that no zone and no long event exceeds them.
YEARS = range(2, 9998)


class OccurrencesIn(serializers.Serializer[Any]):
    """The window is [start, end): dates in the user's zone, or date-times with an offset."""

    start = serializers.CharField(max_length=40)
    end = serializers.CharField(max_length=40)
    calendar = serializers.UUIDField(required=False)
    q = serializers.CharField(max_length=200, required=False)
    category = serializers.UUIDField(required=False)
    cursor = serializers.CharField(max_length=400, required=False)

    def validate_start(self, text: str) -> datetime:
        return self._moment(text)

    def validate_end(self, text: str) -> datetime:
        return self._moment(text)

    def _moment(self, text: str) -> datetime:
        moment = self._read(text.replace(" ", "+"))  # an unescaped plus
        if moment is None:
            raise serializers.ValidationError(
                _(
                    "Use a date (2026-01-31) or a date-time with an offset "
                    "(2026-01-31T09:00:00+01:00)."
                ),
                code="not-a-moment",
            )
        if moment.year not in YEARS:
            raise serializers.ValidationError(
                _("Use a year from %(first)s to %(last)s.")
                % {"first": YEARS[0], "last": YEARS[-1]},
                code="out-of-range",
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
    category = serializers.UUIDField(allow_null=True, help_text="Decided when it is read.")
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


class OccurrencesView(APIView):
    @takes_query(OccurrencesIn)
    @extend_schema(
        summary="List the occurrences in a time window",
        responses=list_of("OccurrenceList", OccurrenceOut),
    )
    def get(self, request: Request) -> Response:
        """Lists the expanded occurrences that touch [start, end), ordered by start."""
        owner = person_of(request)
        window = validated(
            OccurrencesIn(data=request.query_params, context={"zone": time_zone_of(owner)})
        )
        check_window(window)
        page = linked_page(
            request,
            TIMELINE,
            lambda cursor, limit: occurrences_between(
                owner_id=owner.pk,
                start_at=window["start"],
                end_at=window["end"],
                calendar_id=window.get("calendar"),
                text=window.get("q", ""),
                category=window.get("category"),
                cursor=cursor,
                limit=limit,
            ),
        )
        return page.answer(OccurrenceOut)


def check_window(window: dict[str, Any]) -> None:
    length = window["end"] - window["start"]
    if length.total_seconds() <= 0:
        raise _refused("end", "not-after-start", _("The end must be after the start."))
    if length.days > LONGEST_WINDOW_DAYS:
        raise _refused(
            "end",
            "window-too-long",
            _("The window can be at most %(days)s days long.") % {"days": LONGEST_WINDOW_DAYS},
        )


def _refused(field: str, code: str, message: str) -> DomainError:
    return DomainError(Kind.INVALID, "invalid", message, faults=[FieldFault(field, code, message)])
