"""GET, PUT and PATCH of the profile."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.security_context import repeatable
from profiles.api.answers import (
    ETAG,
    IF_MATCH,
    WRITE_ANSWERS,
    answer,
    expected_versions,
    owner_of,
    telling_the_current_state,
)
from profiles.serializers import ProfileSerializer
from profiles.services import change_profile, read_profile, replace_profile

ANSWERS = {400: OpenApiResponse(description="The body is not JSON."), **WRITE_ANSWERS}


@repeatable
class ProfileView(APIView):
    """The signed-in person's own profile; there is no address for another's."""

    @extend_schema(
        summary="Read the profile", responses={200: ProfileSerializer}, parameters=[ETAG]
    )
    def get(self, request: Request) -> Response:
        return answer(read_profile(owner=owner_of(request)), request)

    @extend_schema(
        summary="Replace the profile",
        request=ProfileSerializer,
        responses=ANSWERS,
        parameters=[ETAG, IF_MATCH],
    )
    def put(self, request: Request) -> Response:
        """Replaces the profile: what is left out is cleared."""
        with telling_the_current_state(request):
            profile = replace_profile(
                owner=owner_of(request),
                values=_sent_values(request),
                expected_versions=expected_versions(request),
            )
        return answer(profile, request)

    @extend_schema(
        summary="Change fields of the profile",
        request=ProfileSerializer,
        responses=ANSWERS,
        parameters=[ETAG, IF_MATCH],
    )
    def patch(self, request: Request) -> Response:
        """Changes what is sent and nothing else; the parts of an object merge."""
        with telling_the_current_state(request):
            profile = change_profile(
                owner=owner_of(request),
                changes=_sent_values(request),
                expected_versions=expected_versions(request),
            )
        return answer(profile, request)


def _sent_values(request: Request) -> dict[str, object]:
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        # DRF reads no body as {}, and a PUT of that would clear everything.
        raise ParseError("Send a JSON object.")
    profile = read_profile(owner=owner_of(request))
    is_partial = request.method == "PATCH"
    serializer = ProfileSerializer(profile, data=request.data, partial=is_partial)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
