"""Endpoints of what a person decides about an event: answers to invitations, conflicts with Google,
failed changes, and undoing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.security_context import repeatable
from calendars.api.event_input import (
    ETAG,
    IF_MATCH,
    AnswerPartIn,
    ResponseIn,
    notify_of,
    part_of,
    version_of,
)
from calendars.api.event_json import EditedOut, EventOut, SyncErrorOut, VersionOut, sync_error_of
from calendars.api.events import (
    FORBIDDEN,
    INVALID,
    STALE,
    adding_current_event,
    answer,
    answer_edited,
    author_of,
)
from calendars.events.history import Author, Door
from calendars.events.invitations import answer_invitation
from calendars.events.resolving import (
    MINE,
    THEIRS,
    Conflict,
    conflict_of,
    retry_change,
    revert_change,
    settle_conflict,
    unconfirmed_of,
)
from calendars.events.undo import undo_change
from calendars.models import Event, PendingChange
from config.web.etags import etag
from config.web.pagination import Page, list_of
from config.web.parameters import ClosedSerializer, takes_query, validated

STATE = OpenApiResponse(
    description="`other-state`: it isn't in this state any more. `being-sent`: a worker sends it "
    "at the moment; try again."
)
NOTHING = OpenApiResponse(
    description="`nothing-pending`: Google has the event as it is here, or it isn't yours."
)
GONE = OpenApiResponse(description="The event is deleted now.")


class ConflictOut(serializers.Serializer[Conflict]):
    """`mine` is null if the event was deleted here, `theirs` if it was deleted at Google: then
    `keep` decides."""

    base = VersionOut(allow_null=True, help_text="As Google last confirmed it.")
    mine = VersionOut(allow_null=True)
    theirs = VersionOut(allow_null=True)
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(),
        help_text="What both sides changed. `times` are start, end, all_day, time_zone and "
        "recurrence, which go together.",
    )


class DecisionIn(ClosedSerializer):
    """Either `keep`, for everything that collides, or each of the conflict's `fields`."""

    keep = serializers.ChoiceField([MINE, THEIRS], required=False)
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ChoiceField([MINE, THEIRS]), required=False
    )


class UnconfirmedOut(serializers.Serializer[PendingChange]):
    """A change that Google doesn't have. The event of a deletion isn't here any more: its conflict
    and its retry are found by its id."""

    event = serializers.UUIDField(source="event_id")
    calendar = serializers.UUIDField(source="calendar_id")
    kind = serializers.ChoiceField(PendingChange.Kind.values)
    sync = serializers.ChoiceField(PendingChange.State.values, source="state")
    sync_error = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField()

    def get_summary(self, change: PendingChange) -> str:
        return str({**(change.base or {}), **change.mine}.get("summary", ""))

    @extend_schema_field(SyncErrorOut(allow_null=True))
    def get_sync_error(self, change: PendingChange) -> dict[str, str] | None:
        return sync_error_of(change)


class UnconfirmedIn(serializers.Serializer[Any]):
    sync = serializers.ChoiceField(PendingChange.State.values, required=False)


@repeatable
class ResponseView(APIView):
    @takes_query(AnswerPartIn)
    @extend_schema(
        summary="Answer an invitation",
        request=ResponseIn,
        responses={
            200: EditedOut,
            403: FORBIDDEN,
            409: OpenApiResponse(description="`not-invited`: you aren't among the guests."),
            412: STALE,
            422: INVALID,
        },
        parameters=[ETAG, IF_MATCH],
    )
    def post(self, request: Request, event_id: UUID) -> Response:
        """For one instance or for the whole series, as `scope` says. The organizer hears of it."""
        owner = person_of(request)
        query = validated(AnswerPartIn(data=request.query_params))
        given = validated(ResponseIn(data=request.data))
        part = part_of(query)
        with adding_current_event(owner, event_id):
            edited = answer_invitation(
                owner_id=owner.pk,
                event_id=event_id,
                response=given["response"],
                comment=given.get("comment"),
                author=author_of(request),
                notify=notify_of(query, default="all"),
                scope=part.scope,
                original_start_at=part.original_start_at,
                base=version_of(request),
            )
        return answer_edited(owner, edited)


@repeatable
class ConflictView(APIView):
    @extend_schema(
        summary="Get the conflict of an event",
        responses={200: ConflictOut, 404: NOTHING, 409: STATE},
        parameters=[ETAG],
    )
    def get(self, request: Request, event_id: UUID) -> Response:
        """Base, mine and theirs, also of an event that was deleted here."""
        owner = person_of(request)
        conflict = conflict_of(owner_id=owner.pk, event_id=event_id)
        headers = {"ETag": etag(owner.public_id, conflict.version)}
        return Response(ConflictOut(conflict).data, headers=headers)

    @extend_schema(
        summary="Decide the conflict of an event",
        request=DecisionIn,
        responses={
            200: EventOut,
            204: GONE,
            404: NOTHING,
            409: STATE,
            412: OpenApiResponse(description="Google's version changed since that ETag."),
            422: INVALID,
        },
        parameters=[ETAG, IF_MATCH],
    )
    def post(self, request: Request, event_id: UUID) -> Response:
        """What is kept of mine is sent to Google; it can be undone from the history."""
        decision = validated(DecisionIn(data=request.data))
        event = settle_conflict(
            owner_id=person_of(request).pk,
            event_id=event_id,
            author=author_of(request),
            keep=decision.get("keep"),
            fields=decision.get("fields"),
            version=version_of(request),
        )
        return _answer(request, event)


@repeatable
class RetryView(APIView):
    @extend_schema(
        summary="Send a failed change again",
        request=None,
        responses={202: None, 404: NOTHING, 409: STATE},
    )
    def post(self, request: Request, event_id: UUID) -> Response:
        retry_change(owner_id=person_of(request).pk, event_id=event_id)
        return Response(status=status.HTTP_202_ACCEPTED)


@repeatable
class RevertView(APIView):
    @extend_schema(
        summary="Give up a failed change",
        request=None,
        responses={200: EventOut, 204: GONE, 404: NOTHING, 409: STATE},
        parameters=[ETAG],
    )
    def post(self, request: Request, event_id: UUID) -> Response:
        """Puts back what Google has: a creation that failed is removed, a deletion that failed
        returns. It can be undone from the history."""
        event = revert_change(
            owner_id=person_of(request).pk, event_id=event_id, author=author_of(request)
        )
        return _answer(request, event)


@repeatable
class UndoChangeView(APIView):
    @extend_schema(
        summary="Undo a change of an event",
        request=None,
        responses={
            200: EventOut,
            204: GONE,
            403: FORBIDDEN,
            409: OpenApiResponse(description="`changed-since`: undo the later change first."),
        },
        parameters=[ETAG],
    )
    def post(self, request: Request, event_id: UUID, change_id: int) -> Response:
        """With all that was done at once, such as the two series of a split; of an import or a sync
        only this event. An undo can be undone."""
        owner = person_of(request)
        author = Author(Door.UNDO, actor_id=owner.pk)
        undo_change(owner_id=owner.pk, event_id=event_id, change_id=change_id, author=author)
        event = Event.objects.filter(pk=event_id, owner_id=owner.pk).first()
        return _answer(request, event)


class UnconfirmedView(APIView):
    @takes_query(UnconfirmedIn)
    @extend_schema(
        summary="List the changes that Google doesn't have",
        responses=list_of("UnconfirmedList", UnconfirmedOut),
    )
    def get(self, request: Request) -> Response:
        """Those that wait, those that collide and those that failed, the oldest first; also
        deletions."""
        query = validated(UnconfirmedIn(data=request.query_params))
        states = [query["sync"]] if "sync" in query else PendingChange.State.values
        return Page(unconfirmed_of(person_of(request).pk, states)).answer(UnconfirmedOut)


def _answer(request: Request, event: Event | None) -> Response:
    if event is None or event.status == Event.Status.CANCELLED:
        return Response(status=status.HTTP_204_NO_CONTENT)
    return answer(person_of(request), event.pk)
