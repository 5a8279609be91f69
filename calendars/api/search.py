"""The endpoint of search: a person's events, best first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.api.occurrences import OccurrenceJson, OccurrencesIn, occurrence_json
from calendars.timeline.occurrences import TimelineEntry
from calendars.timeline.search import BEST_FIRST, Asked, Search, range_of
from calendars.timeline.search_hits import Hit
from calendars.timeline.window import Window
from config.web.pagination import linked_page
from config.web.parameters import takes_query, validated
from config.web.problems import DomainError, FieldFault, Kind
from profiles.preferences import reader_of


class SearchIn(OccurrencesIn):
    """What to search for. All words and all filters must match; without `q`, the filters do."""

    q = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Words in titles, places, people and descriptions. Case, accents and punctuation"
        " don't count; the beginning or a part of a word is enough, and one typing error in a word"
        " of four letters or more is forgiven, except in descriptions.",
    )
    person = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="The name or address, or a part of it, of an attendee or the organizer.",
    )
    start = serializers.CharField(
        max_length=40,
        required=False,
        help_text="Only events with an occurrence that touches [start, end): as for occurrences;"
        " each may be missing.",
    )
    end = serializers.CharField(max_length=40, required=False)
    without = None  # type: ignore[assignment]  # DRF: the field is not inherited


class FoundOccurrenceOut(serializers.Serializer[OccurrenceJson]):
    """Timed: RFC 3339 in the event's zone. All-day: dates with an exclusive end."""

    id = serializers.CharField(help_text="As in the list of occurrences.")
    start = serializers.CharField()
    end = serializers.CharField()
    original_start = serializers.CharField()


class HitOut(serializers.Serializer[Hit]):
    id = serializers.UUIDField(source="event.pk")
    uid = serializers.CharField(source="event.ical_uid")
    calendar = serializers.UUIDField(source="event.calendar_id")
    summary = serializers.CharField(source="event.summary")
    description = serializers.CharField(source="event.description")
    location = serializers.CharField(source="event.location")
    status = serializers.CharField(source="event.status")
    all_day = serializers.BooleanField(source="event.all_day")
    time_zone = serializers.SerializerMethodField()
    colour = serializers.CharField(source="event.calendar.colour", help_text="#rrggbb")
    category = serializers.UUIDField(
        source="entry.category", allow_null=True, default=None, help_text="Decided when it is read."
    )
    recurring = serializers.BooleanField(source="is_recurring")
    next_occurrence = serializers.SerializerMethodField(
        help_text="The one that is now or next, within the range if one was given; null if the"
        " event is over."
    )
    last_occurrence = serializers.SerializerMethodField(
        help_text="Of an event that is over: its last one."
    )
    by_typing_error = serializers.BooleanField(
        source="is_by_typo", help_text="It was found because a typing error was forgiven."
    )

    def get_time_zone(self, hit: Hit) -> str | None:
        return None if hit.event.all_day else hit.event.time_zone

    @extend_schema_field(FoundOccurrenceOut(allow_null=True))
    def get_next_occurrence(self, hit: Hit) -> Any:
        return None if hit.past else _occurrence(hit.entry)

    @extend_schema_field(FoundOccurrenceOut(allow_null=True))
    def get_last_occurrence(self, hit: Hit) -> Any:
        return _occurrence(hit.entry) if hit.past else None


def _occurrence(entry: TimelineEntry | None) -> Any:
    return FoundOccurrenceOut(occurrence_json(entry, description=False)).data if entry else None


ANSWER = inline_serializer(
    "SearchResults",
    {
        "results": HitOut(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "complete": serializers.BooleanField(
            help_text="False while a large import is still being read for search."
        ),
    },
)


class SearchView(APIView):
    @takes_query(SearchIn)
    @extend_schema(summary="Search events", responses=ANSWER)
    def get(self, request: Request) -> Response:
        """Lists events, best first: in all calendars, those hidden in the views too, at any time.

        Title counts before place, people and description; a whole word before its beginning; what
        is to come before what is over, the nearer first. A series and its changed instances are one
        result. Cancelled events are never found.
        """
        owner = person_of(request)
        zone = reader_of(owner).zone
        given = validated(SearchIn(data=request.query_params, context={"zone": zone}))
        search = Search(owner_id=owner.pk, asked=asked_by(given, zone), zone=zone)
        page = linked_page(request, BEST_FIRST, search.read)
        answer = page.answer(HitOut)
        answer.data["complete"] = search.is_complete
        return answer


def asked_by(given: Mapping[str, Any], zone: tzinfo) -> Asked:
    """Raises DomainError if the range ends before it starts."""
    return Asked(
        text=given.get("q") or "",
        person=given.get("person") or "",
        calendar_id=given.get("calendar"),
        category=given.get("category"),
        window=_window(given.get("start"), given.get("end"), zone),
    )


def _window(start_at: datetime | None, end_at: datetime | None, zone: tzinfo) -> Window | None:
    if start_at is None and end_at is None:
        return None
    if start_at is not None and end_at is not None and end_at <= start_at:
        message = _("The end must be after the start.")
        fault = FieldFault("end", "not-after-start", message)
        raise DomainError(Kind.INVALID, "invalid", message, faults=[fault])
    return range_of(start_at, end_at, zone)
