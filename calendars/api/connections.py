"""Endpoints of connected accounts: consent, sync and runs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.models import User
from accounts.security_context import acting_as, repeatable, without_transaction
from accounts.throttles import limits
from calendars.api.calendars import CalendarOut
from calendars.connections.consent import complete_connection, start_connection
from calendars.connections.disconnecting import disconnect
from calendars.connections.log import RUNS, runs_of
from calendars.connections.overview import connection_summaries, owned_connection, request_sync
from calendars.models import SyncRun
from config.web.pagination import Page, list_of, page_of_rows
from config.web.parameters import PageQuery, takes_query, validated
from config.web.problems import DomainError, Kind


class ConnectIn(serializers.Serializer[Any]):
    redirect_uri = serializers.CharField(max_length=500, required=False, allow_blank=True)
    write = serializers.BooleanField(
        required=False, default=False, help_text="Ask for changing events too."
    )


class ConsentOut(serializers.Serializer[Any]):
    authorization_url = serializers.URLField()


class CallbackIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=2000)
    state = serializers.CharField(max_length=200)


class DisconnectIn(serializers.Serializer[Any]):
    keep_data = serializers.BooleanField(required=False, default=True)


class SyncIn(serializers.Serializer[Any]):
    full = serializers.BooleanField(required=False, default=False)


class SyncOut(serializers.Serializer[Any]):
    """`run` is the run of the calendar list; `runs` also has the run of each calendar.

    A repeated request returns the same runs until they start.
    """

    run = serializers.UUIDField(allow_null=True)
    runs = serializers.ListField(child=serializers.UUIDField())


class RunOut(serializers.ModelSerializer[SyncRun]):
    """`calendar` is null for the calendar list; `seconds` increases while the run is active."""

    seconds = serializers.SerializerMethodField()
    error = serializers.CharField(source="error_code")

    class Meta:
        model = SyncRun
        fields = (
            *("id", "calendar", "kind", "outcome", "started_at", "finished_at", "seconds"),
            *("pages", "fetched", "created", "updated", "deleted", "quarantined", "retries"),
            "error",
        )
        read_only_fields = fields

    def get_seconds(self, run: SyncRun) -> float | None:
        return None if run.outcome == SyncRun.Outcome.QUEUED else round(run.seconds, 3)


class ProgressOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["idle", "queued", "running", "parked"])
    run = serializers.UUIDField(allow_null=True)
    fetched = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    eta_seconds = serializers.IntegerField(allow_null=True)
    parked_until = serializers.DateTimeField(allow_null=True)


class TroubleOut(serializers.Serializer[Any]):
    """What keeps one calendar, or with null the calendar list, from syncing."""

    calendar = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class ErrorOut(serializers.Serializer[Any]):
    code = serializers.CharField(source="error_code")
    message = serializers.CharField(source="error_message")


class ConnectionOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    provider = serializers.CharField()
    email = serializers.EmailField()
    status = serializers.ChoiceField(choices=["active", "reconnect_required", "disconnected"])
    scopes = serializers.ListField(child=serializers.CharField())
    may_write = serializers.BooleanField(
        help_text="Whether changes of events reach Google. If not, they wait: reconnect with write."
    )
    last_synced_at = serializers.DateTimeField(allow_null=True)
    next_sync_at = serializers.DateTimeField(allow_null=True)
    error = serializers.SerializerMethodField()
    troubles = TroubleOut(many=True)
    calendars = CalendarOut(many=True)
    progress = ProgressOut()

    @extend_schema_field(ErrorOut(allow_null=True))
    def get_error(self, summary: Any) -> dict[str, str] | None:
        return ErrorOut(summary).data if summary.error_code else None


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
        body = validated(ConnectIn(data=request.data))
        url = start_connection(
            owner=person_of(request),
            redirect_uri=body.get("redirect_uri"),
            in_app=True,
            write=body["write"],
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
        body = validated(CallbackIn(data=request.data))
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
        choice = validated(DisconnectIn(data=given))
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
        """Starts a new consent for the same account; the connection keeps its id and data. With
        `write` it asks for changing events too; changes that waited for it are sent then."""
        body = validated(ConnectIn(data=request.data))
        owner = person_of(request)
        connection = owned_connection(owner=owner, connection_id=connection_id)
        url = start_connection(
            owner=owner,
            reconnect=connection,
            redirect_uri=body.get("redirect_uri"),
            in_app=True,
            write=body["write"],
        )
        return Response({"authorization_url": url}, status=status.HTTP_201_CREATED)


@repeatable
class ConnectionSyncView(APIView):
    @extend_schema(summary="Start a sync of an account", request=SyncIn, responses={202: SyncOut})
    def post(self, request: Request, connection_id: UUID) -> Response:
        body = validated(SyncIn(data=request.data))
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


def _connection(owner: User, connection_id: UUID) -> dict[str, Any]:
    for summary in connection_summaries(owner=owner):
        if summary.id == connection_id:
            return dict(ConnectionOut(summary).data)
    raise DomainError(Kind.NOT_FOUND, "not-found", _("Connection not found."))
