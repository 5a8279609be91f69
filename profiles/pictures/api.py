"""API of the profile picture: set and remove it, and serve its files to their owner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.http import FileResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.clients import person_of
from accounts.throttles import limits
from config.web.problems import DomainError, FieldFault, Kind
from profiles.api import (
    ETAG,
    IF_MATCH,
    WRITE_ANSWERS,
    adding_current_profile,
    answer,
    expected_versions,
)
from profiles.pictures.avatars import open_avatar, refuse_long_body, remove_avatar, set_avatar
from profiles.pictures.rendering import CONTENT_TYPE

UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "avatar": {
                "type": "string",
                "format": "binary",
                "description": "A JPEG of at most 25 megapixels, or a PNG or WebP of at most 16;"
                " at most 5 MB.",
            }
        },
        "required": ["avatar"],
    }
}


class PictureParser(MultiPartParser):
    """Refuses a body by its length, before reading it."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        if parser_context is not None:
            refuse_long_body(parser_context["request"].META.get("CONTENT_LENGTH"))
        return super().parse(stream, media_type, parser_context)


class AvatarView(APIView):
    """The picture of the signed-in user. The profile's `avatar` is its address."""

    parser_classes = [PictureParser]

    @extend_schema(
        summary="Set the picture",
        request=UPLOAD,
        responses=WRITE_ANSWERS,
        parameters=[ETAG, IF_MATCH],
    )
    def put(self, request: Request) -> Response:
        """Sets the picture, cropped to a square and scaled down; its metadata is discarded."""
        upload = request.FILES.get("avatar")
        if upload is None:
            fault = FieldFault("avatar", "required", _("Send a picture in the form field avatar."))
            raise DomainError(Kind.INVALID, "invalid", fault.message, faults=[fault])
        limits.count_for_person(person_of(request), limits.PICTURE)
        with adding_current_profile(request):
            profile = set_avatar(
                owner=person_of(request),
                content=upload.read(),
                expected_versions=expected_versions(request),
            )
        return answer(profile, request)

    @extend_schema(
        summary="Remove the picture",
        request=None,
        responses=WRITE_ANSWERS,
        parameters=[ETAG, IF_MATCH],
    )
    def delete(self, request: Request) -> Response:
        """Removes the picture; does nothing if there is none."""
        with adding_current_profile(request):
            profile = remove_avatar(
                owner=person_of(request), expected_versions=expected_versions(request)
            )
        return answer(profile, request)


class AnyAccept(BaseContentNegotiation):
    """Ignores Accept: the file is WebP and an error is JSON."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""


class AvatarFileView(APIView):
    """A picture's file, served to its owner. Its content never changes."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="profile_avatar_file",
        summary="Get the file of a picture",
        responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, name: str, edge: int) -> FileResponse:
        file = open_avatar(owner=person_of(request), name=name, edge=edge)
        response = FileResponse(file, content_type=CONTENT_TYPE)
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        response["X-Content-Type-Options"] = "nosniff"
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response
