"""Endpoints of calendars."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError as ModelValidationError
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.models import Calendar
from calendars.timeline.selection import change_calendar, owned_calendar
from config.web.pagination import Page, list_of
from config.web.parameters import ClosedSerializer, validated
from profiles.fields.locale import canonical_zone
from profiles.fields.rules import NO_VALUES


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
            "colour",
            "time_zone",
            "selected",
            "read_only",
        )
        read_only_fields = fields


class CalendarIn(ClosedSerializer):
    """Missing members stay unchanged; unknown members are refused."""

    name = serializers.CharField(max_length=300, required=False)
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


class CalendarsView(APIView):
    @extend_schema(summary="List calendars", responses=list_of("CalendarList", CalendarOut))
    def get(self, request: Request) -> Response:
        calendars = Calendar.objects.of(person_of(request).pk).shown()
        return Page(list(calendars)).answer(CalendarOut)


class CalendarView(APIView):
    @extend_schema(summary="Get a calendar", responses=CalendarOut)
    def get(self, request: Request, calendar_id: UUID) -> Response:
        calendar = owned_calendar(owner=person_of(request), calendar_id=calendar_id)
        return Response(CalendarOut(calendar).data)

    @extend_schema(summary="Update a calendar", request=CalendarIn, responses=CalendarOut)
    def patch(self, request: Request, calendar_id: UUID) -> Response:
        """`selected` says whether views show the calendar. Name and time zone can be changed only
        in a local calendar; those of a connected account come from the account. A colour chosen
        here stays in Daybook and survives each sync."""
        changes = validated(CalendarIn(data=request.data))
        calendar = change_calendar(
            owner=person_of(request), calendar_id=calendar_id, changes=changes
        )
        return Response(CalendarOut(calendar).data)
