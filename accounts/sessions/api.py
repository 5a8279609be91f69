"""The API of a person's sessions: where they are signed in, and ending that."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.serializers import SessionSerializer
from accounts.sessions.devices import end_own_session, list_devices
from accounts.tokens.access import Authentication


class SessionListView(APIView):
    """The devices and browsers that are signed in now, this one first."""

    @extend_schema(
        operation_id="auth_sessions",
        summary="List the devices that are signed in",
        responses=inline_serializer(
            "SessionList",
            {
                "results": SessionSerializer(many=True),
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        session = cast(Authentication, request.auth).session
        current_id = session.pk if session else None
        devices = list_devices(user=cast(User, request.user), current_id=current_id)
        context = {"current_id": current_id}
        sessions = [device.session for device in devices]
        results = SessionSerializer(sessions, many=True, context=context).data
        return Response({"results": results, "next": None, "previous": None})


class SessionView(APIView):
    """Ends one of them: its tokens and its cookie are refused from the next request on."""

    @extend_schema(
        operation_id="auth_session_end",
        summary="Sign a device out",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, session_id: UUID) -> Response:
        end_own_session(
            user=cast(User, request.user), session_id=session_id, request=request._request
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
