"""API of the profile: read, replace and update it, list its changes and undo one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.security_context import repeatable
from config.web.etags import etag, versions_in
from config.web.pagination import list_of, page_of_rows
from config.web.parameters import PageQuery, takes_query
from profiles.history import NEWEST_FIRST, read_history
from profiles.models import Profile
from profiles.serializers import ProfileChangeSerializer, ProfileSerializer, present_profile
from profiles.services import StaleVersion, change_profile, read_profile
from profiles.undo import undo_change

ETAG: Final = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="To be sent as If-Match with a later change.",
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description=(
        "The ETag of the version that was read; the change is refused if the profile changed since."
    ),
)
WRITE_ANSWERS: Final = {
    200: ProfileSerializer,
    409: OpenApiResponse(description="Another change happened at the same time. Try again."),
    412: OpenApiResponse(
        description=(
            "The profile changed since that ETag was read. `current` is the current "
            "profile, and the ETag header is its ETag."
        )
    ),
    422: OpenApiResponse(description="`errors` lists each invalid value; nothing was saved."),
}
ANSWERS = {400: OpenApiResponse(description="The body isn't valid JSON."), **WRITE_ANSWERS}
UNDO_ANSWERS = {
    200: WRITE_ANSWERS[200],
    404: OpenApiResponse(description="Change not found."),
    409: OpenApiResponse(
        description="The field was changed later, or its value can't be restored."
    ),
    422: OpenApiResponse(description="The former value isn't valid under the current rules."),
}


def etag_of(profile: Profile) -> str:
    return etag(profile.owner.public_id, profile.version)


def expected_versions(request: Request) -> Collection[int] | None:
    """Return the versions in If-Match; None for any."""
    return versions_in(request.headers.get("If-Match"), person_of(request).public_id)


@contextmanager
def adding_current_profile(request: Request) -> Iterator[None]:
    """Add the current profile to a 412 response, so that the client needn't request it."""
    try:
        yield
    except StaleVersion as error:
        error.headers["ETag"] = etag_of(error.profile)
        error.members["current"] = present_profile(error.profile, request)
        raise


def answer(profile: Profile, request: Request) -> Response:
    response = Response(present_profile(profile, request), headers={"ETag": etag_of(profile)})
    keep_private(response, "private, no-cache")
    return response


def keep_private(response: Response, cache_control: str) -> None:
    """Keep shared caches from serving one user's response to another, however they signed in."""
    response["Cache-Control"] = cache_control
    patch_vary_headers(response, ["Authorization", "Cookie"])


@repeatable
class ProfileView(APIView):
    """The profile of the signed-in user; there is no address for another user's profile."""

    @extend_schema(summary="Get the profile", responses={200: ProfileSerializer}, parameters=[ETAG])
    def get(self, request: Request) -> Response:
        return answer(read_profile(owner=person_of(request)), request)

    @extend_schema(
        summary="Replace the profile",
        request=ProfileSerializer,
        responses=ANSWERS,
        parameters=[ETAG, IF_MATCH],
    )
    def put(self, request: Request) -> Response:
        """Replaces the profile; missing fields are cleared."""
        with adding_current_profile(request):
            profile = change_profile(
                owner=person_of(request),
                changes=_sent_values(request),
                replaces=True,
                expected_versions=expected_versions(request),
            )
        return answer(profile, request)

    @extend_schema(
        summary="Update fields of the profile",
        request=ProfileSerializer,
        responses=ANSWERS,
        parameters=[ETAG, IF_MATCH],
    )
    def patch(self, request: Request) -> Response:
        """Changes only the fields sent; the parts of an object are merged."""
        with adding_current_profile(request):
            profile = change_profile(
                owner=person_of(request),
                changes=_sent_values(request),
                expected_versions=expected_versions(request),
            )
        return answer(profile, request)


def _sent_values(request: Request) -> dict[str, object]:
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        # DRF parses an empty body as {}, and a PUT of that would clear everything.
        raise ParseError(_("Send a JSON object."))
    serializer = ProfileSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class HistoryView(APIView):
    """The changes to the profile of the signed-in user, newest first."""

    @takes_query(PageQuery)
    @extend_schema(
        summary="List the profile's changes",
        responses=list_of("PaginatedProfileChangeList", ProfileChangeSerializer),
    )
    def get(self, request: Request) -> Response:
        changes = read_history(owner=person_of(request))
        response = page_of_rows(request, NEWEST_FIRST, changes).answer(ProfileChangeSerializer)
        keep_private(response, "private, no-cache")
        return response


@repeatable
class UndoView(APIView):
    @extend_schema(
        summary="Undo a change to the profile",
        request=None,
        responses=UNDO_ANSWERS,
        parameters=[ETAG],
    )
    def post(self, request: Request, change: UUID) -> Response:
        """Restores the value that the field had before this change."""
        return answer(undo_change(owner=person_of(request), change_id=change), request)
