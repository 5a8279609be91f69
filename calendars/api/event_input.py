"""What clients send about an event: its members, and how a change is meant.

The rules of the members are those of calendars/events/values.py; here they are described.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from accounts.clients import person_of
from calendars.api.occurrences import DATE, MOMENT, YEARS
from calendars.events import given_people, values
from calendars.events.invitations import LONGEST_COMMENT, RESPONSES
from calendars.events.scopes import Scope
from calendars.models import PendingChange
from calendars.rfc5545.people import PARTSTAT
from calendars.timeline.event_editing import Part, stale_version
from config.web.etags import versions_in
from config.web.parameters import ClosedSerializer

Notify = PendingChange.Notify
NOTIFY = {"none": Notify.NONE, "external": Notify.EXTERNAL, "all": Notify.ALL}
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="The version of the event, to be sent as If-Match with a later change.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description=(
        "The ETag of the version that was read; the change is refused with 412 if the event "
        "changed since. Without it, the change is made to the event as it stands."
    ),
)


class AttendeeIn(serializers.Serializer[Any]):
    """Who is invited already keeps what isn't given. `organizer` and `self` can't be changed."""

    email = serializers.CharField(max_length=given_people.LONGEST)
    name = serializers.CharField(max_length=given_people.LONGEST, required=False)
    response = serializers.ChoiceField(list(PARTSTAT), required=False)
    optional = serializers.BooleanField(required=False)
    organizer = serializers.BooleanField(required=False)
    self = serializers.BooleanField(required=False)


class ReminderIn(serializers.Serializer[Any]):
    method = serializers.ChoiceField(given_people.METHODS, required=False)
    minutes = serializers.IntegerField(min_value=0, max_value=given_people.MOST_MINUTES)


class RemindersIn(serializers.Serializer[Any]):
    use_default = serializers.BooleanField(required=False)
    overrides = serializers.ListField(
        child=ReminderIn(), required=False, max_length=given_people.MOST_REMINDERS
    )


class EventIn(ClosedSerializer):
    """Missing members stay unchanged; unknown members are refused. null or "" clears a text."""

    summary = serializers.CharField(
        max_length=values.LONGEST_SUMMARY, required=False, allow_blank=True, allow_null=True
    )
    description = serializers.CharField(
        max_length=values.LONGEST_DESCRIPTION, required=False, allow_blank=True, allow_null=True
    )
    location = serializers.CharField(
        max_length=values.LONGEST_LOCATION, required=False, allow_blank=True, allow_null=True
    )
    start = serializers.CharField(
        required=False,
        help_text="A date for an all-day event, otherwise RFC 3339; without an offset it is a "
        "local time of `time_zone`.",
    )
    end = serializers.CharField(required=False, help_text="As `start`; exclusive.")
    all_day = serializers.BooleanField(
        required=False, allow_null=True, help_text="Left out, the form of `start` says it."
    )
    time_zone = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="An IANA name; left out, the event's or the person's own.",
    )
    recurrence = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="RRULE, RDATE, EXDATE."
    )
    status = serializers.ChoiceField(values.STATUSES, required=False)
    visibility = serializers.ChoiceField(values.VISIBILITIES, required=False)
    transparency = serializers.ChoiceField(values.TRANSPARENCIES, required=False)
    attendees = serializers.ListField(
        child=AttendeeIn(), required=False, max_length=given_people.MOST_ATTENDEES
    )
    reminders = RemindersIn(
        required=False, allow_null=True, help_text="null: those of the calendar."
    )
    category = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Your own choice; null leaves it to the rules again.",
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the members as they were sent, but for those that the serializer reads."""
        if not isinstance(data, Mapping):
            detail = serializers.ErrorDetail(_("Send a JSON object."), code="not-an-object")
            raise serializers.ValidationError({"non_field_errors": [detail]})
        self.refuse_unknown(data)
        return {name: self._read(name, value) for name, value in data.items()}

    def _read(self, name: str, value: Any) -> Any:
        if not isinstance(self.fields[name], serializers.UUIDField):
            return value
        try:
            return self.fields[name].run_validation(value)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({name: error.detail}) from None


class ChangedEventIn(EventIn):
    calendar = serializers.UUIDField(
        required=False,
        help_text="Moves the event to another calendar, where it has another id: the answer's.",
    )


class NewEventIn(EventIn):
    """`start` and `end` are needed. Unknown members are refused."""

    start = serializers.CharField(
        help_text="A date for an all-day event, otherwise RFC 3339; without an offset it is a "
        "local time of `time_zone`.",
    )
    end = serializers.CharField(help_text="As `start`; exclusive.")
    uid = serializers.CharField(
        max_length=1024,
        required=False,
        help_text="Your own, such as a UUID: a request that is sent twice creates one event.",
    )


class NotifyIn(serializers.Serializer[Any]):
    notify = serializers.ChoiceField(
        list(NOTIFY),
        required=False,
        help_text="Whom Google mails about it: nobody (the default), guests without Google "
        "Calendar, or all guests.",
    )


class PartIn(NotifyIn):
    scope = serializers.ChoiceField(
        list(Scope),
        required=False,
        help_text="Needed where the event repeats: this instance, this and the following ones, or "
        "all.",
    )
    original_start = serializers.CharField(
        max_length=40,
        required=False,
        help_text="Which instance of the series: `original_start` of an occurrence.",
    )

    def validate_original_start(self, text: str) -> datetime:
        moment = _moment(text.replace(" ", "+"))  # an unescaped plus
        if moment is None:
            message = _("Use the original start of an occurrence, as it was given.")
            raise serializers.ValidationError(message, code="not-a-moment")
        return moment


def _moment(text: str) -> datetime | None:
    try:
        if DATE.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time.min, UTC)
        elif MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
        else:
            return None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.year in YEARS else None


class AnswerPartIn(PartIn):
    notify = serializers.ChoiceField(
        list(NOTIFY),
        required=False,
        help_text="Whom Google mails about the answer: all (the default: the organizer is to hear "
        "of it), guests without Google Calendar, or nobody.",
    )


class ResponseIn(ClosedSerializer):
    response = serializers.ChoiceField(RESPONSES)
    comment = serializers.CharField(
        max_length=LONGEST_COMMENT,
        required=False,
        allow_blank=True,
        help_text="Left out, that of an earlier answer stays.",
    )


def part_of(query: Mapping[str, Any]) -> Part:
    scope = query.get("scope")
    return Part(Scope(scope) if scope else None, query.get("original_start"))


def notify_of(query: Mapping[str, Any], default: str = "none") -> str:
    return NOTIFY[query.get("notify", default)]


def version_of(request: Request) -> int | None:
    """Return the version that the client has seen, None if it names none. Raises DomainError."""
    known = versions_in(request.headers.get("If-Match"), person_of(request).public_id)
    if known is None:
        return None
    if not known:
        raise stale_version()
    return max(known)


def uid_of(given: dict[str, Any]) -> str:
    """Take the UID out of the members of a new event. Raises ValidationError."""
    uid = given.pop("uid", "")
    if uid and not (isinstance(uid, str) and uid.isprintable() and len(uid) <= 1024):
        message = _("Use at most 1024 characters that can be displayed.")
        raise serializers.ValidationError({"uid": [message]}, code="not-a-uid")
    return str(uid or "").strip()
