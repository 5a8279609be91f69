"""The OpenAPI description of the API, rendered once per process and format and then cached.

Rendering takes a third of a second, and the endpoint needs no authentication.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.encoding import force_bytes
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

_generator: Any = SchemaGenerator
_one_at_a_time = threading.Lock()


class DescriptionView(SpectacularAPIView):
    """Serve OpenAPI 3 as YAML or JSON, chosen by the `Accept` header or `?format=json`."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        media_type = str(request.accepted_renderer.media_type)
        with _one_at_a_time:
            body = rendered_description(media_type, settings.ROOT_URLCONF)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        whole = HttpResponse(
            body,
            content_type=media_type,
            headers={"ETag": etag, "Cache-Control": "public, no-cache"},
        )
        return get_conditional_response(request._request, etag=etag, response=whole) or whole


@functools.cache
def rendered_description(media_type: str, urlconf: str) -> bytes:
    """In English, whatever the first reader accepts: it is for developers."""
    (renderer,) = (one for one in DescriptionView.renderer_classes if one.media_type == media_type)
    with translation.override("en"):
        described = _generator(urlconf=urlconf).get_schema(request=None, public=True)
        return force_bytes(renderer().render(described, renderer_context={}))
