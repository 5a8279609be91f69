"""Former addresses of pages: each leads permanently to the page's present address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.urls import URLPattern, path, reverse

SAFE = ("GET", "HEAD")


def moved(route: str, name: str) -> URLPattern:
    """Return a pattern that redirects a former address to the URL `name`, with its query.

    A form that was opened before the move is sent again as it was (RFC 9110, section 15.4.9: 308
    keeps method and body), so what was typed isn't lost.
    """

    def redirect(request: HttpRequest, **kwargs: Any) -> HttpResponsePermanentRedirect:
        query = request.META.get("QUERY_STRING", "")
        address = reverse(name, kwargs=kwargs) + (f"?{query}" if query else "")
        is_form = request.method not in SAFE
        return HttpResponsePermanentRedirect(address, preserve_request=is_form)

    return path(route, redirect)
