"""Compression of pages and API responses; static files are compressed once, by collectstatic."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TYPES = ("text/", "application/json", "application/problem+json")
# What a browser says of a request that its own site made, or that a person typed.
OWN_SITE = ("same-origin", "none")


class CompressionMiddleware(GZipMiddleware):
    """Compresses text, except in response to another site's request.

    BREACH measures how well a secret compresses beside text that the attacker's page makes the
    browser send, so such requests get nothing compressed. Django's middleware also varies the
    length of the others (https://docs.djangoproject.com/en/5.2/ref/middleware/#module-django.middleware.gzip).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not _is_text(response) or _is_by_another_site(request):
            return response
        return super().process_response(request, response)


def _is_text(response: HttpResponseBase) -> bool:
    """Return whether it is text as a whole, not a part (206). A strong ETag is left alone: Django
    would weaken it, and If-Match needs a strong one (RFC 9110 section 13.1.1)."""
    is_whole = response.status_code != 206 and not response.streaming
    is_text = response.headers.get("Content-Type", "").startswith(TYPES)
    return is_whole and is_text and not response.headers.get("ETag", "").startswith('"')


def _is_by_another_site(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site", OWN_SITE[0]) not in OWN_SITE
