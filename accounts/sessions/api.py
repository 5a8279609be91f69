"""API endpoints of the user's sessions."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.person import person_of
from accounts.serializers import SessionSerializer
from accounts.sessions.devices import end_own_session, list_devices
from accounts.tokens.access import Authentication
from config.web.pagination import Page, list_of


class SessionListView(APIView):
    """List the signed-in devices and browsers, the current one first."""

    @extend_schema(
        operation_id="auth_sessions",
        summary="List the devices that are signed in",
        responses=list_of("SessionList", SessionSerializer),
    )
    def get(self, request: Request) -> Response:
        session = cast(Authentication, request.auth).session
        current_id = session.pk if session else None
        devices = list_devices(user=person_of(request), current_id=current_id)
        sessions = Page([device.session for device in devices])
        return sessions.answer(SessionSerializer, {"current_id": current_id})


class SessionView(APIView):
    """End a session. Its tokens and its cookie are refused from the next request on."""

    @extend_schema(
        operation_id="auth_session_end",
        summary="Sign out a device",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, session_id: UUID) -> Response:
        end_own_session(user=person_of(request), session_id=session_id, request=request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)
