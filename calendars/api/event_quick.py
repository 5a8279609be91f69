"""The endpoint of the typed line: an event from one sentence, and what was understood of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.models import User
from accounts.security_context import repeatable
from calendars.api.event_input import NotifyIn, notify_of
from calendars.api.event_json import EventOut, Shown, etag_of
from calendars.api.events import FORBIDDEN, INVALID, author_of
from calendars.models import Event
from calendars.timeline.event_card import owned_event
from calendars.timeline.typed_events import LONGEST, TypedEvent, create_typed, read_typed
from calendars.typed_line.result import Question
from config.web.parameters import ClosedSerializer, takes_query, validated


class QuickIn(ClosedSerializer):
    text = serializers.CharField(max_length=LONGEST)
    calendar = serializers.UUIDField(
        required=False, help_text="For a line that names no calendar; left out, the first one."
    )
    dry_run = serializers.BooleanField(required=False, help_text="Nothing is saved.")


class TextSpanOut(serializers.Serializer[Any]):
    """A stretch of the text, in code points, that doesn't stand in the title."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    meaning = serializers.CharField()


class QuestionOut(serializers.Serializer[Question]):
    """What isn't sure: `others` are other times that may be meant, `names` what wasn't found or
    means several."""

    code = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    others = serializers.ListField(child=serializers.CharField())
    names = serializers.ListField(child=serializers.CharField())


class DraftOut(serializers.Serializer[Any]):
    """What was understood; `id` is null until it's saved. Without a time nothing can be saved."""

    id = serializers.UUIDField(allow_null=True)
    calendar = serializers.UUIDField(allow_null=True)
    summary = serializers.CharField()
    location = serializers.CharField()
    start = serializers.CharField(allow_null=True)
    end = serializers.CharField(allow_null=True)
    all_day = serializers.BooleanField()
    time_zone = serializers.CharField(allow_null=True)
    recurrence = serializers.ListField(child=serializers.CharField())
    attendees = serializers.ListField(child=serializers.DictField())
    category = serializers.UUIDField(allow_null=True)


class UnderstoodOut(serializers.Serializer[Any]):
    event = DraftOut()
    spans = TextSpanOut(many=True)
    questions = QuestionOut(many=True)


class CreatedOut(serializers.Serializer[Any]):
    event = EventOut()
    spans = TextSpanOut(many=True)
    questions = QuestionOut(many=True)


@repeatable
class QuickView(APIView):
    @takes_query(NotifyIn)
    @extend_schema(
        summary="Create an event from one line",
        request=QuickIn,
        responses={
            200: UnderstoodOut,
            201: CreatedOut,
            403: FORBIDDEN,
            404: OpenApiResponse(description="You can't write to a calendar with this ID."),
            422: INVALID,
        },
    )
    def post(self, request: Request) -> Response:
        """In English or German, as the person reads. With `dry_run` it only says what it
        understood. What isn't sure is told as `questions`, with the readings it didn't take."""
        owner = person_of(request)
        query = validated(NotifyIn(data=request.query_params))
        given = validated(QuickIn(data=request.data))
        typed = read_typed(
            given["text"], owner=owner, now=timezone.now(), calendar_id=given.get("calendar")
        )
        if given.get("dry_run"):
            return Response({"event": _draft(typed), **_understood(typed)})
        author, notify = author_of(request), notify_of(query)
        event = create_typed(typed, owner=owner, author=author, notify=notify)
        return _created(owner, event, typed)


def _created(owner: User, event: Event, typed: TypedEvent) -> Response:
    shown = owned_event(owner, event.pk)
    return Response(
        {"event": EventOut(Shown.of(shown)).data, **_understood(typed)},
        status=status.HTTP_201_CREATED,
        headers={"ETag": etag_of(owner, shown), "Location": f"/api/v1/events/{event.pk}"},
    )


def _understood(typed: TypedEvent) -> dict[str, Any]:
    said = typed.understood
    questions = [
        {**one._asdict(), "others": [_text(other) for other in one.others], "names": [*one.names]}
        for one in said.questions
    ]
    return {"spans": [span._asdict() for span in said.spans], "questions": questions}


def _draft(typed: TypedEvent) -> dict[str, Any]:
    members, said = typed.members, typed.understood
    return {
        **members,
        "id": None,
        "calendar": typed.calendar and typed.calendar.pk,
        "start": _text(members["start"]),
        "end": _text(members["end"]),
        "time_zone": members.get("time_zone"),
        "category": said.category.id if said.category else None,
    }


def _text(when: date | datetime | None) -> str | None:
    return when.isoformat() if when is not None else None
