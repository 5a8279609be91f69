"""Endpoints of free and busy time: one's own, and that of people who share theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.api.occurrences import OccurrencesIn, check_window, rfc3339
from calendars.timeline.availability import (
    Availability,
    PersonTime,
    busy_spans,
    free_slots,
    time_of_person,
)
from calendars.timeline.insights import Span
from calendars.timeline.slots import MIDNIGHT, MINUTE, Hours, Slot, Wish
from config.web.parameters import ClosedSerializer, takes_query, validated
from config.web.problems import DomainError, FieldFault, Kind
from profiles.preferences import reader_of

MOST_PEOPLE = 50
MOST_DAYS = 62
LONGEST_MINUTES = 24 * 60
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")  # RFC 5545 section 3.3.10
CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
NOT_SHARED = OpenApiResponse(
    description="`not-shared`: the person shares no time, or has no account here."
)


class FreeBusyIn(OccurrencesIn):
    """The window is [start, end): dates in the user's zone, or date-times with an offset."""

    calendar = q = category = without = cursor = None  # type: ignore[assignment]
    person = serializers.EmailField(
        max_length=254, required=False, help_text="Another person's address; else one's own time."
    )


class SpanOut(serializers.Serializer[Span]):
    start = serializers.CharField()
    end = serializers.CharField()


class FreeBusyOut(serializers.Serializer[Any]):
    person = serializers.EmailField()
    busy = SpanOut(many=True, help_text="In order; spans that touch are joined.")


class SlotOut(serializers.Serializer[Slot]):
    start = serializers.CharField()
    end = serializers.CharField()
    outside = serializers.IntegerField(
        help_text="For how many people it is outside these hours of their own zone."
    )
    tight = serializers.BooleanField(help_text="Somebody has a meeting right before or after it.")


class AvailabilityOut(serializers.Serializer[Any]):
    slots = SlotOut(many=True, help_text="The best first; none overlaps another.")
    unknown = serializers.ListField(
        child=serializers.EmailField(),
        help_text="Those who share no time. The slots say nothing of them.",
    )


class AvailabilityIn(ClosedSerializer):
    people = serializers.ListField(
        child=serializers.EmailField(max_length=254), max_length=MOST_PEOPLE, default=list
    )
    minutes = serializers.IntegerField(min_value=5, max_value=LONGEST_MINUTES, default=60)
    start = serializers.CharField(
        max_length=40, required=False, help_text="As in `occurrences`; without it: now."
    )
    end = serializers.CharField(
        max_length=40, required=False, help_text="Without it: two weeks after the start."
    )
    between = serializers.ListField(
        child=serializers.RegexField(
            CLOCK, error_messages={"invalid": gettext_lazy("Use a time such as 09:00.")}
        ),
        min_length=2,
        max_length=2,
        default=["09:00", "18:00"],
        help_text="Hours of the day in the user's zone; 24:00 is the end of the day.",
    )
    days = serializers.ListField(
        child=serializers.ChoiceField(WEEKDAYS),
        min_length=1,
        max_length=7,
        default=list(WEEKDAYS[:5]),
    )

    def validate_start(self, text: str) -> datetime:
        return _moments(self.context).validate_start(text)

    def validate_end(self, text: str) -> datetime:
        return _moments(self.context).validate_start(text)


def _moments(context: Mapping[str, Any]) -> OccurrencesIn:
    return OccurrencesIn(context=dict(context))


class FreeBusyView(APIView):
    @takes_query(FreeBusyIn)
    @extend_schema(
        summary="List when a person is busy", responses={200: FreeBusyOut, 404: NOT_SHARED}
    )
    def get(self, request: Request) -> Response:
        """Of the calendars that one's own views show, or of those that the person shares. What is
        declined, cancelled or shown as free doesn't count."""
        asker = person_of(request)
        zone = reader_of(asker).zone
        query = validated(FreeBusyIn(data=request.query_params, context={"zone": zone}))
        check_window(query)
        if "person" not in query:
            spans = busy_spans(asker, query["start"], query["end"])
            return Response(_freebusy(asker.email, spans, zone))
        person = time_of_person(asker, query["person"], query["start"], query["end"])
        return Response(_freebusy(person.email, _known(person), zone))


class AvailabilityView(APIView):
    @extend_schema(
        summary="Find free slots", request=AvailabilityIn, responses={200: AvailabilityOut}
    )
    def post(self, request: Request) -> Response:
        """Slots that are free for the user and for all people who share their time. Best are those
        in the same hours of the others' zones, then those with a quarter of an hour around them,
        then the earliest."""
        asker = person_of(request)
        zone = reader_of(asker).zone
        asked = validated(AvailabilityIn(data=request.data, context={"zone": zone}))
        found = free_slots(asker, asked["people"], _wish(asked, zone))
        return Response(_availability(found, zone))


def _wish(asked: dict[str, Any], zone: ZoneInfo) -> Wish:
    start = asked.get("start") or timezone.now()
    end = asked.get("end") or start + timedelta(days=14)
    check_window({"start": start, "end": end})
    if (end - start).days > MOST_DAYS:
        message = _("The window can be at most %(days)s days long.") % {"days": MOST_DAYS}
        raise _refused("end", "window-too-long", message)
    begins, ends = map(_minute, asked["between"])
    if begins >= ends:
        message = _("The second time must be after the first.")
        raise _refused("between", "not-after-start", message)
    return Wish(
        seconds=asked["minutes"] * MINUTE,
        start=int(start.timestamp()),
        end=int(end.timestamp()),
        zone=zone,
        hours=Hours(begins, ends, frozenset(map(WEEKDAYS.index, asked["days"]))),
    )


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return min(int(hours) * 60 + int(minutes), MIDNIGHT)


def _known(person: PersonTime) -> list[Span]:
    if person.spans is None:
        message = _("This person doesn't share when they are busy with you.")
        raise DomainError(Kind.NOT_FOUND, "not-shared", message)
    return person.spans


def _freebusy(email: str, spans: Iterable[Span], zone: ZoneInfo) -> dict[str, Any]:
    return {"person": email, "busy": [_span(span, zone) for span in spans]}


def _availability(found: Availability, zone: ZoneInfo) -> dict[str, Any]:
    slots = [
        {**_span(Span(one.start, one.end), zone), "outside": one.outside, "tight": one.is_tight}
        for one in found.slots
    ]
    return {"slots": slots, "unknown": found.unknown}


def _span(span: Span, zone: ZoneInfo) -> dict[str, str]:
    start, end = (rfc3339(datetime.fromtimestamp(at, UTC), zone) for at in span)
    return {"start": start, "end": end}


def _refused(field: str, code: str, message: str) -> DomainError:
    return DomainError(Kind.INVALID, "invalid", message, faults=[FieldFault(field, code, message)])
