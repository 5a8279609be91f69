"""What was changed in the profile, and the undoing of one change."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.security_context import repeatable
from config.query_parameters import PageQuery, takes_query
from profiles.api.answers import ETAG, WRITE_ANSWERS, answer, keep_private, owner_of
from profiles.cursors import NewestFirst
from profiles.history import read_history
from profiles.models import ProfileChange
from profiles.serializers import ProfileChangeSerializer
from profiles.undo import undo_change

UNDO_ANSWERS = {
    200: WRITE_ANSWERS[200],
    404: OpenApiResponse(description="There is no such change of yours."),
    409: OpenApiResponse(description="The field was changed since, or cannot be brought back."),
    422: OpenApiResponse(description="The value before is not valid by today's rules."),
}


class HistoryView(ListAPIView[ProfileChange]):
    """The changes of the signed-in person's own profile, newest first."""

    pagination_class = NewestFirst
    serializer_class = ProfileChangeSerializer
    queryset = ProfileChange.objects.none()

    @takes_query(PageQuery)
    @extend_schema(summary="List the profile's changes")
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(read_history(owner=owner_of(request)))
        response = self.get_paginated_response(self.get_serializer(page, many=True).data)
        keep_private(response, "private, no-cache")
        return response


@repeatable
class UndoView(APIView):
    @extend_schema(
        summary="Undo a change of the profile",
        request=None,
        responses=UNDO_ANSWERS,
        parameters=[ETAG],
    )
    def post(self, request: Request, change: UUID) -> Response:
        """Gives one field the value back that it had before this change."""
        return answer(undo_change(owner=owner_of(request), change_id=change), request)
