"""Endpoints of reminders: how a person is reminded, and devices that receive notifications."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.tokens.access import Authentication
from calendars.models import PushSubscription
from calendars.reminders.defaults import LONGEST_DAYS, LONGEST_MINUTES, METHODS, MOST, Lead, to_json
from calendars.reminders.devices import PushKeys, subscribe, unsubscribe
from calendars.reminders.preferences import (
    WAYS,
    CalendarChoice,
    CalendarSetting,
    change_calendars,
    change_ways,
    notifications_of,
)
from config.web.outgoing import LONGEST_URL
from config.web.parameters import ClosedSerializer, validated
from config.web.problems import DomainError, Kind
from config.web.push_keys import public_push_key


class TimedReminder(ClosedSerializer):
    method = serializers.ChoiceField(METHODS)
    minutes = serializers.IntegerField(min_value=0, max_value=LONGEST_MINUTES)


class AllDayReminder(ClosedSerializer):
    method = serializers.ChoiceField(METHODS)
    days = serializers.IntegerField(
        min_value=0, max_value=LONGEST_DAYS, help_text="Before the day; due at `all_day_at`."
    )


class CalendarNotifications(ClosedSerializer):
    calendar = serializers.UUIDField()
    reminders = serializers.ListField(
        child=TimedReminder(),
        allow_null=True,
        max_length=MOST,
        help_text="Of timed events without their own; null: those of `account_reminders`.",
    )
    all_day = serializers.ListField(child=AllDayReminder(), max_length=MOST)
    mail = serializers.BooleanField(
        help_text="Whether Daybook sends email reminders of this calendar. Google sends its own"
        " for Google's calendars, so this is false for them until it is chosen."
    )


class CalendarNotificationsOut(CalendarNotifications):
    account_reminders = serializers.ListField(child=TimedReminder(), read_only=True)


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class ClockField(serializers.TimeField):
    """Hours and minutes; the `time` of JSON Schema has seconds and an offset."""


class NotificationsIn(ClosedSerializer):
    """`all_day_at` is when reminders of all-day events are due, in the profile's zone."""

    mail = serializers.BooleanField()
    popup = serializers.BooleanField(help_text="On open pages.")
    push = serializers.BooleanField(help_text="On devices that were subscribed.")
    all_day_at = ClockField(format="%H:%M")
    calendars = serializers.ListField(child=CalendarNotifications(), required=False, max_length=500)


class NotificationsOut(NotificationsIn):
    calendars = serializers.ListField(child=CalendarNotificationsOut())
    push_key = serializers.CharField(
        help_text="The `applicationServerKey` of Web Push; empty if it isn't set up here."
    )


class PushKeysIn(ClosedSerializer):
    p256dh = serializers.CharField(max_length=200)
    auth = serializers.CharField(max_length=100)


class EndpointIn(ClosedSerializer):
    endpoint = serializers.CharField(max_length=LONGEST_URL)


class PushSubscriptionIn(EndpointIn):
    """As `PushSubscription.toJSON()` of a browser has it."""

    keys = PushKeysIn()
    device_label = serializers.CharField(max_length=100, required=False, allow_blank=True)
    expirationTime = serializers.FloatField(  # noqa: N815 - the browser's name
        required=False, allow_null=True, help_text="Ignored."
    )


class PushSubscriptionOut(serializers.ModelSerializer[PushSubscription]):
    device_label = serializers.CharField(source="label", read_only=True)

    class Meta:
        model = PushSubscription
        fields = ("id", "service", "device_label", "created_at", "last_used_at")
        read_only_fields = fields


NOT_SET_UP = OpenApiResponse(
    description="`push-not-set-up`: this Daybook has no key for Web Push."
    " `too-many-devices`: the limit."
)


class NotificationsView(APIView):
    @extend_schema(summary="Read notification settings", responses=NotificationsOut)
    def get(self, request: Request) -> Response:
        return Response(_shown(person_of(request).pk))

    @extend_schema(
        summary="Replace notification settings",
        request=NotificationsIn,
        responses=NotificationsOut,
    )
    def put(self, request: Request) -> Response:
        """Calendars that aren't listed keep their settings."""
        owner_id = person_of(request).pk
        values = validated(NotificationsIn(data=request.data))
        choices = [_choice(each) for each in values.get("calendars", [])]
        with transaction.atomic():
            change_calendars(owner_id=owner_id, choices=choices)
            ways = {name: values[name] for name in WAYS}
            change_ways(owner_id=owner_id, ways=ways, all_day_at=values["all_day_at"])
        return Response(_shown(owner_id))


class PushSubscriptionsView(APIView):
    @extend_schema(
        summary="Subscribe this device",
        request=PushSubscriptionIn,
        responses={201: PushSubscriptionOut, 409: NOT_SET_UP},
    )
    def post(self, request: Request) -> Response:
        """The device receives reminders until it is removed or its session ends."""
        values = validated(PushSubscriptionIn(data=request.data))
        session = cast(Authentication, request.auth).session
        if session is None:
            message = _("A legacy token can't subscribe a device. Sign in first.")
            raise DomainError(Kind.FORBIDDEN, "session-required", message)
        device = subscribe(
            owner_id=person_of(request).pk,
            session=session,
            keys=PushKeys(values["endpoint"], **values["keys"]),
            label=values.get("device_label", ""),
        )
        return Response(PushSubscriptionOut(device).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Remove this device", request=EndpointIn, responses={204: None})
    def delete(self, request: Request) -> Response:
        values = validated(EndpointIn(data=request.data))
        unsubscribe(owner_id=person_of(request).pk, endpoint=values["endpoint"])
        return Response(status=status.HTTP_204_NO_CONTENT)


def _shown(owner_id: int) -> dict[str, Any]:
    found = notifications_of(owner_id)
    ways = {name: getattr(found.preferences, name) for name in WAYS}
    return {
        **ways,
        "all_day_at": found.preferences.all_day_at.strftime("%H:%M"),
        "calendars": [_calendar(each) for each in found.calendars],
        "push_key": public_push_key(settings.WEB_PUSH_PRIVATE_KEY),
    }


def _calendar(setting: CalendarSetting) -> dict[str, Any]:
    reminders = setting.reminders
    return {
        "calendar": str(setting.calendar.pk),
        "reminders": to_json(reminders.timed, "minutes") if reminders.is_own else None,
        "all_day": to_json(reminders.all_day, "days"),
        "mail": reminders.mail,
        "account_reminders": to_json(setting.account, "minutes"),
    }


def _choice(given: dict[str, Any]) -> CalendarChoice:
    timed = given["reminders"]
    return CalendarChoice(
        given["calendar"],
        None if timed is None else tuple(Lead(one["method"], one["minutes"]) for one in timed),
        tuple(Lead(one["method"], one["days"]) for one in given["all_day"]),
        given["mail"],
    )
