"""Endpoints of events: one as it is, its creation, changes and deletion, and its history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.models import User
from accounts.security_context import repeatable
from calendars.api.event_input import (
    ETAG,
    IF_MATCH,
    ChangedEventIn,
    NewEventIn,
    NotifyIn,
    PartIn,
    notify_of,
    part_of,
    uid_of,
    version_of,
)
from calendars.api.event_json import EditedOut, EventOut, Shown, etag_of
from calendars.events.history import Author, Door
from calendars.events.scopes import Edited
from calendars.timeline.event_card import owned_event
from calendars.timeline.event_editing import add_event, edit_event, remove_event
from calendars.timeline.event_history import HistoryLine, history_of, history_of_deleted
from calendars.timeline.shared_event import readable_event
from config.web.pagination import Page, list_of
from config.web.parameters import takes_query, validated
from config.web.problems import DomainError, Kind

LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201])
FORBIDDEN = OpenApiResponse(description="`calendar-read-only`: nothing can be changed in it.")
STALE = OpenApiResponse(
    description="The event changed since that ETag was read. `current` is the current event, and "
    "the ETag header is its ETag."
)
INVALID = OpenApiResponse(
    description="`errors` lists each invalid value; nothing was saved. `scope-required`: the event "
    "repeats, and `scope` is missing."
)


def author_of(request: Request) -> Author:
    return Author(Door.API, actor_id=person_of(request).pk)


def answer_edited(owner: User, edited: Edited) -> Response:
    """Return what was changed: the event, its changed instance, or the second series of a split."""
    if edited.event is None:
        return Response(status=status.HTTP_204_NO_CONTENT)
    event = owned_event(owner, edited.event.pk)
    headers = {"ETag": etag_of(owner, event)}
    return Response(EditedOut(Shown.of(event, edited=edited)).data, headers=headers)


def answer(owner: User, event_id: UUID, **options: Any) -> Response:
    """Return the event as it is now."""
    event = owned_event(owner, event_id)
    headers = {"ETag": etag_of(owner, event), **options.pop("headers", {})}
    return Response(EventOut(Shown.of(event)).data, headers=headers, **options)


@contextmanager
def adding_current_event(owner: User, event_id: UUID) -> Iterator[None]:
    """Add the current event to a 412 response, so that the client needn't request it."""
    try:
        yield
    except DomainError as error:
        if error.kind is Kind.PRECONDITION:
            event = owned_event(owner, event_id)
            error.headers["ETag"] = etag_of(owner, event)
            error.members["current"] = EventOut(Shown.of(event)).data
        raise


class EventChangeOut(serializers.Serializer[HistoryLine]):
    id = serializers.IntegerField(source="change_id")
    changed_at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="created, updated or deleted")
    door = serializers.CharField(help_text="The way: sync, page, api, caldav, import, rule, undo.")
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="What changed, for an update."
    )


@repeatable
class CalendarEventsView(APIView):
    @takes_query(NotifyIn)
    @extend_schema(
        summary="Create an event",
        request=NewEventIn,
        responses={
            200: OpenApiResponse(EventOut, description="The event with this `uid`, unchanged."),
            201: EventOut,
            403: FORBIDDEN,
            422: INVALID,
        },
        parameters=[ETAG, LOCATION],
    )
    def post(self, request: Request, calendar_id: UUID) -> Response:
        """Sent again with the same `uid`, it answers 200 with the event that is there. In a
        calendar of Google's the event is shown at once and sent as soon as possible; Google may
        give it another `uid` then, and yours still names it here."""
        owner = person_of(request)
        query = validated(NotifyIn(data=request.query_params))
        given = validated(NewEventIn(data=request.data))
        event, is_new = add_event(
            owner=owner,
            calendar_id=calendar_id,
            uid=uid_of(given),
            given=given,
            author=author_of(request),
            notify=notify_of(query),
        )
        if not is_new:
            return answer(owner, event.pk)
        location = {"Location": f"/api/v1/events/{event.pk}"}
        return answer(owner, event.pk, status=status.HTTP_201_CREATED, headers=location)


@repeatable
class EventView(APIView):
    @extend_schema(summary="Get an event", responses=EventOut, parameters=[ETAG])
    def get(self, request: Request, event_id: UUID) -> Response:
        """A series is one event; its instances are in the list of occurrences. An event that
        another user shares for reading is shown without what is their own: reminders, and the link
        into their account."""
        event = readable_event(reader := person_of(request), event_id)
        headers = {"ETag": etag_of(reader, event)}
        return Response(EventOut(Shown.of(event, reader)).data, headers=headers)

    @takes_query(PartIn)
    @extend_schema(
        summary="Update an event",
        request=ChangedEventIn,
        responses={200: EditedOut, 403: FORBIDDEN, 412: STALE, 422: INVALID},
        parameters=[ETAG, IF_MATCH],
    )
    def patch(self, request: Request, event_id: UUID) -> Response:
        """Changes only the members sent. Where the event repeats, `scope` says what is meant, and
        `original_start` from which instance on; the answer may then be another event: the instance
        or the new series."""
        owner = person_of(request)
        query = validated(PartIn(data=request.query_params))
        given = validated(ChangedEventIn(data=request.data))
        with adding_current_event(owner, event_id):
            edited = edit_event(
                owner=owner,
                event_id=event_id,
                version=version_of(request),
                given=given,
                author=author_of(request),
                part=part_of(query),
                notify=notify_of(query),
            )
        return answer_edited(owner, edited)

    @takes_query(PartIn)
    @extend_schema(
        summary="Delete an event",
        request=None,
        responses={204: None, 403: FORBIDDEN, 412: STALE, 422: INVALID},
        parameters=[IF_MATCH],
    )
    def delete(self, request: Request, event_id: UUID) -> Response:
        """A series goes with its exceptions; with `scope` only a part of it. It can be undone from
        the history."""
        owner = person_of(request)
        query = validated(PartIn(data=request.query_params))
        with adding_current_event(owner, event_id):
            edited = remove_event(
                owner=owner,
                event_id=event_id,
                version=version_of(request),
                author=author_of(request),
                part=part_of(query),
                notify=notify_of(query),
            )
        headers = {"ETag": etag_of(owner, edited.event)} if edited.event else {}
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)


class EventHistoryView(APIView):
    @extend_schema(
        summary="List the changes of an event",
        responses=list_of("EventHistoryList", EventChangeOut),
    )
    def get(self, request: Request, event_id: UUID) -> Response:
        """Lists the kept changes, the newest first; also of an event that was deleted."""
        owner = person_of(request)
        try:
            lines = history_of(owned_event(owner, event_id))
        except DomainError:
            lines = history_of_deleted(owner.pk, event_id)
            if not lines:
                raise
        return Page(lines).answer(EventChangeOut)
