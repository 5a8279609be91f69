"""The profile's part of the API."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import cast

from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from profiles.models import Profile
from profiles.serializers import ProfileSerializer, present_profile
from profiles.services import change_profile, read_profile, replace_profile
from profiles.writing import ChangedMeanwhile

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="For If-Match later."
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="An ETag that was read before: the change is refused when another came between.",
)
WRITE_ANSWERS = {
    200: ProfileSerializer,
    400: OpenApiResponse(description="The body is not JSON."),
    409: OpenApiResponse(description="Something else changed at the same moment: try again."),
    412: OpenApiResponse(
        description="The profile was changed since that ETag was read. `current` is the profile "
        "as it is now, and the header ETag is its own."
    ),
    422: OpenApiResponse(description="Each refused value is in `errors`; nothing was written."),
}


class ProfileView(APIView):
    """The signed-in person's own profile; there is no address for another's."""

    @extend_schema(responses={200: ProfileSerializer}, parameters=[ETAG])
    def get(self, request: Request) -> Response:
        return _answer(read_profile(owner=_owner(request)))

    @extend_schema(request=ProfileSerializer, responses=WRITE_ANSWERS, parameters=[ETAG, IF_MATCH])
    def put(self, request: Request) -> Response:
        """Replaces the profile: what is left out is cleared."""
        with telling_the_current_state():
            profile = replace_profile(
                owner=_owner(request),
                values=_sent_values(request),
                expected_versions=_expected_versions(request),
            )
        return _answer(profile)

    @extend_schema(request=ProfileSerializer, responses=WRITE_ANSWERS, parameters=[ETAG, IF_MATCH])
    def patch(self, request: Request) -> Response:
        """Changes what is sent and nothing else; the parts of an object merge."""
        with telling_the_current_state():
            profile = change_profile(
                owner=_owner(request),
                changes=_sent_values(request),
                expected_versions=_expected_versions(request),
            )
        return _answer(profile)


def etag_of(profile: Profile) -> str:
    """Carries the owner: one phone may ask this one address for two people."""
    return f'"{profile.owner.public_id}.{profile.version}"'


@contextmanager
def telling_the_current_state() -> Iterator[None]:
    """A 412 carries what the client has to look at now, so that it need not ask again."""
    try:
        yield
    except ChangedMeanwhile as error:
        error.headers["ETag"] = etag_of(error.profile)
        error.members["current"] = present_profile(error.profile)
        raise


def _owner(request: Request) -> User:
    return cast(User, request.user)


def _sent_values(request: Request) -> dict[str, object]:
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        # DRF reads no body as {}, and a PUT of that would clear everything.
        raise ParseError("Send a JSON object.")
    serializer = ProfileSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.flat_values())


def _expected_versions(request: Request) -> Collection[int] | None:
    """The versions that If-Match names; strong comparison, RFC 9110 section 13.1.1."""
    header = request.headers.get("If-Match")
    tags = parse_etags(header) if header is not None else ["*"]
    if "*" in tags:
        return None
    prefix = f'"{_owner(request).public_id}.'
    numbers = (tag.removeprefix(prefix).rstrip('"') for tag in tags if tag.startswith(prefix))
    return {int(number) for number in numbers if re.fullmatch("[0-9]{1,10}", number)}


def _answer(profile: Profile) -> Response:
    response = Response(present_profile(profile), headers={"ETag": etag_of(profile)})
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return response
