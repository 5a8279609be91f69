"""Browser caching of personal responses: forbidden by default, cleared at sign-out.

Authentication imports this module, so it must not import DRF's views.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PRIVATE = "private, no-store"
# Cookies stay: the record of a known device outlives a sign-out. So does "storage", which holds the
# chosen theme and nothing personal.
CLEARED = '"cache"'
_CLEAR = "clear_site_data"


def clear_site_data(request: HttpRequest) -> None:
    """Make the response to this request clear the browser's cache of Daybook's pages."""
    setattr(request, _CLEAR, True)


def set_cache_headers(request: HttpRequest, response: HttpResponseBase, *, private: bool) -> None:
    """Add Cache-Control unless the view set it, and Clear-Site-Data after a sign-out."""
    if private and not response.has_header("Cache-Control"):
        response["Cache-Control"] = PRIVATE
    if getattr(request, _CLEAR, False):
        response["Clear-Site-Data"] = CLEARED
