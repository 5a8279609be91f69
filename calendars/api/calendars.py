"""Endpoints of calendars."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.core.exceptions import ValidationError as ModelValidationError
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.models import User
from calendars.models import Calendar
from calendars.sharing.local_calendars import delete_calendar, restore_calendar
from calendars.timeline.selection import change_calendar, create_calendar, owned_calendar
from config.web.etags import etag, versions_in
from config.web.pagination import Page, list_of
from config.web.parameters import ClosedSerializer, validated
from profiles.fields.locale import canonical_zone
from profiles.fields.rules import NO_VALUES

ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="The version of the calendar, to be sent as If-Match with a later change.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the version that was read; another version isn't changed (412).",
)
STALE = OpenApiResponse(
    description="`stale-version`: it changed since that ETag was read. Read it again."
)
TOO_MANY = OpenApiResponse(description="`too-many-calendars`: the limit.")
PROVIDERS = OpenApiResponse(
    description="`kept-by-provider`: a connected account's calendar is removed there."
)


class CalendarOut(serializers.ModelSerializer[Calendar]):
    colour = serializers.CharField(
        source="shown_colour",
        read_only=True,
        help_text="#rrggbb: what the user chose, otherwise the connected account's.",
    )

    class Meta:
        model = Calendar
        fields = (
            "id",
            "connection",
            "name",
            "description",
            "colour",
            "time_zone",
            "selected",
            "read_only",
        )
        read_only_fields = fields


class CalendarIn(ClosedSerializer):
    """Missing members stay unchanged; unknown members are refused."""

    name = serializers.CharField(max_length=300, required=False)
    description = serializers.CharField(max_length=8192, required=False, allow_blank=True)
    colour = serializers.RegexField(
        r"\A#[0-9A-Fa-f]{6}\Z",
        required=False,
        allow_null=True,
        help_text="#rrggbb; null: the connected account's own.",
        error_messages={
            "invalid": gettext_lazy("Use a colour in the form #rrggbb, such as #4a6fa5.")
        },
    )
    time_zone = serializers.CharField(
        max_length=64, required=False, help_text="An IANA time zone name."
    )
    selected = serializers.BooleanField(
        required=False, help_text="Whether the user's views show this calendar."
    )

    def validate_colour(self, colour: str | None) -> str | None:
        return colour and colour.lower()

    def validate_time_zone(self, name: str) -> str:
        try:
            return canonical_zone(name, NO_VALUES)
        except ModelValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from None


def expected_versions(request: Request) -> Collection[int] | None:
    return versions_in(request.headers.get("If-Match"), person_of(request).public_id)


class NewCalendarIn(CalendarIn):
    name = serializers.CharField(max_length=300)
    selected = None  # type: ignore[assignment]  # it is shown


def answer(calendar: Calendar, owner: User, *, code: int = status.HTTP_200_OK) -> Response:
    headers = {"ETag": etag(owner.public_id, calendar.change_set)}
    return Response(CalendarOut(calendar).data, status=code, headers=headers)


class CalendarsView(APIView):
    @extend_schema(summary="List calendars", responses=list_of("CalendarList", CalendarOut))
    def get(self, request: Request) -> Response:
        """Lists one's own calendars; those that others share are in `shares/received`."""
        calendars = Calendar.objects.of(person_of(request).pk).shown()
        return Page(list(calendars)).answer(CalendarOut)

    @extend_schema(
        summary="Create a local calendar",
        request=NewCalendarIn,
        responses={201: CalendarOut, 409: TOO_MANY},
        parameters=[ETAG],
    )
    def post(self, request: Request) -> Response:
        """It belongs to no connected account. Without `time_zone` it is in the user's."""
        owner = person_of(request)
        values = validated(NewCalendarIn(data=request.data))
        return answer(create_calendar(owner=owner, **values), owner, code=status.HTTP_201_CREATED)


class CalendarView(APIView):
    @extend_schema(summary="Get a calendar", responses=CalendarOut, parameters=[ETAG])
    def get(self, request: Request, calendar_id: UUID) -> Response:
        owner = person_of(request)
        return answer(owned_calendar(owner=owner, calendar_id=calendar_id), owner)

    @extend_schema(
        summary="Update a calendar",
        request=CalendarIn,
        responses={200: CalendarOut, 412: STALE},
        parameters=[ETAG, IF_MATCH],
    )
    def patch(self, request: Request, calendar_id: UUID) -> Response:
        """`selected` says whether views show the calendar. Name, description and time zone can be
        changed only in a local calendar; those of a connected account come from the account. A
        colour chosen here stays in Daybook and survives each sync."""
        owner = person_of(request)
        calendar = change_calendar(
            owner=owner,
            calendar_id=calendar_id,
            changes=validated(CalendarIn(data=request.data)),
            expected_versions=expected_versions(request),
        )
        return answer(calendar, owner)

    @extend_schema(
        summary="Delete a local calendar",
        request=None,
        responses={204: None, 409: PROVIDERS, 412: STALE},
        parameters=[IF_MATCH],
    )
    def delete(self, request: Request, calendar_id: UUID) -> Response:
        """Its events go with it. For 30 days it can be restored with them."""
        delete_calendar(
            owner=person_of(request),
            calendar_id=calendar_id,
            expected_versions=expected_versions(request),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class CalendarRestoreView(APIView):
    @extend_schema(
        summary="Restore a deleted calendar",
        request=None,
        responses=CalendarOut,
        parameters=[ETAG],
    )
    def post(self, request: Request, calendar_id: UUID) -> Response:
        """Brings a local calendar back with its events and shares, within 30 days."""
        owner = person_of(request)
        return answer(restore_calendar(owner=owner, calendar_id=calendar_id), owner)
