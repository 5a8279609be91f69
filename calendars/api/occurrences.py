"""The endpoint of occurrences: expanded instances in a time window."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from msgspec import UNSET, Struct, UnsetType
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.models import PendingChange
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.occurrences import TIMELINE, TimelineEntry, occurrences_between
from calendars.timeline.stored import Shown
from config.web.pagination import linked_page, list_of
from config.web.parameters import takes_query, validated
from config.web.problems import DomainError, FieldFault, Kind
from profiles.preferences import reader_of

LONGEST_WINDOW_DAYS = 800
DESCRIPTION = "description"
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
    calendar = serializers.UUIDField(
        required=False,
        help_text="One of one's own, or one that another user shares; without it: all one's own.",
    )
    q = serializers.CharField(max_length=200, required=False)
    category = serializers.UUIDField(required=False)
    without = serializers.ChoiceField(
        [DESCRIPTION], required=False, help_text="A member to leave out, because it can be long."
    )
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

    # Describes OccurrenceJson, which is written without serializers: they take eight times as long.
    id = serializers.CharField(help_text="Stable id of this instance.")
    event = serializers.UUIDField()
    calendar = serializers.UUIDField()
    summary = serializers.CharField()
    description = serializers.CharField(
        required=False, help_text="Missing if it was left out by `without`."
    )
    start = serializers.CharField()
    end = serializers.CharField()
    all_day = serializers.BooleanField()
    time_zone = serializers.CharField(allow_null=True, help_text="null for all-day events.")
    status = serializers.CharField()
    location = serializers.CharField()
    colour = serializers.CharField(help_text="The calendar's, #rrggbb.")
    category = serializers.UUIDField(allow_null=True, help_text="Decided when it is read.")
    recurring = serializers.BooleanField()
    original_start = serializers.CharField()
    sync = serializers.ChoiceField(
        ["synced", *PendingChange.State.values],
        help_text="Whether the connected account has this version of the event.",
    )


class OccurrenceJson(Struct, frozen=True):
    """An occurrence as it is written; the members are those of OccurrenceOut."""

    id: str
    event: UUID
    calendar: UUID
    summary: str
    description: str | UnsetType
    start: str
    end: str
    all_day: bool
    time_zone: str | None
    status: str
    location: str
    colour: str
    category: UUID | None
    recurring: bool
    original_start: str
    sync: str


def occurrence_json(entry: TimelineEntry, *, description: bool = True) -> OccurrenceJson:
    """Return what the API says of an entry whose times are in UTC."""
    write = _date if entry.all_day else partial(rfc3339, zone=_zone_of(entry))
    return OccurrenceJson(
        entry.key,
        entry.event_id,
        entry.calendar_id,
        entry.summary,
        entry.description if description else UNSET,
        write(entry.start_at),
        write(entry.end_at),
        entry.all_day,
        None if entry.all_day else entry.time_zone,
        entry.status,
        entry.location,
        entry.colour,
        entry.category,
        entry.recurring,
        write(entry.original_start_at),
        entry.sync,
    )


def _zone_of(entry: TimelineEntry) -> tzinfo:
    return event_zone(entry.time_zone, entry.zone_definition)


def _date(moment: datetime) -> str:
    return moment.date().isoformat()


def rfc3339(moment: datetime, zone: tzinfo) -> str:
    text = moment.astimezone(zone).isoformat()
    # RFC 3339 has only offsets of whole minutes; historical zones have others.
    return text if text[-6] in "+-" else moment.astimezone(UTC).isoformat()


class OccurrencesView(APIView):
    @takes_query(OccurrencesIn)
    @extend_schema(
        summary="List the occurrences in a time window",
        responses=list_of("OccurrenceList", OccurrenceOut),
    )
    def get(self, request: Request) -> HttpResponse:
        """Lists the expanded occurrences that touch [start, end), ordered by start."""
        owner = person_of(request)
        query = validated(
            OccurrencesIn(data=request.query_params, context={"zone": reader_of(owner).zone})
        )
        check_window(query)
        description = query.get("without") != DESCRIPTION
        page = linked_page(
            request,
            TIMELINE,
            lambda cursor, limit: occurrences_between(
                owner_id=owner.pk,
                start_at=query["start"],
                end_at=query["end"],
                calendar_id=query.get("calendar"),
                with_shared="calendar" in query,
                text=query.get("q", ""),
                category=query.get("category"),
                cursor=cursor,
                limit=limit,
                zone=UTC,
                shown=Shown(description=description, response=False),
            ),
        )
        return page.written(lambda entry: occurrence_json(entry, description=description))


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
