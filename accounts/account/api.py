"""API endpoints for exporting and deleting an account."""

from __future__ import annotations

from typing import cast

from django.contrib.auth import logout
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.account.deletion import delete_account
from accounts.account.export import FILE_NAME, export_account
from accounts.person import person_of
from accounts.security_context import repeatable
from accounts.serializers import DeletionSerializer
from accounts.sessions.browser import COOKIE
from accounts.sign_in.second_step import require_recent_sign_in
from accounts.throttles import limits
from accounts.tokens.access import Authentication


class AccountExportView(APIView):
    """Returns all of the user's data as a zip of JSON and iCalendar files. Requires a recent
    sign-in."""

    @extend_schema(
        operation_id="account_export",
        summary="Download all your data",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> FileResponse:
        require_recent_sign_in(request)
        user = person_of(request)
        limits.count_for_person(user, limits.EXPORT)
        file = export_account(user=user, request=request._request)
        return FileResponse(
            file,
            as_attachment=True,
            filename=FILE_NAME,
            content_type="application/zip",
            headers={"Cache-Control": "no-store"},
        )


@repeatable
class AccountView(APIView):
    @extend_schema(
        operation_id="account_delete",
        summary="Delete your account",
        request=DeletionSerializer,
        responses={204: None},
    )
    def delete(self, request: Request) -> Response:
        """Deletes the account and all of its data permanently. Requires a recent sign-in, and
        the account's email address as `confirm`."""
        require_recent_sign_in(request)
        body = DeletionSerializer(data=request.data, context={"user": request.user})
        body.is_valid(raise_exception=True)
        delete_account(user=person_of(request), request=request._request)
        if cast(Authentication, request.auth).method == COOKIE:
            logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)
