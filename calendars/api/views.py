"""The calendar endpoints: parse the request, call a service, return the result."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.models import User
from accounts.security_context import acting_as, repeatable, without_transaction
from accounts.throttles import limits
from calendars.api.serializers import (
    CalendarIn,
    CalendarOut,
    CallbackIn,
    ConnectIn,
    ConnectionOut,
    ConsentOut,
    DisconnectIn,
    OccurrenceOut,
    OccurrencesIn,
    RunOut,
    SyncIn,
    SyncOut,
)
from calendars.connections.consent import complete_connection, start_connection
from calendars.connections.disconnecting import disconnect
from calendars.connections.log import RUNS, runs_of
from calendars.connections.overview import connection_summaries, owned_connection, request_sync
from calendars.models import Calendar
from calendars.timeline.occurrences import TIMELINE, occurrences_between
from calendars.timeline.selection import change_calendar, owned_calendar
from config.web.pagination import Page, linked_page, list_of, page_of_rows
from config.web.parameters import PageQuery, takes_query
from config.web.problems import DomainError, FieldFault, Kind
from profiles.services import time_zone_of

LONGEST_WINDOW_DAYS = 800


class ConnectionsView(APIView):
    @extend_schema(
        summary="List connected accounts", responses=list_of("ConnectionList", ConnectionOut)
    )
    def get(self, request: Request) -> Response:
        return Page(list(connection_summaries(owner=person_of(request)))).answer(ConnectionOut)

    @extend_schema(
        summary="Start connecting an account", request=ConnectIn, responses={201: ConsentOut}
    )
    def post(self, request: Request) -> Response:
        """Starts a consent. Open the address in any browser, then poll the list of accounts. With a
        registered `redirect_uri`, the app receives `code` and `state` instead."""
        body = _read(ConnectIn(data=request.data))
        url = start_connection(
            owner=person_of(request), redirect_uri=body.get("redirect_uri"), in_app=True
        )
        return Response({"authorization_url": url}, status=status.HTTP_201_CREATED)


@without_transaction
class ConnectionCallbackView(APIView):
    @extend_schema(
        summary="Complete a consent in the app",
        request=CallbackIn,
        responses={201: ConnectionOut},
    )
    def post(self, request: Request) -> Response:
        """Completes a consent with the `code` and `state` that the app received."""
        body = _read(CallbackIn(data=request.data))
        owner = person_of(request)
        connection = complete_connection(
            owner=owner, code=body["code"], state=body["state"], request=request._request
        )
        with acting_as(user_id=owner.pk):
            made = _connection(owner, connection.pk)
        return Response(made, status=status.HTTP_201_CREATED)


@repeatable
class ConnectionView(APIView):
    @extend_schema(summary="Get a connected account", responses=ConnectionOut)
    def get(self, request: Request, connection_id: UUID) -> Response:
        return Response(_connection(person_of(request), connection_id))

    @takes_query(DisconnectIn)
    @extend_schema(summary="Disconnect an account", request=DisconnectIn, responses={204: None})
    def delete(self, request: Request, connection_id: UUID) -> Response:
        """Revokes Google's grant. `keep_data`, in the query or the body, keeps the calendars
        readable; it's true by default."""
        given = request.query_params if not request.data else request.data
        choice = _read(DisconnectIn(data=given))
        disconnect(
            owner=person_of(request),
            connection_id=connection_id,
            keep_data=choice["keep_data"],
            request=request._request,
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReconnectView(APIView):
    @extend_schema(
        summary="Start reconnecting an account", request=ConnectIn, responses={201: ConsentOut}
    )
    def post(self, request: Request, connection_id: UUID) -> Response:
        """Starts a new consent for the same account; the connection keeps its id and data."""
        body = _read(ConnectIn(data=request.data))
        owner = person_of(request)
        connection = owned_connection(owner=owner, connection_id=connection_id)
        url = start_connection(
            owner=owner,
            reconnect=connection,
            redirect_uri=body.get("redirect_uri"),
            in_app=True,
        )
        return Response({"authorization_url": url}, status=status.HTTP_201_CREATED)


@repeatable
class ConnectionSyncView(APIView):
    @extend_schema(summary="Start a sync of an account", request=SyncIn, responses={202: SyncOut})
    def post(self, request: Request, connection_id: UUID) -> Response:
        body = _read(SyncIn(data=request.data))
        if body["full"]:
            owned_connection(owner=person_of(request), connection_id=connection_id)
            limits.count_for_person(person_of(request), limits.FULL_SYNC)
        requested = request_sync(
            owner=person_of(request), connection_id=connection_id, full=body["full"]
        )
        return Response(SyncOut(requested).data, status=status.HTTP_202_ACCEPTED)


class RunsView(APIView):
    @takes_query(PageQuery)
    @extend_schema(summary="List the syncs of an account", responses=list_of("RunList", RunOut))
    def get(self, request: Request, connection_id: UUID) -> Response:
        """Lists the sync runs, most recent first."""
        runs = runs_of(owner=person_of(request), connection_id=connection_id)
        return page_of_rows(request, RUNS, runs).answer(RunOut)


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
        """`selected` says whether views show the calendar. Name, colour and time zone can be
        changed only in a local calendar; those of a connected account come from the account."""
        changes = _read(CalendarIn(data=request.data))
        calendar = change_calendar(
            owner=person_of(request), calendar_id=calendar_id, changes=changes
        )
        return Response(CalendarOut(calendar).data)


class OccurrencesView(APIView):
    @takes_query(OccurrencesIn)
    @extend_schema(
        summary="List the occurrences in a time window",
        responses=list_of("OccurrenceList", OccurrenceOut),
    )
    def get(self, request: Request) -> Response:
        """Lists the expanded occurrences that touch [start, end), ordered by start."""
        owner = person_of(request)
        window = _read(
            OccurrencesIn(data=request.query_params, context={"zone": time_zone_of(owner)})
        )
        _check_window(window)
        page = linked_page(
            request,
            TIMELINE,
            lambda cursor, limit: occurrences_between(
                owner_id=owner.pk,
                start_at=window["start"],
                end_at=window["end"],
                calendar_id=window.get("calendar"),
                text=window.get("q", ""),
                cursor=cursor,
                limit=limit,
            ),
        )
        return page.answer(OccurrenceOut)


def _check_window(window: dict[str, Any]) -> None:
    length = window["end"] - window["start"]
    if length.total_seconds() <= 0:
        raise _refused("end", "not-after-start", "The end must be after the start.")
    if length.days > LONGEST_WINDOW_DAYS:
        raise _refused(
            "end", "window-too-long", f"The window can be at most {LONGEST_WINDOW_DAYS} days long."
        )


def _refused(field: str, code: str, message: str) -> DomainError:
    return DomainError(Kind.INVALID, "invalid", message, faults=[FieldFault(field, code, message)])


def _connection(owner: User, connection_id: UUID) -> dict[str, Any]:
    for summary in connection_summaries(owner=owner):
        if summary.id == connection_id:
            return dict(ConnectionOut(summary).data)
    raise DomainError(Kind.NOT_FOUND, "not-found", "Connection not found.")


def _read(serializer: serializers.Serializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)
