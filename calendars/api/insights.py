"""The endpoint of insights: hours of a period by category, calendar, weekday or week."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from calendars.api.occurrences import OccurrencesIn, check_window
from calendars.models import Calendar
from calendars.timeline.busy_time import busy_time
from calendars.timeline.categories import classifier_of
from calendars.timeline.insights import By, Period, Row, Span, WorkingHours, insights
from calendars.timeline.window import Window
from config.web.parameters import takes_query, validated
from profiles.preferences import reader_of

MOST_BLOCKS = 100


class InsightsIn(OccurrencesIn):
    """The period is [start, end): dates in the user's zone, or date-times with an offset."""

    by = serializers.ChoiceField(choices=[each.value for each in By])
    day_start = serializers.TimeField(
        default=WorkingHours().begins, help_text="Free blocks begin here at the earliest."
    )
    day_end = serializers.TimeField(default=WorkingHours().ends, help_text="… and end by then.")
    # None takes an inherited parameter away.
    q = None  # type: ignore[assignment]
    category = None  # type: ignore[assignment]
    cursor = None  # type: ignore[assignment]

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["day_end"] <= values["day_start"]:
            message = _("The end of the day must be after its start.")
            raise serializers.ValidationError({"day_end": [message]}, code="not-after-start")
        return values


class RowOut(serializers.Serializer[Any]):
    key = serializers.SerializerMethodField()
    hours = serializers.FloatField()
    meetings = serializers.IntegerField()
    meeting_hours = serializers.FloatField()

    def get_key(self, row: Row) -> str | None:
        """The id of a category or calendar, a weekday in English, or a week's first day. null: no
        category."""
        return None if row.key is None else str(row.key)


class BlockOut(serializers.Serializer[Any]):
    """Free time of an hour or more, Monday to Friday; the longest hundred are listed."""

    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    hours = serializers.FloatField()

    def get_start(self, block: Span) -> str:
        return self._at(block.start)

    def get_end(self, block: Span) -> str:
        return self._at(block.end)

    def _at(self, seconds: int) -> str:
        zone: ZoneInfo = self.context["zone"]
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone).isoformat()


class WholeDaysOut(serializers.Serializer[Any]):
    """An all-day event, which counts no hours, and how many of its days are in the period."""

    summary = serializers.CharField()
    days = serializers.IntegerField()


class InsightsOut(serializers.Serializer[Any]):
    """Hours in which the user is busy. Declined and cancelled events and those shown as free don't
    count. Each number is the length of the time that its events cover together; events of two rows
    at the same time count in both rows and once in the total."""

    rows = RowOut(many=True)
    total_hours = serializers.FloatField()
    meeting_hours = serializers.FloatField(help_text="With other people.")
    meetings = serializers.IntegerField()
    free_blocks = BlockOut(many=True)
    free_hours = serializers.FloatField()
    all_day = WholeDaysOut(many=True)


class InsightsView(APIView):
    @takes_query(InsightsIn)
    @extend_schema(summary="Get how time is spent", responses=InsightsOut)
    def get(self, request: Request) -> Response:
        """Hours of a period, of all calendars or one, in the user's zone."""
        owner = person_of(request)
        reader = reader_of(owner)
        asked = validated(InsightsIn(data=request.query_params, context={"zone": reader.zone}))
        check_window(asked)
        calendars = Calendar.objects.of(owner.pk)
        if "calendar" in asked:
            calendars = calendars.filter(pk=asked["calendar"])
        found = busy_time(
            owner_id=owner.pk,
            calendars=list(calendars),
            window=Window(asked["start"].astimezone(reader.zone), asked["end"]),
            classifier=classifier_of(owner.pk),
        )
        by = By(asked["by"])
        working = WorkingHours(_plain(asked["day_start"]), _plain(asked["day_end"]))
        result = insights(
            found.busy,
            period=Period.of(asked["start"], asked["end"], reader.zone, reader.week_start),
            by=[by],
            working=working,
        )
        return Response(
            {
                "rows": RowOut(result.rows[by], many=True).data,
                "total_hours": result.total_hours,
                "meeting_hours": result.meeting_hours,
                "meetings": result.meetings,
                "free_blocks": BlockOut(
                    result.free_blocks[:MOST_BLOCKS], many=True, context={"zone": reader.zone}
                ).data,
                "free_hours": result.free_hours,
                "all_day": [each._asdict() for each in found.whole_days],
            }
        )


def _plain(at: time) -> time:
    return at.replace(tzinfo=None)
