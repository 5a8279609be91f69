"""What every door of the API to the profile shares: the owner, the ETag, the answer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final, cast

from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from profiles.models import Profile
from profiles.serializers import ProfileSerializer, present_profile
from profiles.writing import ChangedMeanwhile

ETAG: Final = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="For If-Match later."
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="An ETag that was read before: the change is refused when another came between.",
)
WRITE_ANSWERS: Final = {
    200: ProfileSerializer,
    409: OpenApiResponse(description="Something else changed at the same moment: try again."),
    412: OpenApiResponse(
        description="The profile was changed since that ETag was read. `current` is the profile "
        "as it is now, and the header ETag is its own."
    ),
    422: OpenApiResponse(description="Each refused value is in `errors`; nothing was written."),
}


def owner_of(request: Request) -> User:
    return cast(User, request.user)


def etag_of(profile: Profile) -> str:
    """Carries the owner: one phone may ask this one address for two people."""
    return f'"{profile.owner.public_id}.{profile.version}"'


def expected_versions(request: Request) -> Collection[int] | None:
    """The versions that If-Match names; strong comparison, RFC 9110 section 13.1.1."""
    header = request.headers.get("If-Match")
    tags = parse_etags(header) if header is not None else ["*"]
    if "*" in tags:
        return None
    prefix = f'"{owner_of(request).public_id}.'
    numbers = (tag.removeprefix(prefix).rstrip('"') for tag in tags if tag.startswith(prefix))
    return {int(number) for number in numbers if re.fullmatch("[0-9]{1,10}", number)}


@contextmanager
def telling_the_current_state(request: Request) -> Iterator[None]:
    """A 412 carries what the client has to look at now, so that it need not ask again."""
    try:
        yield
    except ChangedMeanwhile as error:
        error.headers["ETag"] = etag_of(error.profile)
        error.members["current"] = present_profile(error.profile, request)
        raise


def answer(profile: Profile, request: Request) -> Response:
    response = Response(present_profile(profile, request), headers={"ETag": etag_of(profile)})
    keep_private(response, "private, no-cache")
    return response


def keep_private(response: Response, cache_control: str) -> None:
    """Nobody's answer is another's, whichever way they signed in."""
    response["Cache-Control"] = cache_control
    patch_vary_headers(response, ["Authorization", "Cookie"])
